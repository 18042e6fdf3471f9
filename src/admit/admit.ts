import type { UseTarget } from '../domain/access-request.ts';
import type { Decision, Deny, Permit } from '../domain/decision.ts';
import type { EventDraft } from '../domain/event.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import type { Principal } from '../domain/principal.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { type Spent, type SpentLimit, spentRule } from '../domain/session-limits.ts';
import type { SessionState } from '../domain/session-record.ts';
import type { AdmissionStore } from './admission-store.ts';

/** How often a decision is taken again because state moved, before the call is refused. */
export const DECISIONS_AT_MOST = 3;

/** The deny reason for a session that ended under a request. */
export function sessionEndReason(state: SessionState): DenyReason {
  switch (state) {
    case 'revoked':
      return 'session_revoked';
    case 'suspended':
      return 'session_suspended';
    case 'active': // Active by state, past its expiry.
    case 'expired':
      return 'session_expired';
  }
}

const SPENT_REASON: Readonly<Record<SpentLimit, DenyReason>> = {
  idle: 'session_idle_exceeded',
  maxCalls: 'session_calls_exceeded',
  concurrent: 'session_concurrency_exceeded',
};

/** What is found used up while a use is admitted. */
export interface Spending extends Spent {
  readonly grants: Map<string, SpentLimit>;
  readonly rules: Map<string, number>;
}

/** Nothing is used up, as far as anybody has seen. */
export const nothingSpent = (): Spending => ({ grants: new Map(), rules: new Map() });

/** A permitted call and the permit it was admitted under. */
export interface Admission {
  readonly receipt: IntentReceipt;
  readonly permit: Permit;
  /** What no later decision on it may stand on. */
  readonly spent: Spent;
}

/**
 * Makes a permitted call's intent durable, under the state it was decided on, or says no.
 *
 * When state moved since the decision, decides again, three times in all. When the permitting grant's
 * limits are used up, another grant's permit is tried; when a rate of the permitting rule is, another
 * rule's, or the same rule's if it is on trial. An approval that is needed and not there is a deny with the
 * permit's rule. This is the only place that mints an `IntentReceipt`.
 *
 * @throws BrokerError when the intent could not be made durable: no record, no call.
 */
export async function admit(
  store: AdmissionStore,
  call: {
    readonly principal: Principal;
    /** What goes to the tool server, and by which method. */
    readonly target: UseTarget;
    readonly method: string;
    readonly permit: Permit;
    readonly intent: (permit: Permit) => EventDraft;
    /** Decides again, without what is in `spent`. */
    readonly decideAgain: () => Decision;
    /** Takes up what is found used up: another permit is tried. */
    readonly spent: Spending;
    /** What the approval of this very use under a permit is found by; without it none is found. */
    readonly approval?: (permit: Permit) => string;
    /** The intent this is a further round of, as its sealed state says. */
    readonly continues?: number | undefined;
    /** Of a task: what the permit of the call that made it says of its result. */
    readonly maxResultBytes?: number | undefined;
  },
): Promise<Admission | Deny> {
  let { permit } = call;
  for (let decisions = 1; ; ) {
    const { limits, terms } = permit;
    const needsApproval = terms?.approval !== undefined;
    if (needsApproval && call.approval === undefined) return deny(permit, 'approval_needed');
    const appended = await store.admit({
      epoch: permit.epoch,
      sessionId: call.principal.sessionId,
      intent: call.intent(permit),
      limits,
      terms,
      approval: needsApproval ? call.approval?.(permit) : undefined,
      continues: call.continues,
    });
    switch (appended.kind) {
      case 'appended': {
        const receipt = {
          seq: appended.seq,
          epoch: permit.epoch,
          sessionId: call.principal.sessionId,
          subject: call.principal.subject,
          method: call.method,
          target: call.target,
          definitionHash: permit.definitionHash,
          maxResultBytes: call.maxResultBytes ?? terms?.maxResultBytes,
        } as IntentReceipt;
        const under =
          terms === undefined ? permit.rule : { ...permit.rule, ruleKey: terms.ruleKey };
        return { receipt, permit, spent: { ...call.spent, under } };
      }
      case 'session_ended':
        return deny(permit, sessionEndReason(appended.state));
      case 'halted':
        return deny(permit, 'halted');
      case 'clock_behind':
        return deny(permit, 'clock_behind');
      case 'contended':
        return deny(permit, 'store_contended');
      case 'stale': {
        if (decisions >= DECISIONS_AT_MOST) return deny(permit, 'state_changing');
        decisions += 1;
        const again = call.decideAgain();
        if (again.kind === 'deny') return again;
        permit = again;
        break;
      }
      case 'spent': {
        const { grant } = permit.rule;
        // Each grant is spent once: a decision that comes back to it would go round for ever.
        if (call.spent.grants.has(grant)) return deny(permit, SPENT_REASON[appended.limit]);
        call.spent.grants.set(grant, appended.limit);
        const again = call.decideAgain();
        if (again.kind === 'deny') return again;
        permit = again;
        break;
      }
      case 'rate_spent': {
        const { retryAt } = appended;
        const rule = spentRule(permit.rule.grant, terms?.ruleKey ?? '');
        // As above, rule by rule.
        if (call.spent.rules.has(rule)) return { ...deny(permit, 'limit_reached'), retryAt };
        call.spent.rules.set(rule, retryAt);
        const again = call.decideAgain();
        if (again.kind === 'deny') return again;
        permit = again;
        break;
      }
      case 'unapproved':
        return deny(permit, 'approval_needed');
    }
  }
}

const deny = (permit: Permit, reason: DenyReason): Deny => ({
  kind: 'deny',
  request: permit.request,
  epoch: permit.epoch,
  rule: permit.rule,
  reason,
});
