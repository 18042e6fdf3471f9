import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import type { UseReply } from '../handle-request.ts';
import type { Answering } from './answering.ts';
import { answerInRounds } from './input-rounds.ts';
import { MAY_ASK } from './pass-asks.ts';

/** The story's end as a client of 2026 gets it. */
export const plainReply = (reply: UseReply): BrokerReply =>
  reply.kind === 'input_required' ? { kind: 'result', result: reply.result } : reply;

/**
 * Answers a use by its story, which may take several requests of the client, or several rounds at the
 * tool server, when the two sides ask in different ways.
 */
export function answerUse(
  incoming: IncomingRequest,
  story: (incoming: IncomingRequest) => Promise<UseReply>,
  broker: Answering,
): Promise<BrokerReply> {
  // Whatever the story throws, rejects.
  const told = async (request: IncomingRequest) => plainReply(await story(request));
  if (!MAY_ASK.has(incoming.request.method)) return told(incoming);
  if (incoming.era === '2026') return broker.heldCalls.answer(incoming, told);
  return answerInRounds(incoming, story, broker);
}
