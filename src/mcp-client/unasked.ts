import type { ConnectionEvents } from '../dispatch/tool-server.ts';
import type { ListKind, Question } from '../domain/broker.ts';
import { SUBSCRIPTION_ID_KEY } from '../domain/era.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { RequestId, RpcError, RpcNotification } from '../domain/json-rpc.ts';
import { Passing } from '../domain/passing.ts';
import type { CallClock } from './call-clock.ts';
import type { CallReports } from './channel.ts';
import type { ServerMessage } from './rpc-message.ts';

/** What a tool server is answered with. */
export type AskAnswer = { readonly result: JsonObject } | { readonly error: RpcError };

/** Questions of a tool server that may wait for their answer at once. */
const MAX_OPEN_ASKS = 64;

const CHANGED_LISTS: ReadonlyMap<string, ListKind> = new Map([
  ['notifications/tools/list_changed', 'tools'],
  ['notifications/prompts/list_changed', 'prompts'],
  ['notifications/resources/list_changed', 'resources'],
]);

/** Notifications that are passed on beside log messages; any other is dropped. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'notifications/elicitation/complete',
  'notifications/tasks/status',
  'notifications/tasks',
]);

const INTERNAL_ERROR: RpcError = { code: -32603, message: 'Internal error' };

/** Takes what a tool server sends without having been asked. */
export interface Unasked {
  /**
   * Takes in that a request of ours is under way and what of it is reported.
   *
   * @returns ends that: questions that belong to it are void, and nobody answers them any more.
   */
  begin(id: number, reports: CallReports, clock: CallClock): () => void;
  /**
   * Takes one message in. `answer` is called once for a request, later or at once, unless the server
   * takes it back or the call it belongs to is over.
   *
   * @param ofRequest the request of ours on whose stream it came, where there is such a thing.
   * @returns `false` when the server asks more than it may have open.
   */
  take(
    message: ServerMessage & { readonly kind: 'request' | 'notification' },
    answer: (id: RequestId, answer: AskAnswer) => void,
    ofRequest?: number,
  ): boolean;
}

interface Running {
  readonly reports: CallReports;
  readonly clock: CallClock;
  /** Made with the first of them. */
  questions: Set<OpenQuestion> | undefined;
}

interface OpenQuestion {
  readonly id: RequestId;
  readonly voided: AbortController;
}

/**
 * Routes a tool server's own requests and notifications: `ping` is answered, every other request goes
 * to the call it belongs to or to the owner, who refuses; progress and log messages go to their call,
 * changed lists and resources to the owner. What nobody knows is dropped.
 *
 * @param isOneSessions whether all of the connection is one session's: what carries no sign of its call
 * then belongs to the only one that is under way. Attack: on a shared connection that is another
 * session's business.
 */
export function createUnasked(events: ConnectionEvents, isOneSessions: boolean): Unasked {
  const running = new Passing<number, Running>();
  const listens = new Passing<number, Running>();
  /** Until settled, void or not: what a server takes back and asks again must not pile up. */
  const open = new Set<OpenQuestion>();

  function ownerOf(ofRequest: number | undefined): Running | undefined {
    if (ofRequest !== undefined) return running.get(ofRequest);
    return isOneSessions && running.size === 1 ? running.values()[0] : undefined;
  }

  function takeQuestion(
    id: RequestId,
    question: Question,
    call: Running | undefined,
    answer: (id: RequestId, answer: AskAnswer) => void,
  ): void {
    const asked: OpenQuestion = { id, voided: new AbortController() };
    const { signal } = asked.voided;
    const isCalls = call?.reports.onAsk !== undefined;
    const resume = isCalls ? call.clock.pause() : () => {};
    open.add(asked);
    if (call !== undefined) {
      call.questions ??= new Set();
      call.questions.add(asked);
    }
    void ask(question, signal, call?.reports.onAsk).then((reply) => {
      open.delete(asked);
      call?.questions?.delete(asked);
      resume();
      if (!signal.aborted) answer(id, reply);
    });
  }

  async function ask(
    question: Question,
    signal: AbortSignal,
    onAsk: CallReports['onAsk'],
  ): Promise<AskAnswer> {
    try {
      if (onAsk === undefined) return { error: await events.onAsk(question) };
      const reply = await onAsk(question, signal);
      return reply.kind === 'result' ? { result: reply.result } : { error: reply.error };
    } catch {
      return { error: INTERNAL_ERROR };
    }
  }

  function takeNotification(
    method: string,
    params: JsonObject,
    call: () => Running | undefined,
  ): void {
    const changed = CHANGED_LISTS.get(method);
    if (changed !== undefined) events.onListChanged(changed);
    else if (method === 'notifications/progress') takeProgress(params);
    else if (method === 'notifications/cancelled') takeBack(member(params, 'requestId'));
    else if (method === 'notifications/subscriptions/acknowledged') takeAcknowledgement(params);
    else if (method === 'notifications/resources/updated') events.onResourceUpdated(params);
    else if (method === 'notifications/message') {
      const owner = call();
      if (owner === undefined) events.onMessage(params);
      else owner.reports.onNotification?.(notificationOf(method, params));
    } else if (PASSED_ON.has(method)) {
      // Of a question or a task, and so of the session: a call that runs meanwhile knows nothing of it.
      events.onNotification(notificationOf(method, params));
    }
  }

  function takeProgress(params: JsonObject): void {
    const token = member(params, 'progressToken');
    if (typeof token !== 'number') return;
    const { progressToken: _, ...rest } = params;
    running.get(token)?.reports.onProgress?.(rest);
  }

  function takeAcknowledgement(params: JsonObject): void {
    const id = member(member(params, '_meta'), SUBSCRIPTION_ID_KEY);
    if (typeof id === 'number') listens.get(id)?.reports.onAcknowledged?.(params);
  }

  function takeBack(id: unknown): void {
    for (const question of open) if (question.id === id) question.voided.abort();
  }

  return {
    begin(id, reports, clock) {
      const under = reports.onAcknowledged === undefined ? running : listens;
      const begun: Running = { reports, clock, questions: undefined };
      under.set(id, begun);
      return () => {
        under.delete(id);
        for (const { voided } of begun.questions ?? []) voided.abort();
      };
    },
    take(message, answer, ofRequest) {
      const { method, params } = message;
      if (message.kind === 'notification') {
        takeNotification(method, params, () => ownerOf(ofRequest));
        return true;
      }
      if (method === 'ping') {
        answer(message.id, { result: {} });
        return true;
      }
      if (open.size >= MAX_OPEN_ASKS) return false;
      takeQuestion(message.id, { method, params }, ownerOf(ofRequest), answer);
      return true;
    },
  };
}

const notificationOf = (method: string, params: JsonObject): RpcNotification => ({
  jsonrpc: '2.0',
  method,
  params,
});
