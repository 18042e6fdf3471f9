import { isJsonObject, type Json, type JsonObject, member } from '../domain/json.ts';
import type {
  RequestId,
  RpcError,
  RpcNotification,
  RpcReply,
  RpcRequest,
} from '../domain/json-rpc.ts';
import { invalidRequest } from '../respond/rpc-errors.ts';

/** What one JSON text from a client is. */
export type Message =
  | { readonly kind: 'request'; readonly request: RpcRequest }
  | { readonly kind: 'notification'; readonly notification: RpcNotification }
  /** An answer to the request of ours with this id; `null` can be none of ours. */
  | { readonly kind: 'response'; readonly id: RequestId | null; readonly reply: RpcReply }
  | { readonly kind: 'invalid'; readonly id: RequestId | null; readonly error: RpcError };

const REQUEST_MEMBERS: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params']);
const RESPONSE_MEMBERS: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'result', 'error']);
const MAX_ID_LENGTH = 512;
const MAX_METHOD_LENGTH = 256;

/**
 * Reads a JSON-RPC envelope strictly: exactly the members the protocol has, batches refused.
 *
 * Attack: a member that differs from `method` or `params` by case or by a look-alike letter, which
 * one reader honours and another ignores, so that what is authorized is not what is done.
 */
export function readMessage(value: Json): Message {
  if (Array.isArray(value)) return invalid(null, 'batches are not accepted');
  if (!isJsonObject(value)) return invalid(null, 'a message is an object');
  const id = readId(member(value, 'id'));
  if (member(value, 'jsonrpc') !== '2.0') return invalid(id, 'jsonrpc must be "2.0"');
  if (Object.hasOwn(value, 'method')) return readCall(value, id);
  if (Object.hasOwn(value, 'result') !== Object.hasOwn(value, 'error')) {
    return onlyHas(value, RESPONSE_MEMBERS)
      ? { kind: 'response', id, reply: readReply(value) }
      : invalid(null, 'unknown member in the envelope');
  }
  return invalid(id, 'neither a request, a notification nor a response');
}

function readCall(value: JsonObject, id: RequestId | null): Message {
  const method = member(value, 'method');
  const params = member(value, 'params');
  if (!onlyHas(value, REQUEST_MEMBERS)) return invalid(id, 'unknown member in the envelope');
  if (typeof method !== 'string' || method === '' || method.length > MAX_METHOD_LENGTH) {
    return invalid(id, 'method must be a short string');
  }
  if (params !== undefined && !isJsonObject(params)) return invalid(id, 'params must be an object');
  const call = { jsonrpc: '2.0' as const, method, ...(params === undefined ? {} : { params }) };
  if (!Object.hasOwn(value, 'id')) return { kind: 'notification', notification: call };
  if (id === null) return invalid(null, 'id must be a string or an integer');
  return { kind: 'request', request: { ...call, id } };
}

/** What a response says; one that says nothing a request can be answered with is an error. */
function readReply(value: JsonObject): RpcReply {
  const result = member(value, 'result');
  if (isJsonObject(result)) return { kind: 'result', result };
  const error = member(value, 'error');
  const code = member(error, 'code');
  const message = member(error, 'message');
  if (typeof code !== 'number' || !Number.isSafeInteger(code) || typeof message !== 'string') {
    return { kind: 'error', error: invalidRequest('not a response') };
  }
  const data = member(error, 'data');
  return { kind: 'error', error: { code, message, ...(data === undefined ? {} : { data }) } };
}

function readId(id: Json | undefined): RequestId | null {
  if (typeof id === 'number') return Number.isSafeInteger(id) ? id : null;
  return typeof id === 'string' && id.length <= MAX_ID_LENGTH ? id : null;
}

const onlyHas = (value: JsonObject, members: ReadonlySet<string>): boolean =>
  Object.keys(value).every((key) => members.has(key));

const invalid = (id: RequestId | null, what: string): Message => ({
  kind: 'invalid',
  id,
  error: invalidRequest(what),
});
