import { requestFields } from '../audit/call-events.ts';
import type { BrokerReply, IncomingRequest } from '../domain/broker.ts';
import { invalidParams } from '../respond/rpc-errors.ts';
import type { Answering } from './answering.ts';

/** Refuses a request of a known method whose params have not its form, recorded. */
export async function refuseParams(
  incoming: IncomingRequest,
  { refusals }: Pick<Answering, 'refusals'>,
): Promise<BrokerReply> {
  await refusals.refused({
    ...requestFields(incoming),
    code: 'TG1004',
    method: incoming.request.method,
    decision: 'deny',
    reason: 'invalid_message',
  });
  return { kind: 'error', error: invalidParams() };
}
