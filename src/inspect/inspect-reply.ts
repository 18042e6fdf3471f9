import type { Outcome } from '../domain/event.ts';
import { member } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';

/** How the audit calls what a tool server answered. */
export function outcomeOf(reply: RpcReply): Outcome {
  if (reply.kind === 'error') return 'rpc_error';
  return member(reply.result, 'isError') === true ? 'tool_error' : 'ok';
}
