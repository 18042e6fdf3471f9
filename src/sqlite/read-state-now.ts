import type { ReadStateNow } from '../telemetry/state-readings.ts';
import { readHead } from './append-event.ts';
import type { CommitQueue } from './commit-queue.ts';
import { NOT_BEYOND } from './shipment-store.ts';
import type { StateDatabase } from './state-database.ts';

/** Looks at the state for those who watch it, in one read; costs the same however long the log is. */
export const createReadStateNow =
  (db: StateDatabase, queue: Pick<CommitQueue, 'waiting'>): ReadStateNow =>
  (now) =>
    db.read(() => {
      const checkpoint = db
        .statement<{ seq: number; at: number }>(
          'SELECT seq, at FROM checkpoints ORDER BY seq DESC LIMIT 1',
        )
        .get();
      const sentTo = (table: 'shipped' | 'anchored', name: string) =>
        new Map(
          db
            .statement<{ id: string; seq: number }>(
              `SELECT ${name} AS id, seq FROM ${table} WHERE ${NOT_BEYOND}`,
            )
            .all()
            .map(({ id, seq }) => [id, seq]),
        );
      return {
        sessions:
          db
            .statement<{ count: number }>(
              `SELECT count(*) AS count FROM sessions WHERE state = 'active' AND expires_at > ?`,
            )
            .get(now)?.count ?? 0,
        isHalted:
          (db.statement<{ at: number | null }>('SELECT halted_at AS at FROM rights').get()?.at ??
            null) !== null,
        headSeq: readHead(db).seq,
        ...(checkpoint === undefined ? {} : { checkpoint }),
        shipped: sentTo('shipped', 'target'),
        anchored: sentTo('anchored', 'anchor'),
        waiting: queue.waiting,
      };
    });
