import type { Json } from '../domain/json.ts';
import type { RpcError, RpcReply } from '../domain/json-rpc.ts';

/** What stands for an error code that was a credential. */
const INTERNAL_ERROR = -32603;

/**
 * A tool server's reply without its own credentials, wherever they stand: result, error message,
 * error data, or a member of the error that nobody knows.
 *
 * Attack: a tool server, or whoever makes it echo its environment, hands a client the credential it
 * was given.
 */
export function scrubReply(reply: RpcReply, scrub: <T extends Json>(value: T) => T): RpcReply {
  if (reply.kind === 'result') return { kind: 'result', result: scrub(reply.result) };
  const error = scrub({ ...reply.error }) as RpcError;
  const code = Number.isInteger(error.code) ? error.code : INTERNAL_ERROR;
  return { kind: 'error', error: { ...error, code } };
}
