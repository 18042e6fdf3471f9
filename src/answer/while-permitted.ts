import type { AdmissionStore } from '../admit/admission-store.ts';
import type { Decision } from '../domain/decision.ts';
import type { JsonObject } from '../domain/json.ts';

/**
 * Passes notifications of a running call on as long as its right holds, each decided before the next one
 * is read.
 *
 * Attack: a grant or session that runs out while a call runs moves no epoch and stops nothing by
 * itself, and what the tool server reports meanwhile is data too.
 */
export function whilePermitted(
  store: Pick<AdmissionStore, 'epoch'>,
  decide: () => Decision,
  pass: (params: JsonObject) => void,
): (params: JsonObject) => void {
  return (params) => {
    try {
      const decision = decide();
      if (decision.kind === 'permit' && store.epoch() === decision.epoch) pass(params);
    } catch {
      // Intentionally dropped: state that cannot be read permits nothing.
    }
  };
}
