import { type AskKind, askOf } from '../ask/ask-kind.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Decision, Deny, Permit } from '../domain/decision.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../domain/json.ts';
import type { Answering } from './answering.ts';
import { isRouted, stateBinding } from './pass-asks.ts';
import type { Use } from './use.ts';

/** A use as it goes to the tool server, its own state in the place of the sealed one. */
export interface Retry {
  readonly params: JsonObject;
  /** Answers to questions that the client brings along, if any. */
  readonly answers: JsonObject | undefined;
  /** What the answers are to, as the state says, or they themselves. */
  readonly kinds: readonly string[];
  /** The intent that this is a further round of, as the state says. */
  readonly continues?: number;
}

/**
 * Reads what a permitted use brings back of an earlier round: the tool server's request state, opened,
 * and the client's answers. Whoever brings a state is decided again for everything it was asked.
 *
 * Attack: a client writes a tool server's state itself, or brings another session's, another tool's or
 * that of other arguments. Answers without a state pass where the request says who gets them: they
 * answer nothing of the broker's own.
 */
export function readRetry(
  incoming: IncomingRequest,
  { params, method, target }: Use,
  permit: Permit,
  argsHmac: () => string,
  broker: Answering,
): Retry | Deny {
  const invalid = (): Deny => {
    const { request, epoch, rule } = permit;
    return { kind: 'deny', request, epoch, rule, reason: 'handle_invalid' };
  };
  const given = member(params, 'inputResponses');
  const answers = isJsonObject(given) ? given : undefined;
  // What is no set of answers would be sent past the record.
  if (given !== undefined && answers === undefined) return invalid();
  if (!Object.hasOwn(params, 'requestState')) {
    if (answers !== undefined && isRouted(incoming, target)) return invalid();
    const told = { params, answers, kinds: kindsTold(answers) };
    return denyAsks(told, incoming, target.server, broker) ?? told;
  }
  const sealed = member(params, 'requestState');
  const { sessionId } = incoming.principal;
  const opened =
    typeof sealed === 'string'
      ? broker.handles.open(
          stateBinding({ sessionId, method, target }, argsHmac()),
          sealed,
          broker.clock.now(),
        )
      : undefined;
  const state = member(opened, 'state');
  const kinds = member(opened, 'kinds');
  const intent = member(opened, 'intent');
  if ((typeof state !== 'string' && state !== null) || !Array.isArray(kinds)) return invalid();
  const { requestState: _sealed, ...rest } = params;
  const retry = {
    params: state === null ? rest : { ...rest, requestState: state },
    answers,
    kinds: kinds as readonly string[],
    ...(typeof intent === 'number' ? { continues: intent } : {}),
  };
  return denyAsks(retry, incoming, target.server, broker) ?? retry;
}

/**
 * What answers without a state are to, by their form. Attack: a task, or a tool server that keeps no
 * state, has its question answered after its right to ask was revoked.
 */
function kindsTold(answers: JsonObject | undefined): readonly AskKind[] {
  const kinds = Object.values(answers ?? {}).flatMap((answer): AskKind[] => {
    if (stringMember(answer, 'action') !== undefined) return ['elicitation'];
    if (Array.isArray(member(answer, 'roots'))) return ['roots'];
    return stringMember(answer, 'role') === undefined ? [] : ['sampling'];
  });
  return [...new Set(kinds)];
}

/**
 * Decides a use made again, and that its tool server may still ask what the answers are to: they leave
 * under both rights, or not at all.
 *
 * Attack: a tool server takes long to start, and its right to ask is revoked meanwhile.
 */
export const decideRetry =
  (
    retry: Pick<Retry, 'kinds'>,
    incoming: IncomingRequest,
    server: string,
    broker: Pick<Answering, 'decider'>,
    decideUse: () => Decision,
  ) =>
  (): Decision => {
    // The use first: its epoch is the older one, and the one that is compared.
    const use = decideUse();
    if (use.kind === 'deny') return use;
    return denyAsks(retry, incoming, server, broker) ?? use;
  };

function denyAsks(
  { kinds }: Pick<Retry, 'kinds'>,
  { principal }: IncomingRequest,
  server: string,
  broker: Pick<Answering, 'decider'>,
): Deny | undefined {
  if (kinds.length === 0) return undefined;
  const decide = broker.decider(principal);
  for (const kind of kinds) {
    const decision = decide({ kind: 'ask', server, ask: askOf(kind) });
    if (decision.kind === 'deny') return decision;
  }
  return undefined;
}
