import type { KeyState, KeyStateStore } from '../authenticate/key-state-store.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { nextEpoch } from './rights-epoch.ts';
import { moveSession, selectSessions } from './session-rows.ts';
import type { StateDatabase } from './state-database.ts';

interface Row {
  readonly kid: string;
  readonly retired_at: number;
  readonly revoked_at: number | null;
}

/** Whether a session key was revoked. Inside `read` or a transaction. */
export const isKeyRevoked = (db: StateDatabase, kid: string): boolean =>
  db.statement('SELECT 1 FROM retired_keys WHERE kid = ? AND revoked_at IS NOT NULL').get(kid) !==
  undefined;

/** What became of session keys, on SQLite. */
export class SqliteKeyStateStore implements KeyStateStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;

  constructor(db: StateDatabase, append: AppendEvent) {
    this.#db = db;
    this.#append = append;
  }

  async list(): Promise<readonly KeyState[]> {
    return this.#db.read(() =>
      this.#db
        .statement<Row>('SELECT * FROM retired_keys ORDER BY retired_at, kid')
        .all()
        .map(toState),
    );
  }

  async lastExpiries(): Promise<ReadonlyMap<string, number>> {
    const rows = this.#db.read(() =>
      this.#db
        .statement<{ key_id: string; last: number }>(
          `SELECT key_id, max(expires_at) AS last FROM sessions
           WHERE key_id IS NOT NULL AND state IN ('active', 'suspended') GROUP BY key_id`,
        )
        .all(),
    );
    return new Map(rows.map(({ key_id, last }) => [key_id, last]));
  }

  async retire(kids: readonly string[], at: number, event: EventDraft): Promise<void> {
    const draft = storableDraft(event);
    await this.#db.change(() => {
      this.#markRetired(kids, at);
      this.#append(draft);
    });
  }

  async revoke(
    kids: readonly string[],
    at: number,
    event: EventDraft,
    eventOf: (session: SessionRecord) => EventDraft,
  ): Promise<readonly SessionRecord[]> {
    return this.#db.change(() => {
      this.#markRetired(kids, at);
      const sessions: SessionRecord[] = [];
      for (const kid of kids) {
        this.#db
          .statement('UPDATE retired_keys SET revoked_at = ? WHERE kid = ? AND revoked_at IS NULL')
          .run(at, kid);
        const live = ['key_id = ?', `state IN ('active', 'suspended')`];
        sessions.push(...selectSessions(this.#db, live, [kid]));
      }
      const epoch = nextEpoch(this.#db);
      this.#append(storableDraft({ ...event, epoch }));
      for (const session of sessions) {
        moveSession(this.#db, this.#append, session, 'revoked', at, eventOf(session), epoch);
      }
      return sessions;
    }, 'full');
  }

  #markRetired(kids: readonly string[], at: number): void {
    this.#db.noteWrite();
    for (const kid of kids) {
      this.#db
        .statement('INSERT OR IGNORE INTO retired_keys (kid, retired_at) VALUES (?, ?)')
        .run(kid, at);
    }
  }
}

const toState = (row: Row): KeyState => ({
  kid: row.kid,
  retiredAt: row.retired_at,
  ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
});
