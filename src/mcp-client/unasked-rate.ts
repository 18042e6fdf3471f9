import type { Timers } from '../dispatch/timers.ts';

/** Messages that nobody asked for which a tool server may send within a window. */
const MAX_PER_WINDOW = 5_000;
/** One this large counts as one, a larger one as several; UTF-16 units. */
const SIZE_OF_ONE = 4_096;
/** Length of a window, milliseconds. */
const WINDOW_MS = 1_000;

/**
 * Counts what a tool server sends without having been asked; answers whether it may go on.
 *
 * Attack: progress, pings or log messages without end, each of which costs the broker a parse, and
 * with it everybody else.
 */
export function createUnaskedRate(timers: Timers): (length: number) => boolean {
  let counted = 0;
  let isWindowOpen = false;
  return (length) => {
    counted += Math.ceil(length / SIZE_OF_ONE);
    if (!isWindowOpen) {
      isWindowOpen = true;
      timers.after(WINDOW_MS, () => {
        isWindowOpen = false;
        counted = 0;
      });
    }
    return counted <= MAX_PER_WINDOW;
  };
}
