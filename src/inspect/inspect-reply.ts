import type { Era } from '../domain/era.ts';
import type { Outcome } from '../domain/event.ts';
import { isJsonObject, type JsonObject, member } from '../domain/json.ts';
import type { RpcError, RpcReply } from '../domain/json-rpc.ts';

/** What may go back to the client, and how the audit calls it. */
export type Inspected =
  | { readonly kind: 'pass'; readonly reply: RpcReply; readonly outcome: Outcome }
  /** The tool server asks the client for input, which no rule can permit yet. */
  | { readonly kind: 'asks'; readonly asks: readonly string[] };

/**
 * Looks at what a tool server answered to a call. A 2026 input-required result is a question to the
 * client, so it is for the decision and not a result; a 2025 error `-32042` asks the same, and so does
 * a 2026 server that refuses a call (`-32021`) for want of a client capability it was not shown.
 *
 * @param era The tool server's.
 * @see https://modelcontextprotocol.io/specification/2026-07-28 input-required results
 */
export function inspectReply(reply: RpcReply, era: Era): Inspected {
  if (reply.kind === 'error') {
    const asks = asksOfError(reply.error, era);
    return asks === undefined
      ? { kind: 'pass', reply, outcome: 'rpc_error' }
      : { kind: 'asks', asks };
  }
  if (member(reply.result, 'resultType') === 'input_required') {
    return { kind: 'asks', asks: asksOf(reply.result) };
  }
  return {
    kind: 'pass',
    reply,
    outcome: member(reply.result, 'isError') === true ? 'tool_error' : 'ok',
  };
}

function asksOfError({ code, data }: RpcError, era: Era): readonly string[] | undefined {
  if (code === -32042) return ['elicitation'];
  if (code !== -32021 || era !== '2026') return undefined;
  const required = member(data, 'requiredCapabilities');
  return isJsonObject(required) ? Object.keys(required).slice(0, 10) : [];
}

function asksOf(result: JsonObject): readonly string[] {
  const requests = member(result, 'inputRequests');
  if (typeof requests !== 'object' || requests === null || Array.isArray(requests))
    return ['input'];
  const methods = Object.values(requests).map((request) => member(request, 'method'));
  return methods.filter((method) => typeof method === 'string').slice(0, 10);
}
