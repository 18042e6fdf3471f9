import type { Json } from '../domain/json.ts';
import type { RequestId, RpcError, RpcNotification, RpcReply } from '../domain/json-rpc.ts';
import { parseJson, stringifyJson } from '../domain/json-text.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads bytes as UTF-8 JSON; `undefined` when they are not, or give a member twice. Nothing of the
 * text is in an error.
 */
export function readJson(bytes: Uint8Array): { readonly value: Json } | undefined {
  try {
    return { value: parseJson(utf8.decode(bytes)) };
  } catch {
    return undefined;
  }
}

/** Writes a reply in its envelope. */
export const replyText = (id: RequestId, reply: RpcReply): string =>
  reply.kind === 'result'
    ? stringifyJson({ jsonrpc: '2.0', id, result: reply.result })
    : errorText(id, reply.error);

/** Writes an error in its envelope; `null` when the request's id could not be told. */
export const errorText = (id: RequestId | null, error: RpcError): string =>
  stringifyJson({ jsonrpc: '2.0', id, error: { ...error } as Json });

/** Writes a notification in its envelope. */
export const notificationText = ({ method, params }: RpcNotification): string =>
  stringifyJson({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
