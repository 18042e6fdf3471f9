import { askOf } from '../ask/ask-kind.ts';
import type { RefusalRecorder } from '../audit/refusal-recorder.ts';
import { decide } from '../authorize/decide.ts';
import type { ReadPolicy } from '../authorize/policy-reader.ts';
import type { PoolOptions } from '../dispatch/pool.ts';
import type { Clock } from '../domain/clock.ts';
import { decideOrDeny } from '../domain/decide-or-deny.ts';
import type { Decision } from '../domain/decision.ts';
import { methodNotFound } from '../respond/rpc-errors.ts';

/**
 * Answers what a tool server asks of its client outside any call, or on a connection that was shown no
 * client: decided like everything else, recorded, and refused, since there is nobody to ask.
 *
 * State that cannot be read permits nothing, and the refusal is recorded all the same.
 */
export function createAskRefuser(deps: {
  readonly readPolicy: ReadPolicy;
  readonly epoch: () => number;
  readonly refusals: RefusalRecorder;
  readonly scrub: (text: string) => string;
  readonly clock: Clock;
}): PoolOptions['onAsk'] {
  return async (server, owner, { method }) => {
    const { sessionId, subject } = owner;
    const request = { kind: 'ask', server, ask: askOf(method) } as const;
    const readAndDecide = (): Decision => {
      const state =
        subject === undefined
          ? { epoch: deps.epoch(), isHalted: false, grants: [], servers: new Map() }
          : deps.readPolicy(subject);
      return decide(state, { subject: subject ?? '' }, request, deps.clock.now());
    };
    const decision = decideOrDeny(request, readAndDecide);
    await deps.refusals.refused({
      code: 'TG1005',
      server,
      method: deps.scrub(method).slice(0, 64),
      decision: 'deny',
      reason: decision.kind === 'deny' ? decision.reason : 'client_incapable',
      ...(sessionId === undefined ? {} : { session: sessionId }),
      ...(subject === undefined ? {} : { subject }),
    });
    return methodNotFound();
  };
}
