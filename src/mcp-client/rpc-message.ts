import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import type { RequestId, RpcError, RpcReply } from '../domain/json-rpc.ts';
import { parseJsonAsSpelled } from '../domain/json-text.ts';
import { lookAlikesOf } from '../domain/look-alike.ts';
import { replyId } from './reply-id.ts';

/** One message of a tool server, classified once, on the way in. Nothing in it is changed. */
export type ServerMessage =
  | { readonly kind: 'reply'; readonly id: number; readonly reply: RpcReply }
  /** An error that names no request: ours was not understood. */
  | { readonly kind: 'stray_error'; readonly error: RpcError }
  | {
      readonly kind: 'request';
      readonly id: RequestId;
      readonly method: string;
      readonly params: JsonObject;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonObject }
  /** Not JSON, or JSON that is not JSON-RPC 2.0. With the id of the request it would have answered. */
  | { readonly kind: 'nonsense'; readonly id?: number };

/** Members and items one message of a tool server may hold: a list of 2,000 tools with long schemas. */
const MAX_MEMBERS = 250_000;

const NONSENSE: ServerMessage = { kind: 'nonsense' };
const ofEnvelope = lookAlikesOf(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

/**
 * Reads one JSON-RPC message. Never throws. Only requests of ours have numeric ids that are answered,
 * so a reply with any other id answers nothing. Members of the envelope that nobody knows are left
 * out; a message with one that could be taken for another, or that is request and reply at once, is
 * nonsense.
 *
 * @see https://www.jsonrpc.org/specification
 */
export function parseJsonRpc(text: string): ServerMessage {
  let value: unknown;
  try {
    value = parseJsonAsSpelled(text, { maxMembers: MAX_MEMBERS });
  } catch {
    return nonsense(replyId(text));
  }
  if (!isJsonObject(value) || member(value, 'jsonrpc') !== '2.0') return NONSENSE;
  if (isAmbiguous(value)) return nonsense(numberMember(value, 'id'));
  return Object.hasOwn(value, 'method') ? readRequest(value) : readReply(value);
}

const isAmbiguous = (value: JsonObject): boolean =>
  (Object.hasOwn(value, 'method') &&
    (Object.hasOwn(value, 'result') || Object.hasOwn(value, 'error'))) ||
  Object.keys(value).some((name) => ofEnvelope(name) !== undefined);

const nonsense = (id: number | undefined): ServerMessage =>
  id === undefined ? NONSENSE : { kind: 'nonsense', id };

function numberMember(value: JsonObject, key: string): number | undefined {
  const found = member(value, key);
  return typeof found === 'number' ? found : undefined;
}

function readRequest(value: JsonObject): ServerMessage {
  const method = member(value, 'method');
  if (typeof method !== 'string') return NONSENSE;
  const said = member(value, 'params');
  const params = isJsonObject(said) ? said : {};
  if (!Object.hasOwn(value, 'id')) return { kind: 'notification', method, params };
  const id = member(value, 'id');
  if (typeof id !== 'string' && typeof id !== 'number') return NONSENSE;
  return { kind: 'request', id, method, params };
}

function readReply(value: JsonObject): ServerMessage {
  const id = member(value, 'id');
  const result = member(value, 'result');
  const error = member(value, 'error');
  if (typeof id === 'number') {
    if (isJsonObject(result) && error === undefined) {
      return { kind: 'reply', id, reply: { kind: 'result', result } };
    }
    if (isRpcError(error) && result === undefined) {
      return { kind: 'reply', id, reply: { kind: 'error', error } };
    }
    return { kind: 'nonsense', id };
  }
  if ((id === null || id === undefined) && isRpcError(error)) return { kind: 'stray_error', error };
  return NONSENSE;
}

const isRpcError = (value: unknown): value is RpcError & JsonObject =>
  Number.isInteger(member(value, 'code')) && typeof member(value, 'message') === 'string';
