import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { SessionRecord, SessionState } from '../domain/session-record.ts';
import type { SessionStore } from '../session/session-store.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { nextEpoch } from './rights-epoch.ts';
import type { StateDatabase } from './state-database.ts';

interface Row {
  readonly id: SessionId;
  readonly subject: string;
  readonly client: string | null;
  readonly purpose: string | null;
  readonly token_id: SessionRecord['tokenId'];
  readonly opened_at: number;
  readonly expires_at: number;
  readonly state: SessionState;
  readonly ended_at: number | null;
  readonly first_use: string | null;
  readonly calls: number;
  readonly last_call_at: number | null;
}

/** Sessions on SQLite. Each event gets its session's id and subject, whatever its draft says. */
export class SqliteSessionStore implements SessionStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  async find(id: SessionId): Promise<SessionRecord | undefined> {
    return this.#db.read(() => this.#find(id));
  }

  async list(
    filter: { readonly subject?: string; readonly activeAt?: number } = {},
  ): Promise<readonly SessionRecord[]> {
    const where: string[] = [];
    const values: (string | number)[] = [];
    if (filter.subject !== undefined) {
      where.push('subject = ?');
      values.push(filter.subject);
    }
    if (filter.activeAt !== undefined) {
      where.push(`state = 'active' AND expires_at > ?`);
      values.push(filter.activeAt);
    }
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    return this.#db.read(() =>
      this.#db
        .statement<Row>(`SELECT * FROM sessions ${condition} ORDER BY opened_at, id`)
        .all(...values)
        .map(toRecord),
    );
  }

  async open(session: SessionRecord, event: EventDraft): Promise<void> {
    const draft = storableDraft({ ...event, session: session.id, subject: session.subject });
    await this.#db.change(() => {
      if (this.#find(session.id) !== undefined) {
        throw new BrokerError('ERR_INTERNAL', `session ${session.id} exists`);
      }
      this.#db.noteWrite();
      this.#db
        .statement(
          `INSERT INTO sessions (id, subject, client, purpose, token_id, opened_at, expires_at, state,
             ended_at, first_use, calls, last_call_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          session.id,
          session.subject,
          session.client ?? null,
          session.purpose ?? null,
          session.tokenId,
          session.openedAt,
          session.expiresAt,
          session.state,
          session.endedAt ?? null,
          session.firstUse === undefined ? null : JSON.stringify(session.firstUse),
          session.calls,
          session.lastCallAt ?? null,
        );
      this.#append(draft);
    });
  }

  async noteFirstUse(
    id: SessionId,
    use: NonNullable<SessionRecord['firstUse']>,
    event: EventDraft,
  ): Promise<void> {
    const draft = storableDraft({ ...event, session: id });
    if (this.#db.read(() => this.#find(id))?.firstUse !== undefined) return;
    await this.#db.change(() => {
      this.#db.noteWrite();
      const { changes } = this.#db
        .statement('UPDATE sessions SET first_use = ? WHERE id = ? AND first_use IS NULL')
        .run(JSON.stringify(use), id);
      if (changes === 1) this.#append(draft);
    });
  }

  async end(
    id: SessionId,
    state: 'revoked' | 'expired',
    at: number,
    event: EventDraft,
  ): Promise<SessionRecord | undefined> {
    return this.#db.change(() => {
      const before = this.#find(id);
      if (before === undefined || before.state === 'revoked' || before.state === 'expired') {
        return before;
      }
      this.#db.noteWrite();
      this.#db
        .statement('UPDATE sessions SET state = ?, ended_at = ? WHERE id = ?')
        .run(state, at, id);
      const epoch = nextEpoch(this.#db);
      this.#append(storableDraft({ ...event, session: id, subject: before.subject, epoch }));
      return before;
    }, 'full');
  }

  #find(id: SessionId): SessionRecord | undefined {
    const row = this.#db.statement<Row>('SELECT * FROM sessions WHERE id = ?').get(id);
    return row === undefined ? undefined : toRecord(row);
  }
}

const toRecord = (row: Row): SessionRecord => ({
  id: row.id,
  subject: row.subject,
  ...(row.client === null ? {} : { client: row.client }),
  ...(row.purpose === null ? {} : { purpose: row.purpose }),
  tokenId: row.token_id,
  openedAt: row.opened_at,
  expiresAt: row.expires_at,
  state: row.state,
  ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  ...(row.first_use === null
    ? {}
    : { firstUse: JSON.parse(row.first_use) as NonNullable<SessionRecord['firstUse']> }),
  calls: row.calls,
  ...(row.last_call_at === null ? {} : { lastCallAt: row.last_call_at }),
});
