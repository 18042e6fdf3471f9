import type { ConnectionEvents } from '../dispatch/tool-server.ts';
import type { ListKind, Question } from '../domain/broker.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { RequestId, RpcError } from '../domain/json-rpc.ts';
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

const INTERNAL_ERROR: RpcError = { code: -32603, message: 'Internal error' };

/** Takes what a tool server sends without having been asked. */
export interface Unasked {
  /** Reports progress of the request whose token this is. */
  readonly progress: Map<number, (params: JsonObject) => void>;
  /**
   * Takes one message in. `answer` is called once for a request, later or at once.
   *
   * @returns `false` when the server asks more than it may have open.
   */
  take(
    message: ServerMessage & { readonly kind: 'request' | 'notification' },
    answer: (id: RequestId, answer: AskAnswer) => void,
  ): boolean;
}

/**
 * Routes a tool server's own requests and notifications: `ping` is answered, every other request is
 * for the owner to refuse or answer, progress goes to its call, a changed list to the owner. What
 * nobody asked for is dropped.
 */
export function createUnasked(events: ConnectionEvents): Unasked {
  const progress = new Map<number, (params: JsonObject) => void>();
  let openAsks = 0;

  return {
    progress,
    take(message, answer) {
      if (message.kind === 'notification') {
        takeNotification(message.method, message.params);
        return true;
      }
      if (message.method === 'ping') {
        answer(message.id, { result: {} });
        return true;
      }
      if (openAsks >= MAX_OPEN_ASKS) return false;
      openAsks += 1;
      const settle = (error: RpcError): void => {
        openAsks -= 1;
        answer(message.id, { error });
      };
      void ask({ method: message.method, params: message.params }).then(settle);
      return true;
    },
  };

  async function ask(question: Question): Promise<RpcError> {
    try {
      return await events.onAsk(question);
    } catch {
      return INTERNAL_ERROR;
    }
  }

  function takeNotification(method: string, params: JsonObject): void {
    const changed = CHANGED_LISTS.get(method);
    if (changed !== undefined) events.onListChanged(changed);
    if (method !== 'notifications/progress') return;
    const token = member(params, 'progressToken');
    if (typeof token !== 'number') return;
    const { progressToken: _, ...rest } = params;
    progress.get(token)?.(rest);
  }
}
