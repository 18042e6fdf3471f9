import type { DispatchReply } from '../dispatch/tool-server.ts';
import type { Question } from '../domain/broker.ts';
import type { BrokerError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import type { RpcNotification, RpcReply } from '../domain/json-rpc.ts';

/** What is told of a call while it runs. */
export interface CallReports {
  /** When given, the request carries a progress token of ours. */
  readonly onProgress?: ((params: JsonObject) => void) | undefined;
  readonly onNotification?: ((notification: RpcNotification) => void) | undefined;
  /** Of `subscriptions/listen`: the server's acknowledgement, its params. No call then. */
  readonly onAcknowledged?: (params: JsonObject) => void;
  /** Asked on the call's behalf; its clock stands still meanwhile. */
  readonly onAsk?: ((question: Question, signal: AbortSignal) => Promise<RpcReply>) | undefined;
}

/** One request of ours and how it is waited for. */
export interface ChannelRequest {
  readonly method: string;
  readonly params: JsonObject;
  /** Milliseconds from the write to the answer, questions not counted. Absent: as long as the channel lives. */
  readonly timeoutMs?: number;
  /** Whether giving up is told to the server; never for a handshake. */
  readonly isCancellable: boolean;
  readonly signal?: AbortSignal;
  /** Asked synchronously right before the bytes leave. */
  readonly mayWrite?: () => boolean;
  /** When given, what is told of the request while it runs: it is a permitted call, or a listen. */
  readonly reports?: CallReports;
  /** Headers of this request alone; only HTTP has them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Told when it fails for want of time; only a process tells. */
  readonly onTimeout?: (() => void) | undefined;
}

/** A way to exchange JSON-RPC messages with one tool server. It owns ids, progress tokens and cancellation. */
export interface Channel {
  /** Settles once when nothing more can be sent, whatever the cause. Never rejects. */
  readonly closed: Promise<void>;
  /** @throws BrokerError when no answer came that can be passed on. */
  request(request: ChannelRequest): Promise<DispatchReply>;
  /** Sends a notification and waits until the server has it, where that can be known. */
  notify(method: string): Promise<void>;
  /** Ends the channel at once; requests in flight fail with this error. Idempotent. */
  fail(error: BrokerError): void;
  /** Ends the channel and what stands behind it; requests in flight fail. Idempotent. */
  close(): Promise<void>;
}

/** Adds our progress token to a request's `_meta`. */
export function withProgressToken(params: JsonObject, token: number): JsonObject {
  const meta = member(params, '_meta');
  return {
    ...params,
    _meta: { ...(isJsonObject(meta) ? meta : {}), progressToken: token },
  };
}
