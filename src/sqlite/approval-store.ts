import {
  type ApprovalRecord,
  type ApprovalView,
  MAX_ASKED_PER_HOUR,
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
import { listApprovals, selectApprovals, sessionEnd, viewOf } from './approval-rows.ts';
import type { CommitQueue } from './commit-queue.ts';
import { nextEpoch, readRights } from './rights-epoch.ts';
import type { StateDatabase } from './state-database.ts';

const REQUEST_WAIT_MS = 5_000;
const HOUR_MS = 60 * 60_000;
/** How long one that is over is still shown, milliseconds. The audit keeps what became of it. */
const SHOWN_MS = 24 * 60 * 60_000;

/** Approvals on SQLite. Each event gets its approval's id, session, subject and client, whatever its draft says. */
export class SqliteApprovalStore implements ApprovalStore {
  readonly #db: StateDatabase;
  readonly #queue: CommitQueue;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, queue: CommitQueue, append: AppendEvent) {
    this.#db = db;
    this.#queue = queue;
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
    // Attack: calls beyond what may wait, each of which would take the lock of the database.
    const seen = this.#db.read(() => this.#notAsked(approval, epoch, now), true);
    if (seen !== undefined) return seen;
    return this.#queue.submit<Requested>({
      work: () => {
        const notAsked = this.#notAsked(approval, epoch, now);
        if (notAsked !== undefined) return notAsked;
        this.#db.noteWrite();
        this.#letGo(approval.session, now);
        this.#insert(approval, now);
        this.#append(draft);
        return { kind: 'found', approval: this.#byId(approval.id), isNew: true };
      },
      waitMs: REQUEST_WAIT_MS,
      contended: () => ({ kind: 'contended' }),
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
    return this.#db.read(() => listApprovals(this.#db, filter), true);
  }

  /** Why none is made: there is one that holds, or there may be none. */
  #notAsked(approval: NewApproval, epoch: number, now: number): Requested | undefined {
    const found = this.#current(approval.digest, now);
    if (found !== undefined) return { kind: 'found', approval: found, isNew: false };
    const rights = readRights(this.#db);
    const isUsable = sessionEnd(this.#db, approval.session, now) !== undefined;
    if (rights.epoch !== epoch || rights.isHalted || !isUsable) return { kind: 'stale' };
    return this.#isFull(approval, now) ? { kind: 'exhausted' } : undefined;
  }

  #current(digest: string, now: number): ApprovalRecord | undefined {
    return selectApprovals(
      this.#db,
      [`digest = ? AND state <> 'used' AND expires_at > ?`],
      [digest, now],
    )[0];
  }

  /**
   * Attack: a client that answers for its person, at once and with no, has approvals asked for and moves
   * the epoch for everybody as fast as it can call.
   */
  #isFull({ session, sealed }: NewApproval, now: number): boolean {
    const ofHour = this.#db
      .statement<{ asked: number }>(
        'SELECT count(*) AS asked FROM approvals WHERE session = ? AND requested_at > ?',
      )
      .get(session, now - HOUR_MS);
    if ((ofHour?.asked ?? 0) >= MAX_ASKED_PER_HOUR) return true;
    const waiting = listApprovals(this.#db, { now, all: false, session });
    const bytes = waiting.reduce((sum, { approval }) => sum + (approval.sealed?.length ?? 0), 0);
    return waiting.length >= MAX_PENDING || bytes + sealed.length > MAX_PENDING_BYTES;
  }

  /**
   * Forgets what is long over, and the arguments of what is over: its time, its session or, in this
   * session, what it was asked under. That is for good.
   *
   * Attack: a tool is quarantined and approved again, and what waits then is approved without the
   * arguments that nobody can look at any more.
   */
  #letGo(session: SessionId, now: number): void {
    this.#db.statement('DELETE FROM approvals WHERE expires_at <= ?').run(now - SHOWN_MS);
    this.#db
      .statement(
        `UPDATE approvals SET arguments = NULL, expires_at = min(expires_at, ?)
         WHERE arguments IS NOT NULL AND (expires_at <= ? OR NOT EXISTS (
           SELECT 1 FROM sessions
           WHERE id = approvals.session AND state = 'active' AND sessions.expires_at > ?))`,
      )
      .run(now, now, now);
    const end = this.#db.statement(
      'UPDATE approvals SET arguments = NULL, expires_at = ? WHERE id = ?',
    );
    const kept = ['session = ?', 'arguments IS NOT NULL'];
    for (const approval of selectApprovals(this.#db, kept, [session])) {
      if (viewOf(this.#db, approval, now).void !== undefined) end.run(now, approval.id);
    }
  }

  #insert(approval: NewApproval, now: number): void {
    const { rule, session } = approval;
    const lastsTo = now + PENDING_LIFE_MS;
    const expiresAt = Math.min(lastsTo, sessionEnd(this.#db, session, now) ?? lastsTo);
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
