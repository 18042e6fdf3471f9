import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import { stringMember } from '../domain/json.ts';
import { LOG_LEVELS } from '../domain/log-level.ts';
import type { Answering } from './answering.ts';
import { refuseParams } from './refuse-params.ts';

/**
 * Answers `logging/setLevel`: remembered for the session, and told to a tool server with the next use
 * of it. Nothing is connected for it, so there is nothing to permit.
 */
export async function answerSetLevel(
  incoming: IncomingRequest,
  broker: Answering,
): Promise<BrokerReply> {
  const { principal, request } = incoming;
  const level = stringMember(request.params, 'level') ?? '';
  if (!LOG_LEVELS.includes(level)) return refuseParams(incoming, broker);
  broker.memory.setLogLevel(principal.sessionId, level);
  return { kind: 'result', result: {} };
}
