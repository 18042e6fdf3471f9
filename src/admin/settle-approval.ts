import type { ApprovalRecord, ApprovalView } from '../approve/approval.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { findApproval } from './find-approval.ts';

/** What approving or denying came to. */
export type SettledApproval =
  | {
      readonly kind: 'settled';
      readonly approval: ApprovalRecord;
      /** Whether it was so before: nothing was written then, brokers were asked again. */
      readonly wasSettled: boolean;
      readonly drain: DrainReport;
    }
  /** It does not wait any more; nothing was written. */
  | ({ readonly kind: 'not_pending' } & ApprovalView);

/**
 * Approves or denies what waits, and has every broker look again: a call that is held open for it goes
 * on, or ends.
 *
 * @throws BrokerError `ERR_USAGE`, `ERR_NOT_FOUND`, `ERR_NOT_COMMITTED`, `ERR_UNREACHABLE`.
 */
export async function settleApproval(
  context: AdminContext,
  id: string,
  as: 'approved' | 'denied',
): Promise<SettledApproval> {
  const { approval } = await findApproval(context, id);
  const now = context.clock.now();
  const settled = await context.approvals.settle({
    id: approval.id,
    as,
    by: 'admin',
    now,
    event: {
      code: as === 'approved' ? 'TG8002' : 'TG8003',
      actor: context.actor,
      ...approvedThing(approval),
      detail: { by: 'admin' },
    },
  });
  if (settled === undefined) throw new BrokerError('ERR_NOT_FOUND', `no approval ${id}`);
  if (settled.kind === 'settled') {
    const drain = await drainBrokers(context);
    return { kind: 'settled', approval: settled.approval, wasSettled: false, drain };
  }
  const { state, expiresAt } = settled.approval;
  if (state !== as || now >= expiresAt || settled.void !== undefined) return settled;
  const drain = await drainBrokers(context);
  return { kind: 'settled', approval: settled.approval, wasSettled: true, drain };
}

/** What an event about an approval says of the use. */
export function approvedThing({
  server,
  kind,
  name,
  definitionHash,
}: Pick<ApprovalRecord, 'server' | 'kind' | 'name' | 'definitionHash'>): Omit<EventDraft, 'code'> {
  return {
    server,
    [kind]: name,
    ...(definitionHash === undefined ? {} : { definitionHash }),
  };
}
