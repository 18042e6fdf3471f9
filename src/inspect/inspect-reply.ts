import type { Outcome } from '../domain/event.ts';
import { type JsonObject, member } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';

/** What may go back to the client, and how the audit calls it. */
export type Inspected =
  | { readonly kind: 'pass'; readonly reply: RpcReply; readonly outcome: Outcome }
  /** The tool server asks the client for input, which no rule can permit yet. */
  | { readonly kind: 'asks'; readonly asks: readonly string[] };

/**
 * Looks at what a tool server answered to a call. A 2026 input-required result is a question to the
 * client, so it is for the decision and not a result; a 2025 error `-32042` asks the same.
 *
 * @see https://modelcontextprotocol.io/specification/2026-07-28 input-required results
 */
export function inspectReply(reply: RpcReply): Inspected {
  if (reply.kind === 'error') {
    return reply.error.code === -32042
      ? { kind: 'asks', asks: ['elicitation'] }
      : { kind: 'pass', reply, outcome: 'rpc_error' };
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

function asksOf(result: JsonObject): readonly string[] {
  const requests = member(result, 'inputRequests');
  if (typeof requests !== 'object' || requests === null || Array.isArray(requests))
    return ['input'];
  const methods = Object.values(requests).map((request) => member(request, 'method'));
  return methods.filter((method) => typeof method === 'string').slice(0, 10);
}
