import type { Decision, Deny, Permit } from '../domain/decision.ts';
import type { EventDraft } from '../domain/event.ts';
import type { Principal } from '../domain/principal.ts';
import type { AdmissionStore } from './admission-store.ts';
import { DECISIONS_AT_MOST, sessionEndReason } from './admit.ts';

/**
 * Makes an outcome durable under a right that still holds, so that the result may be released, or
 * says why it may not; likewise a tool server's question and the client's answer to it. Neither is
 * thus ever sequenced after the revocation that forbids it.
 *
 * @returns `undefined` when released. On a deny nothing is recorded yet: the caller records the
 * outcome as `withheld`.
 */
export async function release(
  store: AdmissionStore,
  call: {
    readonly principal: Principal;
    readonly decide: () => Decision;
    /** The event, or what makes it for the permit it stands under. */
    readonly outcome: EventDraft | ((permit: Permit) => EventDraft);
  },
): Promise<Deny | undefined> {
  const draftUnder = (permit: Permit): EventDraft =>
    typeof call.outcome === 'function' ? call.outcome(permit) : call.outcome;
  for (let decisions = 1; ; decisions += 1) {
    const decision = call.decide();
    if (decision.kind === 'deny') return decision;
    const { request, epoch, rule } = decision;
    const appended = await store.release({
      epoch,
      sessionId: call.principal.sessionId,
      outcome: { ...draftUnder(decision), epoch },
    });
    switch (appended.kind) {
      case 'appended':
        return undefined;
      case 'session_ended':
        return { kind: 'deny', request, epoch, rule, reason: sessionEndReason(appended.state) };
      case 'clock_behind':
        return { kind: 'deny', request, epoch, rule, reason: 'clock_behind' };
      case 'halted':
        return { kind: 'deny', request, epoch, rule, reason: 'halted' };
      case 'contended':
        return { kind: 'deny', request, epoch, rule, reason: 'store_contended' };
      case 'stale':
        if (decisions >= DECISIONS_AT_MOST) {
          return { kind: 'deny', request, epoch, rule, reason: 'state_changing' };
        }
    }
  }
}
