import type { Rate } from '../domain/rule-terms.ts';

/**
 * When every rate has room for one more use; `undefined` when that is now. Windows slide: the place of a
 * use is free again exactly its window later.
 *
 * @param lastBut the instant of the use that `count - 1` uses came after; `undefined` when there were
 * fewer, or when it counts no more.
 */
export function roomAgainAt(
  rates: readonly Rate[],
  lastBut: (count: number) => number | undefined,
  now: number,
): number | undefined {
  let roomAt = now;
  for (const { count, windowMs } of rates) {
    const usedAt = lastBut(count);
    if (usedAt !== undefined) roomAt = Math.max(roomAt, usedAt + windowMs);
  }
  return roomAt > now ? roomAt : undefined;
}
