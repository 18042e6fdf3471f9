import { release } from '../admit/release.ts';
import { askKindOf, askOf } from '../ask/ask-kind.ts';
import { canBeAsked } from '../ask/effective-capabilities.ts';
import { answerName, formQuestion } from '../ask/question-form.ts';
import { relateTask } from '../ask/task-forms.ts';
import { askEvents } from '../audit/ask-events.ts';
import type { Flight } from '../dispatch/in-flight.ts';
import type { Answer, IncomingRequest, Question } from '../domain/broker.ts';
import type { Decision, Deny } from '../domain/decision.ts';
import { errorCode } from '../domain/errors.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { RpcError, RpcReply } from '../domain/json-rpc.ts';
import type { Spent } from '../domain/session-limits.ts';
import { internalError, invalidParams, methodNotFound } from '../respond/rpc-errors.ts';
import type { Answering } from './answering.ts';
import { taskSealer } from './pass-tasks.ts';
import { readParams } from './use.ts';

/** A use of something that is under way, during which its tool server may ask. */
export interface RunningUse {
  readonly incoming: IncomingRequest;
  readonly receipt: IntentReceipt;
  readonly flight: Pick<Flight, 'signal' | 'stop'>;
  /** The client capabilities its tool server is shown. */
  readonly capabilities: JsonObject;
  /** Grants that were spent when it was admitted: none of them keeps it going. */
  readonly spent: Spent;
  /** Says that it waits for a client that has no request open, until the returned function is called. */
  readonly hold: () => () => void;
}

/** The questions of one running use, each decided and recorded before anybody sees it. */
export interface Asker {
  /**
   * Lets a question out: decides, forms it for the client and makes its `ask.made` durable. A deny is
   * recorded. The question comes back as the client is to get it, the tool server's secrets scrubbed.
   */
  letOut(question: Question): Promise<Question | Deny | 'malformed'>;
  /**
   * Makes the answers durable that a use made again brings along, before they are sent with it.
   *
   * @returns why they may not be sent.
   */
  bringAlong(answers: JsonObject, decide: () => Decision): Promise<Deny | undefined>;
  /** What a tool server of the 2025 era asks while the use runs. Never rejects. */
  ask(question: Question, signal: AbortSignal): Promise<RpcReply>;
}

/**
 * Carries the questions of a tool server to the client of the use that runs, and the answers back: the
 * rule is asked before the question leaves and again before the answer is handed on, and each is
 * durable before its reader gets it.
 *
 * Attack: a tool server asks a person for what no rule lets it ask for, in a call of somebody else, or
 * after its right was revoked while the person was typing.
 */
export function createAsker(use: RunningUse, broker: Answering): Asker {
  const { incoming, receipt, flight, capabilities, spent, hold } = use;
  const { principal, era } = incoming;
  const { server } = receipt.target;
  const events = askEvents(incoming, receipt, broker);
  /** One after another for a client that is asked by ending its request. */
  let turn: Promise<unknown> = Promise.resolve();
  let questions = 0;

  /** Decides both: that the server may ask this, and that the use it asks during is still permitted. */
  function decide(method: string): Decision {
    const decider = broker.decider(principal, spent);
    const use = decider(receipt.target);
    return use.kind === 'deny' ? use : decider({ kind: 'ask', server, ask: askOf(method) });
  }

  async function refuse(method: string, deny: Deny): Promise<Deny> {
    await broker.refusals.refused(events.refused(method, deny));
    return deny;
  }

  async function letOut(question: Question): Promise<Question | Deny | 'malformed'> {
    const { method } = question;
    const decision = decide(method);
    if (decision.kind === 'deny') return refuse(method, decision);
    const kind = askKindOf(method);
    if (kind === undefined || !canBeAsked(capabilities, kind, question.params)) {
      const { request, epoch, rule } = decision;
      return refuse(method, { kind: 'deny', request, epoch, rule, reason: 'client_incapable' });
    }
    questions += 1;
    const id = () => broker.hmac(['elicitation', receipt.seq, questions]).slice(0, 32);
    // Members of this hop go no further: progress would be reported to a token of the tool server's.
    const { params: asked } = readParams(question.params);
    const params = relateTask(broker.scrub(asked), taskSealer(receipt, broker));
    const scrubbed = { method, params };
    const formed = formQuestion(scrubbed, server, era, id);
    if (formed === undefined) return 'malformed';
    const denied = await release(broker.store, {
      principal,
      decide: () => decide(method),
      outcome: ({ rule }) => ({ ...events.made(method, formed.params), rule }),
    });
    return denied === undefined ? formed : refuse(method, denied);
  }

  async function ask(question: Question, signal: AbortSignal): Promise<RpcReply> {
    const { method } = question;
    if (incoming.ask === undefined) {
      // Decided all the same, so that the record says what was the matter first.
      const decision = decide(method);
      const { request, epoch } = decision;
      const incapable: Deny = { kind: 'deny', request, epoch, reason: 'client_incapable' };
      stopIfUseIsOver(await refuse(method, decision.kind === 'deny' ? decision : incapable));
      return refused(methodNotFound());
    }
    const until = AbortSignal.any([signal, flight.signal]);
    if (!(await isAwaited(until))) return refused(internalError());
    const formed = await letOut(question);
    if (formed === 'malformed') return refused(invalidParams());
    if ('kind' in formed) {
      stopIfUseIsOver(formed);
      return refused(methodNotFound());
    }
    const goOn = era === '2026' ? hold() : undefined;
    const answer = await incoming.ask(formed, until);
    goOn?.();
    if (answer.kind === 'cancelled') {
      if (!flight.signal.aborted) await record(method, 'cancelled', null);
      return refused(internalError());
    }
    return handOn(method, answer);
  }

  /** Whether a request of the client waits to be asked; a question taken back may have used the last up. */
  async function isAwaited(until: AbortSignal): Promise<boolean> {
    const awaited = incoming.isAwaited?.(until) ?? true;
    if (awaited === true) return true;
    const goOn = hold();
    return awaited.finally(goOn);
  }

  /** The answer reaches the tool server under a right that holds now, or not at all. */
  async function handOn(method: string, answer: Exclude<Answer, { kind: 'cancelled' }>) {
    const kind = askKindOf(method);
    const how =
      answer.kind === 'result' && kind !== undefined
        ? answerName(kind, answer.result)
        : answer.kind;
    const value = answer.kind === 'result' ? answer.result : { ...answer.error };
    const denied = await record(method, how, value);
    if (denied === undefined) return answer;
    await refuse(method, denied);
    stopIfUseIsOver(denied);
    return refused(internalError());
  }

  const record = (method: string, how: string, value: Json): Promise<Deny | undefined> =>
    release(broker.store, {
      principal,
      decide: () => decide(method),
      outcome: ({ rule }) => ({ ...events.answered(method, how, value), rule }),
    });

  /** What ran out moves no epoch: nobody else stops the use for it. */
  function stopIfUseIsOver(deny: Deny): void {
    if (deny.request.kind !== 'ask') flight.stop(deny);
  }

  return {
    letOut,
    bringAlong: (answers, decideUse) =>
      release(broker.store, {
        principal,
        decide: decideUse,
        outcome: ({ rule }) => ({
          ...events.answeredAlong(Object.keys(answers).length, answers),
          rule,
        }),
      }),
    async ask(question, signal) {
      const mine = era === '2026' ? turn.then(() => ask(question, signal)) : ask(question, signal);
      const answered = mine.catch((error: unknown): RpcReply => {
        broker.log.error({ code: errorCode(error), server, error }, 'question failed');
        return refused(internalError());
      });
      turn = answered;
      return answered;
    },
  };
}

const refused = (error: RpcError): RpcReply => ({ kind: 'error', error });
