import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { ClientUse, SessionRecord, SessionState } from '../domain/session-record.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
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
  /** JSON of a `StoredUse`. */
  readonly first_use: string | null;
  readonly calls: number;
  readonly last_call_at: number | null;
  readonly key_id: string | null;
  readonly interactive: 0 | 1;
  readonly granted_calls: number | null;
  readonly granted_at: number | null;
}

/** The first use, and those that differed from it. */
type StoredUse = ClientUse & { readonly others?: readonly ClientUse[] };

/** Sessions that satisfy all conditions, in the order they were opened. Inside `read` or a transaction. */
export function selectSessions(
  db: StateDatabase,
  where: readonly string[],
  values: readonly (string | number)[],
): SessionRecord[] {
  const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
  return db
    .statement<Row>(`SELECT ${COLUMNS} FROM sessions ${condition} ORDER BY opened_at, id`)
    .all(...values)
    .map(toRecord);
}

/** `calls` of the row are those that no grant was counted for. */
const COLUMNS = `*,
  (SELECT sum(calls) FROM grant_uses WHERE session = sessions.id) AS granted_calls,
  (SELECT max(last_at) FROM grant_uses WHERE session = sessions.id) AS granted_at`;

/** One session by its id, `undefined` when there is none. Inside `read` or a transaction. */
export const selectSession = (db: StateDatabase, id: SessionId): SessionRecord | undefined =>
  db.remembered(id, () => {
    const row = db.statement<Row>(`SELECT ${COLUMNS} FROM sessions WHERE id = ?`).get(id);
    return row === undefined ? undefined : toRecord(row);
  });

/**
 * Counts a call in its session, under the grant that permits it, inside the transaction that admits it.
 *
 * @param at epoch milliseconds. Never earlier than before: a clock set back must not make a grant idle, nor
 * keep it from it.
 */
export function countCall(
  db: StateDatabase,
  id: SessionId,
  grant: string | undefined,
  at: number,
): void {
  db.noteWrite();
  db.statement(
    `INSERT INTO grant_uses (session, grant_id, calls, last_at) VALUES (?, ?, 1, ?)
     ON CONFLICT DO UPDATE SET calls = calls + 1, last_at = max(last_at, excluded.last_at)`,
  ).run(id, grant ?? '', at);
  const session = selectSession(db, id);
  if (session === undefined) return;
  const lastCallAt = Math.max(at, session.lastCallAt ?? 0);
  db.remember(id, { ...session, calls: session.calls + 1, lastCallAt });
}

/** Moves a session to a state, with its event, inside the transaction that made `epoch`. */
export function moveSession(
  db: StateDatabase,
  append: AppendEvent,
  { id, subject }: SessionRecord,
  state: SessionState,
  endedAt: number | undefined,
  event: EventDraft,
  epoch: number,
): void {
  db.noteWrite();
  db.statement('UPDATE sessions SET state = ?, ended_at = ? WHERE id = ?').run(
    state,
    endedAt ?? null,
    id,
  );
  append(storableDraft({ ...event, session: id, subject, epoch }));
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
  ...(row.first_use === null ? {} : readUses(row.first_use)),
  calls: row.calls + (row.granted_calls ?? 0),
  ...lastCallOf(row),
  ...(row.key_id === null ? {} : { keyId: row.key_id }),
  ...(row.interactive === 1 ? { isInteractive: true } : {}),
});

function lastCallOf({ last_call_at, granted_at }: Row): Pick<SessionRecord, 'lastCallAt'> {
  const at = Math.max(last_call_at ?? 0, granted_at ?? 0);
  return at === 0 ? {} : { lastCallAt: at };
}

/** The uses of a session as they are stored; `null` before the first. */
export function usesText({
  firstUse,
  otherUses,
}: Pick<SessionRecord, 'firstUse' | 'otherUses'>): string | null {
  if (firstUse === undefined) return null;
  const stored: StoredUse = {
    ...firstUse,
    ...(otherUses === undefined ? {} : { others: otherUses }),
  };
  return JSON.stringify(stored);
}

function readUses(text: string): Pick<SessionRecord, 'firstUse' | 'otherUses'> {
  const { others, ...firstUse } = JSON.parse(text) as StoredUse;
  return { firstUse, ...(others === undefined ? {} : { otherUses: others }) };
}
