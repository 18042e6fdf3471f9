import type { Json } from '../domain/json.ts';
import type {
  RequestId,
  RpcError,
  RpcNotification,
  RpcReply,
  RpcRequest,
} from '../domain/json-rpc.ts';
import { JsonLimitError } from '../domain/json-scan.ts';
import { parseJson, stringifyJson } from '../domain/json-text.ts';
import { spellingParts } from '../domain/spelling.ts';
import { utf8Bytes, utf8Reader } from '../domain/utf8.ts';

const readUtf8 = utf8Reader({ ignoreBOM: true });

/**
 * Reads bytes as UTF-8 JSON. `malformed` when they are not, give a member twice or nest too deeply;
 * `too_large` when there are too many members, found before anything is built. Nothing of the text is
 * in an error.
 *
 * Attack: a megabyte of small members keeps everybody waiting for a second.
 *
 * @param maxMembers members and items in all.
 */
export function readJson(
  bytes: Buffer,
  maxMembers: number,
): { readonly value: Json } | 'malformed' | 'too_large' {
  try {
    return { value: parseJson(readUtf8(bytes), { maxMembers }) };
  } catch (error) {
    const isTooLarge = error instanceof JsonLimitError && error.limit === 'maxMembers';
    return isTooLarge ? 'too_large' : 'malformed';
  }
}

/** Writes a reply in its envelope: as bytes where the text of its result is kept, which is long then. */
export function replyBody(id: RequestId, reply: RpcReply): string | Buffer {
  const parts = reply.kind === 'result' ? spellingParts(reply.result) : undefined;
  return parts === undefined
    ? replyText(id, reply)
    : utf8Bytes([`{"jsonrpc":"2.0","id":${stringifyJson(id)},"result":`, ...parts, '}']);
}

/** Writes a reply in its envelope. */
export const replyText = (id: RequestId, reply: RpcReply): string =>
  reply.kind === 'result'
    ? `{"jsonrpc":"2.0","id":${stringifyJson(id)},"result":${stringifyJson(reply.result)}}`
    : errorText(id, reply.error);

/** Writes an error in its envelope; `null` when the request's id could not be told. */
export const errorText = (id: RequestId | null, error: RpcError): string =>
  stringifyJson({ jsonrpc: '2.0', id, error: { ...error } as Json });

/** Writes a request of ours in its envelope. */
export const requestText = ({ id, method, params }: RpcRequest): string =>
  stringifyJson({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });

/** Writes a notification in its envelope. */
export const notificationText = ({ method, params }: RpcNotification): string =>
  stringifyJson({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
