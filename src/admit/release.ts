import type { Decision, Deny } from '../domain/decision.ts';
import type { EventDraft } from '../domain/event.ts';
import type { Principal } from '../domain/principal.ts';
import type { AdmissionStore } from './admission-store.ts';
import { DECISIONS_AT_MOST, sessionEndReason } from './admit.ts';

/**
 * Makes an outcome durable under a right that still holds, so that the result may be released, or
 * says why it may not. A result is thus never sequenced after the revocation that forbids it.
 *
 * @returns `undefined` when released. On a deny nothing is recorded yet: the caller records the
 * outcome as `withheld`.
 */
export async function release(
  store: AdmissionStore,
  call: {
    readonly principal: Principal;
    readonly decide: () => Promise<Decision>;
    readonly outcome: EventDraft;
  },
): Promise<Deny | undefined> {
  for (let decisions = 1; ; decisions += 1) {
    const decision = await call.decide();
    if (decision.kind === 'deny') return decision;
    const { request, epoch, rule } = decision;
    const appended = await store.release({
      epoch,
      sessionId: call.principal.sessionId,
      outcome: { ...call.outcome, epoch },
    });
    switch (appended.kind) {
      case 'appended':
        return undefined;
      case 'session_ended':
        return { kind: 'deny', request, epoch, rule, reason: sessionEndReason(appended.state) };
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
