import { type ShipTarget, shipEvents } from '../audit/ship-events.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';

/**
 * Sends events on to every configured place, each at its own pace, until `signal` aborts. One process at a
 * time: two would write every event twice.
 *
 * @param options.isOnce ends when all have what there is.
 * @returns how many events were sent.
 * @throws BrokerError `ERR_CONFIG` when there is no place, or another process is at it; with `isOnce`
 * `ERR_SHIP_FAILED`, `ERR_SHIP_REFUSED` once every place was tried.
 */
export async function shipAudit(
  context: AdminContext,
  options: {
    readonly isOnce: boolean;
    readonly signal: AbortSignal;
    readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
    readonly remark: (target: ShipTarget, text: string) => void;
  },
): Promise<number> {
  const { admission, actor, events, shipments, sync, shipTargets, aloneShipping } = context;
  const { isOnce, signal, wait, remark } = options;
  if (shipTargets.length === 0) {
    throw new BrokerError('ERR_CONFIG', 'there is no place to send events on to', {
      hint: 'name one under audit.ship in the configuration',
    });
  }
  return aloneShipping(async () => {
    const shipping = {
      ...{ events, shipments, sync, signal, remark },
      record: (event: EventDraft) => admission.record({ ...event, actor }),
      wait: (ms: number) => wait(ms, signal),
    };
    const runs = shipTargets.map((target) => shipEvents(target, shipping, isOnce));
    // One that fails keeps no other from having what there is.
    if (isOnce) await Promise.allSettled(runs);
    return (await Promise.all(runs)).reduce((sum, count) => sum + count, 0);
  });
}
