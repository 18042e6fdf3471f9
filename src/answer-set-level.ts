import type { Answering } from './answering.ts';
import type { BrokerReply, IncomingRequest } from './domain/broker.ts';
import { stringMember } from './domain/json.ts';
import { LOG_LEVELS } from './domain/log-level.ts';
import { invalidParams } from './respond/rpc-errors.ts';

/**
 * Answers `logging/setLevel`: remembered for the session, and told to a tool server with the next use
 * of it. Nothing is connected for it, so there is nothing to permit.
 */
export async function answerSetLevel(
  { principal, request }: IncomingRequest,
  { memory }: Answering,
): Promise<BrokerReply> {
  const level = stringMember(request.params, 'level') ?? '';
  if (!LOG_LEVELS.includes(level)) return { kind: 'error', error: invalidParams() };
  memory.setLogLevel(principal.sessionId, level);
  return { kind: 'result', result: {} };
}
