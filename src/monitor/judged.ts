import type { Decision } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { Step } from './ladder.ts';

/** What is to become of a use that policy permits. */
export type Judged =
  | { readonly kind: 'pass' }
  /** An admin approves it first, whatever its rule says. */
  | { readonly kind: 'hold' }
  | {
      readonly kind: 'refuse';
      readonly reason: Extract<DenyReason, 'monitor_refused' | 'throttled' | 'session_suspended'>;
      /** When it would be let through again, epoch milliseconds. */
      readonly retryAt?: number;
    };

/** It goes on as policy has it. */
export const PASS: Judged = { kind: 'pass' };

/** What a step means for a use. */
export function judgedAs(step: Step, retryAt: number | undefined): Judged {
  switch (step) {
    case 'record':
    case 'alert':
      return PASS;
    case 'throttle':
      return { kind: 'refuse', reason: 'throttled', ...(retryAt === undefined ? {} : { retryAt }) };
    case 'hold':
      return { kind: 'hold' };
    case 'refuse':
      return { kind: 'refuse', reason: 'monitor_refused' };
    case 'suspend_session':
    case 'suspend_grant':
      return { kind: 'refuse', reason: 'session_suspended' };
  }
}

const RANK = { pass: 0, hold: 1, refuse: 2 } as const;

/** The one that lets less through; the first of equals. */
export const sternerOf = (one: Judged, other: Judged): Judged =>
  RANK[one.kind] >= RANK[other.kind] ? one : other;

/**
 * A decision with what the monitor makes of it: it only ever narrows. Who approves a use that is held is
 * an admin, even where the rule leaves it to the person at the client.
 */
export function judgedDecision(decision: Decision, judged: Judged): Decision {
  if (decision.kind === 'deny' || judged.kind === 'pass') return decision;
  if (judged.kind === 'hold') {
    const { terms } = decision;
    const approval = { ...terms?.approval, by: 'admin' as const };
    return { ...decision, terms: { ruleKey: '', ...terms, approval } };
  }
  const { request, epoch, rule } = decision;
  const { reason, retryAt } = judged;
  return {
    kind: 'deny',
    request,
    epoch,
    rule,
    reason,
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}
