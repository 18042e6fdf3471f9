import type { ApprovalRecord } from '../approve/approval.ts';
import { approvalAnswer, approvalQuestion } from '../approve/approval-question.ts';
import { canBeAsked, effectiveCapabilities } from '../ask/effective-capabilities.ts';
import type { Flight } from '../dispatch/in-flight.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Permit } from '../domain/decision.ts';
import type { AskingApproval } from './get-approval.ts';

/**
 * Asks the person at the client for an approval, when an admin connected the client as one that a person
 * sits at and it can be asked by a form. What it answers is the client's word, and recorded as that.
 *
 * Attack: an agent without a person, or one that answers in the person's place, approves its own calls.
 * Nobody but such a client is asked, and nothing but the answer to this very question counts.
 *
 * @returns whether it was answered; otherwise it waits for an admin.
 */
export async function askPerson(
  { incoming, broker, sent, events }: AskingApproval,
  permit: Permit,
  approval: ApprovalRecord,
  { signal }: Pick<Flight, 'signal'>,
): Promise<boolean> {
  if (!isInteractive(incoming) || incoming.ask === undefined) return false;
  const question = approvalQuestion(approval, sent);
  if (question === undefined) return false;
  const reply = await incoming.ask(question, signal);
  const answer = reply.kind === 'cancelled' ? undefined : approvalAnswer(reply);
  if (answer === undefined || signal.aborted) return false;
  const as = answer === 'accept' ? 'approved' : 'denied';
  await broker.approvals.store.settle({
    id: approval.id,
    as,
    by: 'client',
    now: broker.clock.now(),
    event: events.settled(as, permit, answer),
  });
  broker.approvals.look();
  return true;
}

const isInteractive = ({ principal, clientCapabilities }: IncomingRequest): boolean =>
  principal.isInteractive === true &&
  canBeAsked(
    effectiveCapabilities(clientCapabilities, (kind) => kind === 'elicitation'),
    'elicitation',
    {},
  );
