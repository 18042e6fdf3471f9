import {
  type ApprovalRecord,
  type ApprovalView,
  MAX_PENDING,
  MAX_PENDING_BYTES,
  PENDING_LIFE_MS,
  SETTLED_LIFE_MS,
  type SettledBy,
} from '../approve/approval.ts';
import type { ApprovalStore, NewApproval, Requested, Settling } from '../approve/approval-store.ts';
import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { ApprovalId, SessionId } from '../domain/ids.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { selectApprovals, sessionEnd, viewOf } from './approval-rows.ts';
import { nextEpoch, readRights } from './rights-epoch.ts';
import type { StateDatabase } from './state-database.ts';

/** How long one that is over is still shown, milliseconds. The audit keeps what became of it. */
const SHOWN_MS = 24 * 60 * 60_000;

/** Approvals on SQLite. Each event gets its approval's id, session, subject and client, whatever its draft says. */
export class SqliteApprovalStore implements ApprovalStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  async current(digest: string, now: number): Promise<ApprovalRecord | undefined> {
    return this.#db.read(() => this.#current(digest, now));
  }

  async request(asked: {
    readonly approval: NewApproval;
    readonly epoch: number;
    readonly now: number;
    readonly event: EventDraft;
  }): Promise<Requested> {
    const { approval, epoch, now } = asked;
    const draft = draftOf(asked.event, approval);
    return this.#db.change<Requested>(() => {
      const found = this.#current(approval.digest, now);
      if (found !== undefined) return { kind: 'found', approval: found, isNew: false };
      const rights = readRights(this.#db);
      const sessionEndsAt = sessionEnd(this.#db, approval.session, now);
      if (rights.epoch !== epoch || rights.isHalted || sessionEndsAt === undefined) {
        return { kind: 'stale' };
      }
      if (this.#isFull(approval, now)) return { kind: 'exhausted' };
      this.#db.noteWrite();
      this.#letGo(now);
      this.#insert(approval, now, Math.min(now + PENDING_LIFE_MS, sessionEndsAt));
      this.#append(draft);
      return { kind: 'found', approval: this.#byId(approval.id), isNew: true };
    });
  }

  async settle(settled: {
    readonly id: ApprovalId;
    readonly as: 'approved' | 'denied';
    readonly by: SettledBy;
    readonly now: number;
    readonly event: EventDraft;
  }): Promise<Settling | undefined> {
    const { id, as, by, now, event } = settled;
    return this.#db.change<Settling | undefined>(() => {
      const view = this.#view(id, now);
      if (view === undefined) return undefined;
      const { approval } = view;
      const isVoid = as === 'approved' && view.void !== undefined;
      const isOpen =
        approval.state === 'pending' || (approval.state === 'approved' && as === 'denied');
      if (!isOpen || now >= approval.expiresAt || isVoid) {
        return { kind: 'not_pending', ...view };
      }
      this.#db.noteWrite();
      const lastsTo = now + SETTLED_LIFE_MS;
      // A denial needs no session: nothing comes of it.
      const expiresAt = Math.min(lastsTo, sessionEnd(this.#db, approval.session, now) ?? lastsTo);
      this.#db
        .statement(
          `UPDATE approvals SET state = ?, expires_at = ?, settled_at = ?, settled_by = ?,
             arguments = NULL WHERE id = ?`,
        )
        .run(as, expiresAt, now, by, id);
      const epoch = nextEpoch(this.#db);
      this.#append(draftOf({ ...event, epoch }, approval));
      return { kind: 'settled', approval: this.#byId(id) };
    }, 'full');
  }

  async find(id: ApprovalId, now: number): Promise<ApprovalView | undefined> {
    return this.#db.read(() => this.#view(id, now), true);
  }

  async list(filter: {
    readonly now: number;
    readonly all: boolean;
    readonly session?: SessionId;
    readonly grant?: string;
  }): Promise<readonly ApprovalView[]> {
    const { now, all, session, grant } = filter;
    const where: string[] = [];
    const values: (string | number)[] = [];
    const add = (condition: string, value: string | number): void => {
      where.push(condition);
      values.push(value);
    };
    if (session !== undefined) add('session = ?', session);
    if (grant !== undefined) add('grant_id = ?', grant);
    if (!all) add(`state = 'pending' AND expires_at > ?`, now);
    return this.#db.read(
      () =>
        selectApprovals(this.#db, where, values)
          .map((approval) => viewOf(this.#db, approval, now))
          .filter((view) => all || view.void === undefined),
      true,
    );
  }

  #current(digest: string, now: number): ApprovalRecord | undefined {
    return selectApprovals(
      this.#db,
      [`digest = ? AND state <> 'used' AND expires_at > ?`],
      [digest, now],
    )[0];
  }

  #isFull({ session, sealed }: NewApproval, now: number): boolean {
    const waiting = this.#db
      .statement<{ many: number; bytes: number }>(
        `SELECT count(*) AS many, coalesce(sum(length(arguments)), 0) AS bytes FROM approvals
         WHERE session = ? AND state = 'pending' AND expires_at > ?`,
      )
      .get(session, now);
    const { many = 0, bytes = 0 } = waiting ?? {};
    return many >= MAX_PENDING || bytes + sealed.length > MAX_PENDING_BYTES;
  }

  /** Forgets what is long over, and the arguments of what is over. */
  #letGo(now: number): void {
    this.#db.statement('DELETE FROM approvals WHERE expires_at <= ?').run(now - SHOWN_MS);
    this.#db
      .statement(
        `UPDATE approvals SET arguments = NULL WHERE arguments IS NOT NULL AND expires_at <= ?`,
      )
      .run(now);
  }

  #insert(approval: NewApproval, now: number, expiresAt: number): void {
    const { rule } = approval;
    this.#db
      .statement(
        `INSERT INTO approvals (id, digest, state, session, subject, client, server, kind, name,
           method, definition_hash, grant_id, revision, rule_index, rule_file, rule_line, arguments,
           requested_at, expires_at)
         VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        approval.id,
        approval.digest,
        approval.session,
        approval.subject,
        approval.client ?? null,
        approval.server,
        approval.kind,
        approval.name.toWellFormed(),
        approval.method,
        approval.definitionHash ?? null,
        rule.grant,
        rule.revision,
        rule.index,
        rule.file,
        rule.line,
        approval.sealed,
        now,
        expiresAt,
      );
  }

  #view(id: ApprovalId, now: number): ApprovalView | undefined {
    const approval = selectApprovals(this.#db, ['id = ?'], [id])[0];
    return approval === undefined ? undefined : viewOf(this.#db, approval, now);
  }

  #byId(id: ApprovalId): ApprovalRecord {
    const [approval] = selectApprovals(this.#db, ['id = ?'], [id]);
    if (approval === undefined) throw new BrokerError('ERR_INTERNAL', 'no approval was written');
    return approval;
  }
}

const draftOf = (
  event: EventDraft,
  approval: Pick<ApprovalRecord, 'id' | 'session' | 'subject' | 'client'>,
) =>
  storableDraft({
    ...event,
    approval: approval.id,
    session: approval.session,
    subject: approval.subject,
    ...(approval.client === undefined ? {} : { client: approval.client }),
  });
