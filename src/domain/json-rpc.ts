import type { Json, JsonObject } from './json.ts';

/** A JSON-RPC request id, as the peer chose it. Never used to correlate beyond the connection it came on. */
export type RequestId = string | number;

/** A JSON-RPC request. */
export interface RpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: RequestId;
  readonly method: string;
  readonly params?: JsonObject;
}

/** A JSON-RPC notification. */
export interface RpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: JsonObject;
}

/** The error member of a JSON-RPC error response. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: Json;
}

/** What a request comes back as, without the envelope (`jsonrpc`, `id`). */
export type RpcReply =
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly error: RpcError };
