import { sessionEndReason } from '../admit/admit.ts';
import { decideOn } from '../admit/go-on.ts';
import { decide } from '../authorize/decide.ts';
import type { Asker, PolicyState } from '../authorize/policy-state.ts';
import { isSteady, notePermit } from '../authorize/steady-permit.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Decision, Permit } from '../domain/decision.ts';
import type { Principal } from '../domain/principal.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { Spent } from '../domain/session-limits.ts';
import { judgeSession } from '../session/judge-session.ts';
import type { BrokerParts } from './answering.ts';
import type { Use } from './use.ts';

/** The one decision, as everybody asks for it. Each throws a BrokerError when state cannot be read. */
export interface Deciding {
  /** The decision on the session and the state as they are now; without the permits of spent grants. */
  decide(principal: Principal, request: AccessRequest, spent?: Spent): Decision;
  /** The same decision for many requests at once: session and state are read once, as of one epoch. */
  decider(principal: Principal, spent?: Spent): (request: AccessRequest) => Decision;
  /** Decides a use. */
  decideUse(incoming: IncomingRequest, use: Use): Decision;
  /** Decides a use that goes on, under the permit that `decideUse` gave it. */
  decideAgain(principal: Principal, permit: Permit, spent: Spent): Decision;
}

/** What a decision is made on, read at one instant. */
interface Seen {
  readonly state: PolicyState;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Why nothing is permitted, whatever is asked. */
  readonly refusal: DenyReason | undefined;
}

/** Puts the question to state, session and clock. */
export function createDeciding(
  parts: Pick<BrokerParts, 'readPolicy' | 'sessions' | 'clock' | 'store'>,
): Deciding {
  function look({ subject, sessionId }: Principal): Seen {
    const state = parts.readPolicy(subject);
    // Read last: a session that ends after this moves the epoch beyond the decision's.
    const session = parts.sessions.find(sessionId);
    const now = parts.clock.now();
    if (session === undefined || judgeSession(session, now) !== undefined) {
      return { state, now, refusal: sessionEndReason(session?.state ?? 'revoked') };
    }
    return { state, now, refusal: parts.store.isClockBehind() ? 'clock_behind' : undefined };
  }

  function decideAs(
    { state, now, refusal }: Seen,
    principal: Principal,
    request: AccessRequest,
    spent: Spent | undefined,
    permit?: Permit,
  ): Decision {
    if (refusal !== undefined) {
      return { kind: 'deny', request, epoch: state.epoch, reason: refusal };
    }
    return decideOn(
      (spent) =>
        permit !== undefined && isSteady(permit, { state, asker: principal, spent, now })
          ? permit
          : decide(state, askerOf(principal, spent), request, now),
      spent,
    );
  }

  return {
    decide: (principal, request, spent) => decideAs(look(principal), principal, request, spent),
    decider(principal, spent) {
      const seen = look(principal);
      return (request) => decideAs(seen, principal, request, spent);
    },
    decideUse({ principal }, { target }) {
      const seen = look(principal);
      const decision = decideAs(seen, principal, target, undefined);
      if (decision.kind === 'permit') notePermit(decision, seen.state, principal, seen.now);
      return decision;
    },
    decideAgain: (principal, permit, spent) =>
      decideAs(look(principal), principal, permit.request, spent, permit),
  };
}

const askerOf = (principal: Principal, spent: Spent | undefined): Asker =>
  spent === undefined ? principal : { ...principal, spent };
