import type { UseTarget } from '../domain/access-request.ts';
import type { IncomingRequest } from '../domain/broker.ts';
import type { Deny, Permit } from '../domain/decision.ts';
import type { EventDraft } from '../domain/event.ts';
import type { Json } from '../domain/json.ts';
import { denyFields, type Recording, requestFields, targetFields } from './call-events.ts';

/** The events of an approval that a use asks for. Drafts; the store names the approval in them. */
export interface ApprovalEvents {
  requested(permit: Permit, by: 'admin' | 'client'): EventDraft;
  /** Settled by the person at the client, as the client says. */
  settled(as: 'approved' | 'denied', permit: Permit, answer: string): EventDraft;
  /** Its client went away while it waited. */
  left(deny: Deny): EventDraft;
}

/** Makes the drafts for one use. None holds its arguments. */
export function approvalEvents(
  incoming: IncomingRequest,
  use: { readonly target: UseTarget; readonly args: Json },
  recording: Pick<Recording, 'argumentsMode' | 'hmac'>,
): ApprovalEvents {
  // Few uses need an approval: it is made for those.
  const digest = () =>
    recording.argumentsMode(use.target) === 'none' ? {} : { argsHmac: recording.hmac(use.args) };
  // Read anew for each: a held call is asked in one request and answered in another.
  const about = ({ rule, definitionHash }: Permit): Omit<EventDraft, 'code'> => ({
    ...requestFields(incoming),
    ...targetFields(use.target),
    rule,
    ...(definitionHash === undefined ? {} : { definitionHash }),
    ...digest(),
  });
  return {
    requested: (permit, by) => ({ ...about(permit), code: 'TG8001', detail: { by } }),
    left: (deny) => ({
      ...requestFields(incoming),
      ...targetFields(use.target),
      code: 'TG1003',
      ...denyFields(deny),
      outcome: 'cancelled',
      ...digest(),
    }),
    settled: (as, permit, answer) => ({
      ...about(permit),
      code: as === 'approved' ? 'TG8002' : 'TG8003',
      detail: { by: 'client', answer },
    }),
  };
}
