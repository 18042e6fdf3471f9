import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { ClientUse, SessionRecord } from '../domain/session-record.ts';
import type { NotOpened, SessionGroup, SessionStore } from '../session/session-store.ts';
import { isNewUse } from '../session/use-difference.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { isKeyRevoked } from './key-state-store.ts';
import { nextEpoch, readRights } from './rights-epoch.ts';
import { moveSession, selectSession, selectSessions, usesText } from './session-rows.ts';
import type { StateDatabase } from './state-database.ts';

/** Sessions on SQLite. Each event gets its session's id and subject, whatever its draft says. */
export class SqliteSessionStore implements SessionStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  find(id: SessionId): SessionRecord | undefined {
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
    return this.#db.read(() => selectSessions(this.#db, where, values));
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
             ended_at, first_use, calls, last_call_at, key_id, interactive)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
          usesText(session),
          session.calls,
          session.lastCallAt ?? null,
          session.keyId ?? null,
          session.isInteractive === true ? 1 : 0,
        );
      this.#append(draft);
      return undefined;
    });
  }

  async noteUse(
    id: SessionId,
    use: ClientUse,
    eventOf: (first: ClientUse | undefined) => EventDraft,
  ): Promise<void> {
    const isNew = (session: SessionRecord | undefined): session is SessionRecord =>
      session !== undefined && isNewUse(session, use);
    if (!isNew(this.#db.read(() => this.#find(id)))) return;
    await this.#db.change(() => {
      const session = this.#find(id);
      if (!isNew(session)) return;
      const { firstUse, otherUses = [], subject } = session;
      const uses =
        firstUse === undefined ? { firstUse: use } : { firstUse, otherUses: [...otherUses, use] };
      this.#db.noteWrite();
      this.#db.statement('UPDATE sessions SET first_use = ? WHERE id = ?').run(usesText(uses), id);
      this.#append(storableDraft({ ...eventOf(firstUse), session: id, subject }));
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
      moveSession(this.#db, this.#append, before, state, at, event, nextEpoch(this.#db));
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
      const sessions = selectSessions(
        this.#db,
        [...where, `state IN ('active', 'suspended')`],
        values,
      );
      if (sessions.length === 0 && header === undefined) return sessions;
      const epoch = nextEpoch(this.#db);
      if (header !== undefined) this.#append(storableDraft({ ...header, epoch }));
      for (const session of sessions) {
        moveSession(this.#db, this.#append, session, 'revoked', at, eventOf(session), epoch);
      }
      return sessions;
    }, 'full');
  }

  async suspend(id: SessionId, at: number, event: EventDraft): Promise<SessionRecord | undefined> {
    return this.#db.change(() => {
      const before = this.#find(id);
      if (before?.state !== 'active') return before;
      moveSession(this.#db, this.#append, before, 'suspended', at, event, nextEpoch(this.#db));
      return before;
    }, 'full');
  }

  async resume(id: SessionId, event: EventDraft): Promise<SessionRecord | undefined> {
    return this.#db.change(() => {
      const before = this.#find(id);
      if (before?.state !== 'suspended') return before;
      moveSession(this.#db, this.#append, before, 'active', undefined, event, nextEpoch(this.#db));
      return before;
    }, 'full');
  }

  /** Why a session may not be opened, read inside the transaction. */
  #refusal({ subject, client, keyId }: SessionRecord, clientMadeAt: number): NotOpened | undefined {
    if (readRights(this.#db).isHalted) return 'halted';
    if (keyId !== undefined && isKeyRevoked(this.#db, keyId)) return 'key_revoked';
    if (client === undefined) return undefined;
    const suspended = this.#db
      .statement(
        `SELECT 1 FROM sessions
         WHERE subject = ? AND client = ? AND state = 'suspended' AND ended_at >= ? LIMIT 1`,
      )
      .get(subject, client, clientMadeAt);
    return suspended === undefined ? undefined : 'client_suspended';
  }

  #find(id: SessionId): SessionRecord | undefined {
    return selectSession(this.#db, id);
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
