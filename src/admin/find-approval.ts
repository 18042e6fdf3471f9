import type { ApprovalRecord, ApprovalView } from '../approve/approval.ts';
import { approvalDigest } from '../approve/approval-digest.ts';
import { createArgumentSeal } from '../approve/seal-arguments.ts';
import { hmacJson } from '../audit/digest.ts';
import { BrokerError } from '../domain/errors.ts';
import { isApprovalId } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import type { AdminContext } from './admin-context.ts';
import { overviewSessions, type SessionOverview } from './session-overview.ts';

/** An approval with what an admin decides by. */
export interface ShownApproval extends ApprovalView {
  /** What would go to the tool server; absent once it is settled or over. */
  readonly sent?: Json;
  /** The session that asks; absent when it is not known any more. */
  readonly overview?: SessionOverview;
  /** What the grant of its rule is for, while there is one. */
  readonly purpose?: string;
}

/**
 * One approval.
 *
 * @throws BrokerError `ERR_USAGE` for a text that is no approval id, `ERR_NOT_FOUND`.
 */
export async function findApproval(context: AdminContext, id: string): Promise<ApprovalView> {
  if (!isApprovalId(id)) {
    throw new BrokerError('ERR_USAGE', `not an approval id: ${id}`, {
      hint: 'ids start with apr_; see `toolgrant approvals list`',
    });
  }
  const found = await context.approvals.find(id, context.clock.now());
  if (found !== undefined) return found;
  throw new BrokerError('ERR_NOT_FOUND', `no approval ${id}`, {
    hint: 'one that is long over is in the audit alone; see `toolgrant approvals list --all`',
  });
}

/**
 * One approval as an admin is to see it, its arguments whole.
 *
 * @throws BrokerError as `findApproval`, and `ERR_STORE_CORRUPT` when what is stored is not what was
 * asked for.
 */
export async function showApproval(context: AdminContext, id: string): Promise<ShownApproval> {
  const view = await findApproval(context, id);
  const { approval } = view;
  const sent = await openSent(context, approval);
  const session = context.sessions.find(approval.session);
  const [overview] = session === undefined ? [] : await overviewSessions(context, [session]);
  const { grants } = context.grants.snapshot(approval.subject);
  const grant = grants.find((one) => one.id === approval.rule.grant);
  return {
    ...view,
    ...(sent === undefined ? {} : { sent }),
    ...(overview === undefined ? {} : { overview }),
    ...(grant === undefined ? {} : { purpose: grant.purpose }),
  };
}

/**
 * What waits has its arguments. Attack: a row of the database is altered, so that one call is shown, or
 * none, and another is approved.
 */
async function openSent(
  context: AdminContext,
  approval: ApprovalRecord,
): Promise<Json | undefined> {
  const { id, sealed, state, expiresAt } = approval;
  const isWaiting = state === 'pending' && context.clock.now() < expiresAt;
  if (sealed === undefined && !isWaiting) return undefined;
  const digestKey = await context.keys.digestKey();
  const sent = sealed && createArgumentSeal(digestKey, context.entropy).open(id, sealed);
  const hmac = (value: Json): string => hmacJson(digestKey, value);
  if (sent !== undefined && approvalDigest(approval, hmac(sent), hmac) === approval.digest) {
    return sent;
  }
  throw new BrokerError('ERR_STORE_CORRUPT', `${id} is not what was asked for`, {
    hint: 'its row in the database was altered; deny it, and run `toolgrant doctor`',
  });
}
