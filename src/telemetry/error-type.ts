import type { SessionEnded } from '../domain/broker.ts';
import { member } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';

/** What stands for a method, an error or a tool server that is not one of those we know. */
export const OTHER = '_OTHER';

/**
 * `error.type` of a reply by the conventions for MCP; `undefined` for one that is no error. A code nobody
 * agreed on is `_OTHER`. Attack: a tool server answers with a code of its own each time.
 */
export function errorType(
  reply: RpcReply | SessionEnded | { readonly kind: 'cancelled' } | { readonly kind: 'not_sent' },
): string | undefined {
  switch (reply.kind) {
    case 'result':
      return member(reply.result, 'isError') === true ? 'tool_error' : undefined;
    case 'error':
      return isAgreed(reply.error.code) ? String(reply.error.code) : OTHER;
    case 'cancelled':
    case 'session_ended':
    case 'not_sent':
      return reply.kind;
  }
}

/** Codes that JSON-RPC and MCP set apart. */
const isAgreed = (code: number): boolean =>
  Number.isInteger(code) &&
  ((code >= -32_099 && code <= -32_000) ||
    (code >= -32_603 && code <= -32_600) ||
    code === -32_700);
