import type { AdmissionStore } from '../admit/admission-store.ts';
import type { Decision } from '../domain/decision.ts';
import type { JsonObject } from '../domain/json.ts';

/** Notifications of one call that may wait for their decision; those beyond are dropped. */
const MAX_WAITING = 256;

/**
 * Passes notifications of a running call on, in order, as long as its right holds.
 *
 * Attack: a grant or session that runs out while a call runs moves no epoch and stops nothing by
 * itself, and what the tool server reports meanwhile is data too. One that reports faster than can be
 * decided fills the broker's memory.
 */
export function whilePermitted(
  store: Pick<AdmissionStore, 'epoch'>,
  decide: () => Promise<Decision>,
  pass: (params: JsonObject) => void,
): (params: JsonObject) => void {
  let passed = Promise.resolve();
  let waiting = 0;
  return (params) => {
    if (waiting >= MAX_WAITING) return;
    waiting += 1;
    passed = passed
      .then(async () => {
        const decision = await decide();
        if (decision.kind === 'permit' && store.epoch() === decision.epoch) pass(params);
      })
      // Intentionally dropped: state that cannot be read permits nothing.
      .catch(() => undefined)
      .finally(() => {
        waiting -= 1;
      });
  };
}
