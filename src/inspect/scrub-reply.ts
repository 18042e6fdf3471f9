import type { Json } from '../domain/json.ts';
import type { RpcReply } from '../domain/json-rpc.ts';

/**
 * A tool server's reply without its own credentials, wherever they stand: result, error message or
 * error data.
 *
 * Attack: a tool server, or whoever makes it echo its environment, hands a client the credential it
 * was given.
 */
export function scrubReply(reply: RpcReply, scrub: <T extends Json>(value: T) => T): RpcReply {
  if (reply.kind === 'result') return { kind: 'result', result: scrub(reply.result) };
  const { code, message, data } = reply.error;
  const error = { ...reply.error, code, message: scrub(message) };
  return { kind: 'error', error: data === undefined ? error : { ...error, data: scrub(data) } };
}
