import type {
  ApprovalRecord,
  ApprovalState,
  ApprovalView,
  SettledBy,
  VoidReason,
} from '../approve/approval.ts';
import type { ApprovalStore } from '../approve/approval-store.ts';
import type { GrantDocument } from '../authorize/grant-record.ts';
import type { ApprovalId, SessionId } from '../domain/ids.ts';
import type { StateDatabase } from './state-database.ts';

interface Row {
  readonly id: ApprovalId;
  readonly digest: string;
  readonly state: ApprovalState;
  readonly session: SessionId;
  readonly subject: string;
  readonly client: string | null;
  readonly server: string;
  readonly kind: ApprovalRecord['kind'];
  readonly name: string;
  readonly method: string;
  readonly definition_hash: string | null;
  readonly grant_id: string;
  readonly revision: number;
  readonly rule_index: number;
  readonly rule_file: string;
  readonly rule_line: number;
  readonly arguments: Uint8Array | null;
  readonly requested_at: number;
  readonly expires_at: number;
  readonly settled_at: number | null;
  readonly settled_by: SettledBy | null;
  readonly used_seq: number | null;
}

/** Approvals that satisfy all conditions, in the order they were asked for. Inside `read` or a transaction. */
export const selectApprovals = (
  db: StateDatabase,
  where: readonly string[],
  values: readonly (string | number)[],
): ApprovalRecord[] =>
  db
    .statement<Row>(
      `SELECT * FROM approvals ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
       ORDER BY requested_at, rowid`,
    )
    .all(...values)
    .map(toRecord);

/** Approvals with why they are void; only those that wait, unless `all`. Inside `read` or a transaction. */
export function listApprovals(
  db: StateDatabase,
  { now, all, session, grant }: Parameters<ApprovalStore['list']>[0],
): readonly ApprovalView[] {
  const where: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, value: string | number): void => {
    where.push(condition);
    values.push(value);
  };
  if (session !== undefined) add('session = ?', session);
  if (grant !== undefined) add('grant_id = ?', grant);
  if (!all) add(`state = 'pending' AND expires_at > ?`, now);
  return selectApprovals(db, where, values)
    .map((approval) => viewOf(db, approval, now))
    .filter((view) => all || view.void === undefined);
}

const toRecord = (row: Row): ApprovalRecord => ({
  id: row.id,
  digest: row.digest,
  state: row.state,
  session: row.session,
  subject: row.subject,
  ...(row.client === null ? {} : { client: row.client }),
  server: row.server,
  kind: row.kind,
  name: row.name,
  method: row.method,
  ...(row.definition_hash === null ? {} : { definitionHash: row.definition_hash }),
  rule: {
    grant: row.grant_id,
    revision: row.revision,
    index: row.rule_index,
    file: row.rule_file,
    line: row.rule_line,
  },
  ...(row.arguments === null ? {} : { sealed: row.arguments }),
  requestedAt: row.requested_at,
  expiresAt: row.expires_at,
  ...(row.settled_at === null ? {} : { settledAt: row.settled_at }),
  ...(row.settled_by === null ? {} : { settledBy: row.settled_by }),
  ...(row.used_seq === null ? {} : { usedSeq: row.used_seq }),
});

/** With why it is void, as of now. Inside `read` or a transaction. */
export function viewOf(db: StateDatabase, approval: ApprovalRecord, now: number): ApprovalView {
  const why =
    approval.state === 'pending' || approval.state === 'approved'
      ? voidReason(db, approval, now)
      : undefined;
  return { approval, ...(why === undefined ? {} : { void: why }) };
}

function voidReason(
  db: StateDatabase,
  approval: ApprovalRecord,
  now: number,
): VoidReason | undefined {
  if (sessionEnd(db, approval.session, now) === undefined) return 'session_over';
  const { rule, server, kind, name, definitionHash } = approval;
  const grant = db
    .statement<{ revision: number; state: string; document: string }>(
      'SELECT revision, state, document FROM grants WHERE id = ?',
    )
    .get(rule.grant);
  if (grant?.state !== 'live' || grant.revision !== rule.revision) return 'grant_changed';
  if ((JSON.parse(grant.document) as GrantDocument).expiresAt <= now) return 'grant_changed';
  if (definitionHash === undefined) return undefined;
  const pinned = db
    .statement<{ hash: string; quarantine: string | null }>(
      'SELECT hash, quarantine FROM pinned_items WHERE server = ? AND kind = ? AND name = ?',
    )
    .get(server, kind, name);
  const isSame = pinned?.hash === definitionHash && pinned.quarantine === null;
  return isSame ? undefined : 'definition_changed';
}

/** When a session that can be used at `now` ends, epoch milliseconds; `undefined` for any other. */
export function sessionEnd(db: StateDatabase, id: SessionId, now: number): number | undefined {
  const session = db
    .statement<{ state: string; expires_at: number }>(
      'SELECT state, expires_at FROM sessions WHERE id = ?',
    )
    .get(id);
  return session?.state === 'active' && session.expires_at > now ? session.expires_at : undefined;
}
