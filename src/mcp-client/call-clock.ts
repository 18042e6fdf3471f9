import type { CancelTimer, Timers } from '../dispatch/timers.ts';

/** Milliseconds a call may last from its first question to its answer, or its own time if that is longer. */
const QUESTIONS_LIFE_MS = 10 * 60_000;

/** The time a request of ours has. */
export interface CallClock {
  /**
   * Stops the clock while a person is asked; from the answer on the request has its whole time again.
   *
   * @returns starts it again. Idempotent.
   */
  pause(): () => void;
  /** Stops the clock for good. */
  stop(): void;
}

/**
 * Starts the clock of a request; one without a time never runs out. A question stops it, so that a person has time to answer; a life of
 * its own bounds all questions of the call together.
 *
 * Attack: a tool server that asks again and again, and so keeps its call, and the connection that
 * carries one call at a time, for ever.
 */
export function startCallClock(
  timers: Timers,
  timeoutMs: number | undefined,
  onOver: () => void,
): CallClock {
  if (timeoutMs === undefined) return { pause: () => () => {}, stop() {} };
  let paused = 0;
  let isOver = false;
  let cancelTime = timers.after(timeoutMs, over);
  let cancelLife: CancelTimer | undefined;

  function stop(): void {
    isOver = true;
    cancelTime();
    cancelLife?.();
  }

  function over(): void {
    stop();
    onOver();
  }

  return {
    stop,
    pause() {
      if (isOver) return () => {};
      cancelLife ??= timers.after(Math.max(timeoutMs, QUESTIONS_LIFE_MS), over);
      paused += 1;
      cancelTime();
      let isPaused = true;
      return () => {
        if (!isPaused) return;
        isPaused = false;
        paused -= 1;
        if (paused === 0 && !isOver) cancelTime = timers.after(timeoutMs, over);
      };
    },
  };
}
