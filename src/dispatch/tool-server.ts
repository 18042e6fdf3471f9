import type { ListKind, Question } from '../domain/broker.ts';
import type { ServerOffer } from '../domain/catalog-record.ts';
import type { Era } from '../domain/era.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';
import type { JsonObject } from '../domain/json.ts';
import type { RpcError, RpcNotification, RpcReply } from '../domain/json-rpc.ts';

/** How to run or reach a tool server: an entry of the configuration with its references resolved. */
export type ToolServerSpec = {
  readonly name: string;
  readonly isolation: 'session' | 'subject' | 'shared';
  /** Milliseconds a call may take without an answer. Progress does not extend it. */
  readonly timeoutMs: number;
  /** Milliseconds to be ready after start. */
  readonly startTimeoutMs: number;
  /** Milliseconds without a call after which a stdio process is closed. */
  readonly idleMs: number;
  /** Largest message accepted from it, bytes. */
  readonly maxMessageBytes: number;
} & (
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      /** Absolute path. */
      readonly cwd: string;
      /** The whole environment of the process. */
      readonly env: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    }
);

/** What a dispatched call may report while it runs. */
export interface CallHooks {
  /** Aborting sends the cancellation to the tool server and settles the call as `cancelled`. */
  readonly signal: AbortSignal;
  /** The client's `notifications/progress` params, token left out; only when a token was asked for. */
  readonly onProgress?: ((params: JsonObject) => void) | undefined;
  /** The client capabilities the tool server is shown; none unless given. */
  readonly capabilities?: JsonObject;
  /** Notifications that belong to this call but for progress: log messages, task states. */
  readonly onNotification?: (notification: RpcNotification) => void;
  /**
   * What a tool server of the 2025 era asks while this call runs. Absent: it is refused. Aborted when
   * the tool server takes its question back or the call is over; no answer is sent then.
   */
  readonly onAsk?: (question: Question, signal: AbortSignal) => Promise<RpcReply>;
  /** The least severe log messages the client wants (`debug` to `emergency`); none said unless given. */
  readonly logLevel?: string | undefined;
  /**
   * The last look before the bytes leave: called synchronously, with no await between it and the
   * write. When it answers `false`, nothing is written and the call settles as `not_sent`.
   */
  readonly mayWrite: () => boolean;
}

/** How a dispatched call ended at the tool server. Broken machinery is thrown as `BrokerError`. */
export type DispatchReply =
  | RpcReply
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'not_sent' };

/** A live connection to one tool server: initialised, its offer read. */
export interface ToolServerConnection {
  readonly offer: ServerOffer;
  /** Settles once when the connection is gone, whatever the cause; never rejects. */
  readonly closed: Promise<void>;
  /**
   * Sends one permitted use and waits for its answer: the receipt's method, to the receipt's target.
   *
   * `params` is what goes on the wire: what names the target, and the client's other members, unknown
   * ones included; `_meta` without envelope keys and without a progress token, which are this hop's
   * own. `resources/subscribe` and `resources/unsubscribe` do the same in both eras; what was
   * subscribed to is told as `onResourceUpdated`.
   *
   * @throws BrokerError `ERR_SERVER_CLOSED`, `ERR_SERVER_TIMEOUT`, `ERR_SERVER_PROTOCOL`,
   * `ERR_SERVER_FLOOD`, `ERR_SERVER_HTTP`.
   */
  call(receipt: IntentReceipt, params: JsonObject, hooks: CallHooks): Promise<DispatchReply>;
  /**
   * Takes a subscription to a resource back when nobody has the right to it any more: it needs no
   * receipt, since it only narrows. Never rejects.
   */
  unsubscribe(uri: string): Promise<void>;
  /**
   * Cancels a task when nobody has the right to it any more: it needs no receipt, since it only
   * narrows. Never rejects.
   *
   * @param capabilities as the tool server was shown them in the call that made it.
   */
  cancelTask(taskId: string, capabilities: JsonObject): Promise<void>;
  /** Reads the lists again: the server said that one changed. */
  refresh(): Promise<ServerOffer>;
  /** Ends the connection and every process behind it. Idempotent. */
  close(): Promise<void>;
}

/** What a connection tells its owner: what belongs to no call. */
export interface ConnectionEvents {
  /** The tool server asked something of the client that no call can ask; the refusal goes back to it. */
  onAsk(question: Question): Promise<RpcError>;
  /** The tool server said that one of its lists changed. */
  onListChanged(kind: ListKind): void;
  /** A resource somebody subscribed to changed; the params of `notifications/resources/updated`. */
  onResourceUpdated(params: JsonObject): void;
  /** A log message; the params of `notifications/message`. */
  onMessage(params: JsonObject): void;
  /** Any other notification we know: `notifications/elicitation/complete`, states of tasks. */
  onNotification(notification: RpcNotification): void;
}

/** How a connection is made. */
export interface ConnectOptions {
  /** Spares the probe. */
  readonly knownEra?: Era;
  readonly signal: AbortSignal;
  /** The client capabilities a tool server of the 2025 era is shown, once for the whole connection. */
  readonly capabilities: JsonObject;
}

/** Opens connections to tool servers. A door implements it. */
export interface ToolServerConnector {
  /**
   * Starts or dials the server, agrees on a revision (2026-07-28 first unless `knownEra` spares the
   * probe), and reads its whole offer.
   *
   * @throws BrokerError `ERR_SERVER_START`, `ERR_SERVER_TIMEOUT`, `ERR_SERVER_PROTOCOL`,
   * `ERR_SERVER_FLOOD`, `ERR_SERVER_HTTP`.
   */
  connect(
    spec: ToolServerSpec,
    events: ConnectionEvents,
    options: ConnectOptions,
  ): Promise<ToolServerConnection>;
}

/** The events of a connection made for its offer alone: every question is refused, nothing else heard. */
export const heardByNobody = (refusal: RpcError): ConnectionEvents => ({
  onAsk: async () => refusal,
  onListChanged() {},
  onResourceUpdated() {},
  onMessage() {},
  onNotification() {},
});
