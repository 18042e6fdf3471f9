import type { LogStart } from '../audit/log-start.ts';
import type { LogExtent, StateCopy, UpkeepStore } from '../audit/upkeep-store.ts';
import type { Clock } from '../domain/clock.ts';
import type { Checkpoint, EventDraft } from '../domain/event.ts';
import { type AppendEvent, storableDraft } from './append-event.ts';
import { copyState } from './copy-state.ts';
import { firstSeq, writeLogStart } from './log-start.ts';
import type { StateDatabase } from './state-database.ts';
import { sweepLog } from './sweep-log.ts';

/** How the log ages, on SQLite. */
export class SqliteUpkeepStore implements UpkeepStore {
  readonly #db: StateDatabase;
  readonly #append: AppendEvent;
  readonly #clock: Clock;

  constructor(db: StateDatabase, append: AppendEvent, clock: Clock) {
    this.#db = db;
    this.#append = append;
    this.#clock = clock;
  }

  async extent(): Promise<LogExtent> {
    return this.#db.read(() => {
      const pragma = (name: string) => Number(this.#db.connection.pragma(name, { simple: true }));
      const first = firstSeq(this.#db);
      const last = this.#db
        .statement<{ seq: number }>('SELECT seq FROM events ORDER BY seq DESC LIMIT 1')
        .get();
      const oldestOpen = this.#oldestOpen();
      return {
        first,
        last: last?.seq ?? first - 1,
        bytes: (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'),
        ...(oldestOpen === undefined ? {} : { oldestOpen }),
      };
    }, true);
  }

  async checkpointUpTo(seq: number, before: number): Promise<Checkpoint | undefined> {
    return this.#db.read(() =>
      this.#db
        .statement<Checkpoint>(
          `SELECT chain, seq, hash, at, kid, signature FROM checkpoints
           WHERE seq <= ? AND seq >= ? AND at < ? ORDER BY seq DESC LIMIT 1`,
        )
        .get(seq, firstSeq(this.#db), before),
    );
  }

  async startAfter(start: LogStart, previous: number, event: EventDraft): Promise<boolean> {
    const draft = storableDraft(event);
    return this.#db.change(() => {
      const isAsRead =
        firstSeq(this.#db) === previous + 1 &&
        (this.#oldestOpen() ?? Number.POSITIVE_INFINITY) > start.seq &&
        this.#isSealedAs(start);
      if (!isAsRead) return false;
      writeLogStart(this.#db, start);
      this.#append(draft);
      return true;
    }, 'full');
  }

  sweep(signal?: AbortSignal): Promise<void> {
    return sweepLog(this.#db, signal);
  }

  copy(path: string): Promise<StateCopy> {
    return copyState(this.#db, path, this.#clock);
  }

  #oldestOpen(): number | undefined {
    const row = this.#db
      .statement<{ seq: number | null }>('SELECT min(seq) AS seq FROM open_intents')
      .get();
    return row?.seq ?? undefined;
  }

  #isSealedAs({ seq, hash }: LogStart): boolean {
    return ['events', 'checkpoints'].every(
      (table) =>
        this.#db.statement(`SELECT 1 FROM ${table} WHERE seq = ? AND hash = ?`).get(seq, hash) !==
        undefined,
    );
  }
}
