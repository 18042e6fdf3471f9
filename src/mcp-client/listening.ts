import type { Timers } from '../dispatch/timers.ts';
import type { CallHooks, ConnectionEvents, DispatchReply } from '../dispatch/tool-server.ts';
import type { ListKind } from '../domain/broker.ts';
import { BrokerError } from '../domain/errors.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { RpcError } from '../domain/json-rpc.ts';
import type { Channel } from './channel.ts';
import { type FirstListen, keepListening } from './keep-listening.ts';

/** Resources one connection may be subscribed to: each is a stream of its own. */
const MAX_SUBSCRIPTIONS = 256;

const LISTS: Readonly<Record<ListKind, string>> = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
};
const KINDS = Object.keys(LISTS) as ListKind[];

/** What a 2025 server answers that cannot be subscribed to; one of 2026 just does not honour it. */
const NOT_HONOURED: RpcError = { code: -32601, message: 'Method not found' };

/** What a connection to a 2026 server listens for. */
export interface Listening {
  /** Listens for changes of the lists the server says may change. Never rejects. */
  followLists(capabilities: JsonObject): void;
  /**
   * Subscribes to a resource, as `resources/subscribe` did before there was `subscriptions/listen`.
   *
   * @throws BrokerError as a request does; `ERR_SERVER_LIMIT` beyond 256 resources.
   */
  subscribe(uri: string, hooks: CallHooks): Promise<DispatchReply>;
  /** Listens no more for a resource. */
  unsubscribe(uri: string): void;
}

/** Makes what listens to a 2026 server. */
export function createListening(
  channel: Channel,
  parts: {
    readonly server: string;
    readonly version: string;
    readonly timers: Timers;
    readonly timeoutMs: number;
    readonly events: Pick<ConnectionEvents, 'onListChanged' | 'onResourceUpdated'>;
  },
): Listening {
  const { server, version, timers, timeoutMs, events } = parts;
  const subscriptions = new Map<string, { readonly first: Promise<FirstListen>; stop(): void }>();

  return {
    followLists(capabilities) {
      const kinds = KINDS.filter(
        (kind) => member(member(capabilities, kind), 'listChanged') === true,
      );
      if (kinds.length === 0) return;
      keepListening(channel, {
        filter: Object.fromEntries(kinds.map((kind) => [LISTS[kind], true])),
        suffices: (honoured) => kinds.some((kind) => honoured[LISTS[kind]] === true),
        version,
        timers,
        timeoutMs,
        onGap: () => kinds.forEach(events.onListChanged),
        // Its definitions are compared when it is next connected to.
        onLost() {},
      }).first.catch(() => undefined);
    },

    async subscribe(uri, { signal, mayWrite }) {
      let listening = subscriptions.get(uri);
      if (listening === undefined) {
        if (subscriptions.size >= MAX_SUBSCRIPTIONS) {
          throw new BrokerError('ERR_SERVER_LIMIT', `too many subscriptions at ${server}`);
        }
        listening = keepListening(channel, {
          filter: { resourceSubscriptions: [uri] },
          suffices: ({ resourceSubscriptions }) =>
            Array.isArray(resourceSubscriptions) && resourceSubscriptions.includes(uri),
          version,
          timers,
          timeoutMs,
          signal,
          mayWrite,
          onGap: () => events.onResourceUpdated({ uri }),
          onLost() {
            // Its owner hears of it as of every other end, and nothing is silently dead.
            channel.fail(new BrokerError('ERR_SERVER_CLOSED', `${server} ended a subscription`));
          },
        });
        subscriptions.set(uri, listening);
      }
      const own = listening;
      const forget = (): void => {
        own.stop();
        if (subscriptions.get(uri) === own) subscriptions.delete(uri);
      };
      try {
        const first = await own.first;
        if (first.kind === 'listening') {
          return { kind: 'result', result: { resultType: 'complete' } };
        }
        forget();
        const isUnheard =
          first.kind === 'result' || (first.kind === 'cancelled' && !signal.aborted);
        return isUnheard ? { kind: 'error', error: NOT_HONOURED } : first;
      } catch (error) {
        forget();
        throw error;
      }
    },

    unsubscribe(uri) {
      subscriptions.get(uri)?.stop();
      subscriptions.delete(uri);
    },
  };
}
