import type { Decision } from '../domain/decision.ts';

/** News for one client that may wait for their decision; those beyond are dropped. */
const MAX_WAITING = 256;

/** News on their way to one client, in order. */
export interface Outbox {
  /**
   * Tells once `decide` permits, under the state it was decided on.
   *
   * @param key news of one key that wait are one: the latest is told.
   */
  push(decide: () => Promise<Decision>, tell: () => void, key?: string): void;
}

/**
 * Makes a client's outbox.
 *
 * Attack: what a tool server says unasked is data too, and a right that runs out moves no epoch and
 * stops nothing by itself. One that says more than can be decided fills the broker's memory.
 */
export function createOutbox(epoch: () => number): Outbox {
  let told = Promise.resolve();
  let waiting = 0;
  const keyed = new Map<string, () => void>();

  return {
    push(decide, tell, key) {
      if (key !== undefined && keyed.has(key)) {
        keyed.set(key, tell);
        return;
      }
      if (waiting >= MAX_WAITING) return;
      waiting += 1;
      if (key !== undefined) keyed.set(key, tell);
      told = told
        .then(async () => {
          const decision = await decide();
          const latest = key === undefined ? tell : keyed.get(key);
          if (decision.kind === 'permit' && epoch() === decision.epoch) latest?.();
        })
        // Intentionally dropped: state that cannot be read permits nothing.
        .catch(() => undefined)
        .finally(() => {
          waiting -= 1;
          if (key !== undefined) keyed.delete(key);
        });
    },
  };
}
