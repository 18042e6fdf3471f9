import type { ListKind, Question } from '../domain/broker.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RpcError, RpcNotification } from '../domain/json-rpc.ts';
import type { ConnectionOwner, PoolEntry } from './pool-entry.ts';
import type { ConnectionEvents, ToolServerConnection } from './tool-server.ts';

/** What a tool server says that belongs to no call. */
export type ServerNews =
  | { readonly kind: 'resource_updated'; readonly params: JsonObject }
  /** A log message: the params of `notifications/message`. */
  | { readonly kind: 'message'; readonly params: JsonObject }
  /** Any other notification we know: `notifications/elicitation/complete`, states of tasks. */
  | { readonly kind: 'notification'; readonly notification: RpcNotification };

/** Who hears what a pool's tool servers say that belongs to no call, and whose connection says it. */
export interface PoolListener {
  /** A tool server asked something of its clients that no call can ask. The refusal goes back to it. */
  readonly onAsk: (server: string, owner: ConnectionOwner, question: Question) => Promise<RpcError>;
  /** One of a tool server's lists changed; its offer is read again by `connection.refresh()`. */
  readonly onListChanged: (
    server: string,
    owner: ConnectionOwner,
    kind: ListKind,
    connection: ToolServerConnection,
  ) => void;
  /** What else a tool server says. */
  readonly onNews: (server: string, owner: ConnectionOwner, news: ServerNews) => void;
}

/** The events of one connection, told with whose it is; a change heard while it starts is told after. */
export function eventsOf(
  listener: PoolListener,
  server: string,
  owner: ConnectionOwner,
  of: () => PoolEntry,
): ConnectionEvents {
  const hear = (news: ServerNews): void => listener.onNews(server, owner, news);
  return {
    onAsk: (question) => listener.onAsk(server, owner, question),
    onListChanged(kind) {
      const tell = (connection: ToolServerConnection): void =>
        listener.onListChanged(server, owner, kind, connection);
      const entry = of();
      if (entry.connection !== undefined) tell(entry.connection);
      else void entry.starting.then(tell, () => undefined);
    },
    onResourceUpdated: (params) => hear({ kind: 'resource_updated', params }),
    onMessage: (params) => hear({ kind: 'message', params }),
    onNotification: (notification) => hear({ kind: 'notification', notification }),
  };
}
