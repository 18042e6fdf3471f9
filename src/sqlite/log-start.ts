import { firstOf, stretchOf } from '../audit/event-marks.ts';
import type { LogStart } from '../audit/log-start.ts';
import type { StateDatabase } from './state-database.ts';

/** Where the log starts; `undefined` while nothing was removed. Inside `read` or a transaction. */
export const readLogStart = (db: StateDatabase): LogStart | undefined =>
  db
    .statement<LogStart>(
      `SELECT chain, seq, hash, at, removed_at AS removedAt, kid, signature FROM log_start
       WHERE id = 1`,
    )
    .get();

/** The number of the log's first event, whether it has one yet or not. */
export const firstSeq = (db: StateDatabase): number =>
  (db.statement<{ seq: number }>('SELECT seq FROM log_start WHERE id = 1').get()?.seq ?? 0) + 1;

/** Puts down where the log starts. Inside a write transaction. */
export function writeLogStart(db: StateDatabase, start: LogStart): void {
  db.noteWrite();
  db.statement(
    `INSERT OR REPLACE INTO log_start (id, chain, seq, hash, at, removed_at, kid, signature)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(start.chain, start.seq, start.hash, start.at, start.removedAt, start.kid, start.signature);
}

/** The first stretch that no event was removed of: there is no index of those before it. */
export const firstWhole = (first: number): number =>
  firstOf(stretchOf(first)) === first ? stretchOf(first) : stretchOf(first) + 1;
