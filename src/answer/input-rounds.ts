import { askOf } from '../ask/ask-kind.ts';
import { readInputRequired } from '../ask/input-required.ts';
import { cut, denyFields, requestFields, targetFields } from '../audit/call-events.ts';
import type { Flight } from '../dispatch/in-flight.ts';
import type { Timers } from '../dispatch/timers.ts';
import type { Answer, BrokerReply, IncomingRequest, Question } from '../domain/broker.ts';
import type { Decision, Deny } from '../domain/decision.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { InputReply, UseReply } from '../handle-request.ts';
import { respondToRefusal } from '../respond/respond.ts';
import { failureReply } from '../respond/rpc-errors.ts';
import type { Answering } from './answering.ts';

/** Times a tool server may ask for more before it has to answer. */
const MAX_ROUNDS = 8;
/** Milliseconds before a use is made again that nothing was asked for; doubles with each further one. */
const FIRST_WAIT_MS = 100;

/**
 * Answers a use of a 2025 client whose tool server is of 2026: what the server asks for in a result is
 * asked of the client by requests, one after another, and the use is made again with the answers. Each
 * time is a use of its own: decided, admitted and recorded as the first.
 *
 * The questions were decided and recorded when the result was let out; each is decided again before
 * it is asked and once it is answered, and a revocation meanwhile takes it back from the client.
 */
export async function answerInRounds(
  incoming: IncomingRequest,
  story: (incoming: IncomingRequest) => Promise<UseReply>,
  broker: Answering,
): Promise<BrokerReply> {
  let request = incoming;
  let idleRounds = 0;
  for (let round = 0; ; round += 1) {
    const reply = await story(request);
    if (reply.kind !== 'input_required') return reply;
    if (round === MAX_ROUNDS) {
      const { method } = incoming.request;
      broker.log.warn({ method }, 'a tool server asked too often');
      await broker.refusals.refused({
        ...requestFields(incoming),
        ...targetFields(reply.target),
        code: 'TG1003',
        method: cut(method),
        outcome: 'failed',
        reason: 'ERR_SERVER_LIMIT',
      });
      return failureReply(undefined);
    }
    const { questions, state } = readInputRequired(reply.result);
    if (questions.size === 0) {
      await pause(FIRST_WAIT_MS * 2 ** idleRounds, incoming.signal, broker.timers);
      idleRounds += 1;
    }
    const answers = await askAll(questions, reply, incoming, broker);
    if ('kind' in answers) return answers;
    request = madeAgain(incoming, answers.byKey, state);
  }
}

function pause(ms: number, signal: AbortSignal, timers: Timers): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = timers.after(ms, resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(cancel);
}

/** The use with what was asked for, as a client of 2026 makes it again. */
function madeAgain(
  incoming: IncomingRequest,
  inputResponses: JsonObject,
  requestState: string | undefined,
): IncomingRequest {
  const {
    inputResponses: _answers,
    requestState: _state,
    ...params
  } = incoming.request.params ?? {};
  return {
    ...incoming,
    request: {
      ...incoming.request,
      params: {
        ...params,
        ...(Object.keys(inputResponses).length === 0 ? {} : { inputResponses }),
        ...(requestState === undefined ? {} : { requestState }),
      },
    },
  };
}

async function askAll(
  questions: ReadonlyMap<string, Question>,
  { target, refused, spent }: InputReply,
  incoming: IncomingRequest,
  broker: Answering,
): Promise<{ readonly byKey: JsonObject } | BrokerReply> {
  const { principal } = incoming;
  const flight = broker.inFlight.begin(incoming, target, () =>
    broker.decide(principal, target, spent),
  );
  try {
    const byKey: [string, Json][] = [];
    for (const [key, question] of questions) {
      const decision = decideBoth(question);
      if (decision.kind === 'deny') return await refuse(decision);
      const answer = await askOne(incoming, question, flight);
      const result = resultOf(question, answer);
      if (result === undefined) {
        const deny = flight.deny();
        if (deny !== undefined) return await refuse(deny);
        if (incoming.signal.aborted) return { kind: 'cancelled' };
        const { request, epoch, rule } = decision;
        return await refuse({ kind: 'deny', request, epoch, rule, reason: 'client_incapable' });
      }
      // The rule may have been revoked while the person was typing.
      const still = decideBoth(question);
      if (still.kind === 'deny') return await refuse(still);
      byKey.push([key, result]);
    }
    if (flight.signal.aborted) {
      const deny = flight.deny();
      return deny === undefined ? { kind: 'cancelled' } : await refuse(deny);
    }
    return { byKey: Object.fromEntries(byKey) };
  } finally {
    flight.end();
  }

  function decideBoth({ method }: Question): Decision {
    const decide = broker.decider(principal, spent);
    const use = decide(target);
    if (use.kind === 'deny') return use;
    return decide({ kind: 'ask', server: target.server, ask: askOf(method) });
  }

  async function refuse(deny: Deny): Promise<BrokerReply> {
    await broker.refusals.refused({
      ...requestFields(incoming),
      ...targetFields(target),
      ...denyFields(deny),
      code: 'TG1005',
    });
    return respondToRefusal(deny.reason, refused, deny);
  }
}

const askOne = async (
  { ask }: IncomingRequest,
  question: Question,
  { signal }: Flight,
): Promise<Answer> =>
  ask === undefined || signal.aborted ? { kind: 'cancelled' } : ask(question, signal);

/**
 * An answer as 2026 has it, where only results are one: an elicitation that failed at the client counts
 * as dismissed, anything else has no answer.
 */
function resultOf({ method }: Question, answer: Answer): JsonObject | undefined {
  if (answer.kind === 'result') return answer.result;
  if (answer.kind === 'error' && method === 'elicitation/create') return { action: 'cancel' };
  return undefined;
}
