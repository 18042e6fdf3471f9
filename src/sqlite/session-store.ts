import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { SessionRecord, SessionState } from '../domain/session-record.ts';
import type { NotOpened, SessionGroup, SessionStore } from '../session/session-store.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { nextEpoch, readRights } from './rights-epoch.ts';
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
    filter: SessionGroup & { readonly activeAt?: number } = {},
  ): Promise<readonly SessionRecord[]> {
    const { where, values } = groupCondition(filter);
    if (filter.activeAt !== undefined) {
      where.push(`state = 'active' AND expires_at > ?`);
      values.push(filter.activeAt);
    }
    return this.#db.read(() => this.#select(where, values));
  }

  async open(
    session: SessionRecord,
    event: EventDraft,
    clientMadeAt = 0,
  ): Promise<NotOpened | undefined> {
    const draft = storableDraft({ ...event, session: session.id, subject: session.subject });
    return this.#db.change(() => {
      if (this.#find(session.id) !== undefined) {
        throw new BrokerError('ERR_INTERNAL', `session ${session.id} exists`);
      }
      const refusal = this.#refusal(session, clientMadeAt);
      if (refusal !== undefined) return refusal;
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
      return undefined;
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
      this.#move(before, state, at, event, nextEpoch(this.#db));
      return before;
    }, 'full');
  }

  async revokeAll(
    group: SessionGroup,
    at: number,
    eventOf: (session: SessionRecord) => EventDraft,
    header?: EventDraft,
  ): Promise<readonly SessionRecord[]> {
    return this.#db.change(() => {
      const { where, values } = groupCondition(group);
      const sessions = this.#select([...where, `state IN ('active', 'suspended')`], values);
      if (sessions.length === 0 && header === undefined) return sessions;
      const epoch = nextEpoch(this.#db);
      if (header !== undefined) this.#append(storableDraft({ ...header, epoch }));
      for (const session of sessions) this.#move(session, 'revoked', at, eventOf(session), epoch);
      return sessions;
    }, 'full');
  }

  async suspend(id: SessionId, at: number, event: EventDraft): Promise<SessionRecord | undefined> {
    return this.#db.change(() => {
      const before = this.#find(id);
      if (before?.state !== 'active') return before;
      this.#move(before, 'suspended', at, event, nextEpoch(this.#db));
      return before;
    }, 'full');
  }

  async resume(id: SessionId, event: EventDraft): Promise<SessionRecord | undefined> {
    return this.#db.change(() => {
      const before = this.#find(id);
      if (before?.state !== 'suspended') return before;
      this.#move(before, 'active', undefined, event, nextEpoch(this.#db));
      return before;
    }, 'full');
  }

  #move(
    { id, subject }: SessionRecord,
    state: SessionState,
    endedAt: number | undefined,
    event: EventDraft,
    epoch: number,
  ): void {
    this.#db.noteWrite();
    this.#db
      .statement('UPDATE sessions SET state = ?, ended_at = ? WHERE id = ?')
      .run(state, endedAt ?? null, id);
    this.#append(storableDraft({ ...event, session: id, subject, epoch }));
  }

  /** Why a session may not be opened, read inside the transaction. */
  #refusal({ subject, client }: SessionRecord, clientMadeAt: number): NotOpened | undefined {
    if (readRights(this.#db).isHalted) return 'halted';
    if (client === undefined) return undefined;
    const suspended = this.#db
      .statement(
        `SELECT 1 FROM sessions
         WHERE subject = ? AND client = ? AND state = 'suspended' AND ended_at >= ? LIMIT 1`,
      )
      .get(subject, client, clientMadeAt);
    return suspended === undefined ? undefined : 'client_suspended';
  }

  #select(where: readonly string[], values: readonly (string | number)[]): SessionRecord[] {
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    return this.#db
      .statement<Row>(`SELECT * FROM sessions ${condition} ORDER BY opened_at, id`)
      .all(...values)
      .map(toRecord);
  }

  #find(id: SessionId): SessionRecord | undefined {
    const row = this.#db.statement<Row>('SELECT * FROM sessions WHERE id = ?').get(id);
    return row === undefined ? undefined : toRecord(row);
  }
}

function groupCondition({ subject, client }: SessionGroup): {
  where: string[];
  values: (string | number)[];
} {
  const members = Object.entries({ subject, client }).filter(([, value]) => value !== undefined);
  return {
    where: members.map(([column]) => `${column} = ?`),
    values: members.map(([, value]) => value as string),
  };
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
