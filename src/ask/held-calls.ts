import type { Answer, BrokerReply, IncomingRequest, Question } from '../domain/broker.ts';
import type { Clock } from '../domain/clock.ts';
import { SERVER_INFO_KEY } from '../domain/era.ts';
import type { SessionId } from '../domain/ids.ts';
import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import type { RpcNotification, RpcRequest } from '../domain/json-rpc.ts';
import { declaresAsks } from './effective-capabilities.ts';
import { HANDLE_LIFE_MS, type Handles } from './handles.ts';

/** Calls that may be held at once: of one session, and in all. */
const MAX_HELD_PER_SESSION = 16;
const MAX_HELD = 256;

/** Calls of 2026 clients whose tool server asks by a request of its own. */
export interface HeldCalls {
  /**
   * Answers a use of a 2026 client: begins it, or goes on with the held one that it brings the answer
   * to. `begin` runs once a use, with a request that can be asked; its reply goes to whatever request
   * of the client waits then. A client that declares nothing to be asked cannot be, and is not held.
   */
  answer(
    incoming: IncomingRequest,
    begin: (incoming: IncomingRequest) => Promise<BrokerReply>,
  ): Promise<BrokerReply>;
  /** Calls that wait for their clients now. */
  readonly size: number;
}

/** What holding calls needs. */
export interface HeldCallsDeps {
  readonly handles: Handles;
  readonly clock: Pick<Clock, 'now'>;
  readonly hmac: (value: Json) => string;
  /** Who asks, as a 2026 result names it. */
  readonly serverInfo: JsonObject;
  /** Runs once, `ms` milliseconds from now, unless the returned function is called first. */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** A reply, or the failure it came to. */
type Settling = BrokerReply | Promise<BrokerReply>;

/** A use under way. `current` or `open` is set while it runs: somebody waits, or is waited for. */
interface Held {
  readonly id: number;
  readonly session: SessionId;
  /** Ends the use: as its client's going away does. */
  readonly controller: AbortController;
  /** The request of the client that waits now, and how it is settled. */
  current: { readonly incoming: IncomingRequest; settle(reply: Settling): void } | undefined;
  /**
   * The question that its client was sent, good for one request that brings an answer; one that the
   * tool server took back too, and then the answer is nobody's.
   */
  open: { readonly key: string; readonly resolve: (answer: Answer) => void } | undefined;
  /** Those who wait for a request of the client's. */
  readonly waiting: Set<(isAwaited: boolean) => void>;
  asked: number;
  /** The use as its story knows it. What is recorded names the request that brought it about. */
  readonly inner: { request: RpcRequest };
}

/**
 * Lets a tool server of the 2025 era ask a client of 2026: the question ends the client's request as an
 * `input_required` result, the use runs on, and the request made again brings the answer.
 *
 * What it brings is sealed for its session, method and everything else the request says, good once,
 * and only in the process that holds the call. A request that brings anything else as a state is
 * begun like any other, and the story refuses it.
 *
 * A client that goes away while it is asked ends nothing; the handle's life does. Nor does a tool
 * server that takes its question back, or replies without the answer: its next question and its reply
 * wait for the request that brings the answer.
 */
export function createHeldCalls(deps: HeldCallsDeps): HeldCalls {
  const { handles, clock, hmac, after } = deps;
  const held = new Map<number, Held>();
  let ids = 0;

  const binding = ({ principal, onlyServer, request }: IncomingRequest) => {
    const { _meta, inputResponses, requestState, ...asked } = request.params ?? {};
    return {
      kind: 'held',
      session: principal.sessionId,
      method: request.method,
      argsHmac: hmac(['held', onlyServer ?? null, asked]),
    } as const;
  };

  /** Makes a request of the client's the one that gets the reply. */
  function attach(use: Held, incoming: IncomingRequest): Promise<BrokerReply> {
    const { promise, resolve } = Promise.withResolvers<BrokerReply>();
    const onAbort = (): void => use.controller.abort();
    if (incoming.signal.aborted) onAbort();
    else incoming.signal.addEventListener('abort', onAbort, { once: true });
    const settle = (reply: Settling): void => {
      incoming.signal.removeEventListener('abort', onAbort);
      use.current = undefined;
      resolve(reply);
    };
    use.current = { incoming, settle };
    const { id } = incoming.request;
    if (id !== use.inner.request.id) use.inner.request = { ...use.inner.request, id };
    tell(use, true);
    return promise;
  }

  function tell(use: Held, isAwaited: boolean): void {
    for (const heard of use.waiting) heard(isAwaited);
    use.waiting.clear();
  }

  function isAwaited(use: Held, signal: AbortSignal): true | Promise<boolean> {
    if (use.current !== undefined) return true;
    if (use.open === undefined || signal.aborted) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const onAbort = (): void => resolve(false);
    signal.addEventListener('abort', onAbort, { once: true });
    use.waiting.add(resolve);
    return promise.finally(() => {
      use.waiting.delete(resolve);
      signal.removeEventListener('abort', onAbort);
    });
  }

  /** Nobody brings an answer any more, or somebody just has. */
  function close(use: Held): void {
    use.open = undefined;
    held.delete(use.id);
  }

  function ask(use: Held, question: Question, signal: AbortSignal): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const { current } = use;
    // Asked one at a time and when it is awaited, so a request waits here, unless its client is gone.
    if (current === undefined || signal.aborted) return Promise.resolve({ kind: 'cancelled' });
    const ofSession = [...held.values()].filter(({ session }) => session === use.session);
    if (held.size >= MAX_HELD || ofSession.length >= MAX_HELD_PER_SESSION) {
      return Promise.resolve({ kind: 'error', error: TOO_MANY });
    }
    use.asked += 1;
    const key = `question-${use.asked}`;
    const state = handles.seal(binding(current.incoming), [use.id, key], clock.now());
    const cancelLife = after(HANDLE_LIFE_MS.held, () => {
      finish({ kind: 'cancelled' });
      tell(use, false);
      use.controller.abort();
    });
    const onAbort = (): void => resolve({ kind: 'cancelled' });
    function finish(answer: Answer): void {
      cancelLife();
      signal.removeEventListener('abort', onAbort);
      close(use);
      resolve(answer);
    }
    signal.addEventListener('abort', onAbort, { once: true });
    use.open = { key, resolve: finish };
    held.set(use.id, use);
    current.settle({
      kind: 'result',
      result: inputRequired(key, question, state, deps.serverInfo),
    });
    return promise;
  }

  /** The held use a request goes on with, and the answer it brings. */
  function broughtBy(
    incoming: IncomingRequest,
  ): { readonly use: Held; readonly answer: JsonObject } | undefined {
    const { params } = incoming.request;
    const state = member(params, 'requestState');
    if (typeof state !== 'string') return undefined;
    const opened = handles.open(binding(incoming), state, clock.now());
    if (!Array.isArray(opened)) return undefined;
    const [id, key] = opened as readonly Json[];
    const use = typeof id === 'number' ? held.get(id) : undefined;
    if (use?.open === undefined || use.open.key !== key) return undefined;
    const answer = member(member(params, 'inputResponses'), use.open.key);
    return isJsonObject(answer) ? { use, answer } : undefined;
  }

  function begin(
    incoming: IncomingRequest,
    story: (incoming: IncomingRequest) => Promise<BrokerReply>,
  ): Promise<BrokerReply> {
    ids += 1;
    const controller = new AbortController();
    const inner = {
      ...incoming,
      signal: controller.signal,
      notify: (notification: RpcNotification) => use.current?.incoming.notify(notification),
      ask: (question: Question, signal: AbortSignal) => ask(use, question, signal),
      isAwaited: (signal: AbortSignal) => isAwaited(use, signal),
    } satisfies IncomingRequest;
    const use: Held = {
      id: ids,
      session: incoming.principal.sessionId,
      controller,
      current: undefined,
      open: undefined,
      waiting: new Set(),
      asked: 0,
      inner,
    };
    const reply = attach(use, incoming);
    const end = story(inner);
    const onEnd = (): void => {
      // It ended and waited for nobody: whoever brings the answer finds nothing.
      use.open?.resolve({ kind: 'cancelled' });
      use.current?.settle(end);
    };
    end.then(onEnd, onEnd);
    return reply;
  }

  return {
    answer(incoming, story) {
      const brought = broughtBy(incoming);
      if (brought === undefined) {
        return declaresAsks(incoming.clientCapabilities) ? begin(incoming, story) : story(incoming);
      }
      const { use, answer } = brought;
      const { open } = use;
      const reply = attach(use, incoming);
      open?.resolve({ kind: 'result', result: answer });
      return reply;
    },
    get size() {
      return held.size;
    },
  };
}

const TOO_MANY = { code: -32603, message: 'Internal error' } as const;

const inputRequired = (
  key: string,
  { method, params }: Question,
  requestState: string,
  serverInfo: JsonObject,
): JsonObject => ({
  _meta: { [SERVER_INFO_KEY]: serverInfo },
  resultType: 'input_required',
  inputRequests: { [key]: { method, params } },
  requestState,
});
