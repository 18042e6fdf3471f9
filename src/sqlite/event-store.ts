import { setImmediate as turn } from 'node:timers/promises';
import { auditStats, type StatsBy, type StatsRow } from '../audit/audit-stats.ts';
import { findLargest, findSeqs, type SeqRange } from '../audit/event-index.ts';
import {
  conditionsOf,
  type EventFilter,
  type EventStore,
  hasMembers,
  meets,
  type StoredEvent,
  type Touched,
} from '../audit/event-store.ts';
import type { StretchIndex } from '../audit/index-stretch.ts';
import type { LogStart } from '../audit/log-start.ts';
import type { OwnStretches } from '../audit/own-stretches.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent, Checkpoint } from '../domain/event.ts';
import {
  areStoredAs,
  countStored,
  eventOf,
  lastHash,
  readStretchSlowly,
  SqliteEventIndex,
  storeStretch,
  unstoredStretches,
} from './event-index.ts';
import { firstSeq, readLogStart } from './log-start.ts';
import { layoutProblems, memberOf } from './migrations.ts';
import type { StateDatabase } from './state-database.ts';

/** Reads the audit from SQLite. Time bounds become sequence bounds: time never decreases. */
export class SqliteEventStore implements EventStore {
  readonly #db: StateDatabase;
  readonly #own: OwnStretches | undefined;

  /** @param own what this process indexed as it appended it. */
  constructor(db: StateDatabase, own?: OwnStretches) {
    this.#db = db;
    this.#own = own;
  }

  async get(seq: number): Promise<AuditEvent | undefined> {
    const row = this.#db.read(() => this.#row(seq));
    return row === undefined ? undefined : toEvent(row);
  }

  async query(filter: EventFilter): Promise<readonly AuditEvent[]> {
    const found = this.#db.read(() => this.#select(filter), true);
    if (found instanceof BrokerError) throw found;
    return found;
  }

  async stats(
    filter: EventFilter,
    by: readonly StatsBy[],
  ): Promise<ReadonlyMap<StatsBy | 'all', readonly StatsRow[]>> {
    return this.#db.read(() => {
      const range = this.#rangeOf(filter);
      const index = new SqliteEventIndex(this.#db, range.last);
      return auditStats(index, conditionsOf(filter), range, by);
    }, true);
  }

  async completeIndex(options: Parameters<EventStore['completeIndex']>[0] = {}): Promise<void> {
    const { signal, onProgress } = options;
    const missing = this.#db.read(() => unstoredStretches(this.#db));
    for (const [done, stretch] of missing.entries()) {
      onProgress?.(missing.length - done);
      const own = this.#db.read(() => this.#own?.take(stretch, lastHash(this.#db, stretch)));
      const made = own ?? (await readStretchSlowly(this.#db, stretch));
      if (signal?.aborted === true) return;
      await this.#db.change(() => storeStretch(this.#db, stretch, made));
      await turn();
    }
  }

  async areIndexedAs(
    made: ReadonlyMap<number, StretchIndex>,
  ): Promise<ReadonlyMap<number, boolean>> {
    return this.#db.read(() => areStoredAs(this.#db, made), true);
  }

  async indexRows(fromStretch: number): Promise<number> {
    return this.#db.read(() => countStored(this.#db, fromStretch));
  }

  async start(): Promise<LogStart | undefined> {
    return this.#db.read(() => readLogStart(this.#db));
  }

  async *pages(fromSeq: number, pageSize: number): AsyncIterable<readonly AuditEvent[]> {
    for await (const rows of this.rows(fromSeq, pageSize)) yield rows.map(toEvent);
  }

  /** Ends at what was the newest event when the first page was read. */
  async *rows(fromSeq: number, pageSize: number): AsyncIterable<readonly StoredEvent[]> {
    const last = (await this.head())?.seq ?? 0;
    const removed = (await this.start())?.seq;
    for (
      let from = removed === undefined ? fromSeq : Math.max(fromSeq, removed + 1);
      from <= last;
    ) {
      const page = this.#db.read(() =>
        this.#db
          .statement<StoredEvent>(
            'SELECT seq, hash, body FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?',
          )
          .all(from, last, pageSize),
      );
      const end = page.at(-1);
      if (end === undefined) return;
      yield page;
      from = end.seq + 1;
      await turn();
    }
  }

  async check(): Promise<readonly string[]> {
    return this.#db.read(() => layoutProblems(this.#db.connection));
  }

  async head(): Promise<{ seq: number; hash: string; at: number } | undefined> {
    return this.#db.read(() =>
      this.#db
        .statement<{ seq: number; hash: string; at: number }>(
          `SELECT seq, hash, ${memberOf('at')} AS at FROM events ORDER BY seq DESC LIMIT 1`,
        )
        .get(),
    );
  }

  async touched(sessions: readonly string[], limit: number): Promise<ReadonlyMap<string, Touched>> {
    return this.#db.read(() => {
      const range = this.#rangeOf({});
      const index = new SqliteEventIndex(this.#db, range.last);
      return new Map(
        sessions.map((session) => {
          const seqs = findSeqs(index, [['session', session]], range, true);
          const newest = [...seqs.take(limit + 1)];
          const rows = newest.slice(0, limit).map((seq) => this.#row(seq));
          const events = rows.map((row) => (row === undefined ? undefined : eventOf(row)));
          const own = events.filter((event) => event?.session === session);
          return [session, { tools: toolsOf(own), isWhole: newest.length <= limit }];
        }),
      );
    }, true);
  }

  async checkpoints(): Promise<readonly Checkpoint[]> {
    return this.#db.read(() =>
      this.#db
        .statement<Checkpoint>(
          'SELECT chain, seq, hash, at, kid, signature FROM checkpoints ORDER BY seq',
        )
        .all(),
    );
  }

  /** What was tampered with is handed over as an error: thrown, it would be taken for the store's own. */
  #select(filter: EventFilter): readonly AuditEvent[] | BrokerError {
    const conditions = conditionsOf(filter);
    const range = this.#rangeOf(filter);
    const index = new SqliteEventIndex(this.#db, range.last);
    const limit = filter.limit ?? Number.POSITIVE_INFINITY;
    const seqs =
      filter.largest === undefined
        ? findSeqs(index, conditions, range, filter.newest === true)
        : findLargest(index, filter.largest, conditions, range, limit);
    const found: AuditEvent[] = [];
    for (const seq of seqs) {
      if (found.length >= limit) break;
      const row = this.#row(seq);
      if (row === undefined) continue;
      const event = readEvent(row);
      if (event instanceof BrokerError) return event;
      // The events are what is proven: the index only says where to look.
      if (meets(event, conditions) && hasMembers(event, filter.where)) found.push(event);
    }
    return filter.newest === true && filter.largest === undefined ? found.reverse() : found;
  }

  #row(seq: number): StoredEvent | undefined {
    if (seq < firstSeq(this.#db)) return undefined;
    return this.#db
      .statement<StoredEvent>('SELECT seq, hash, body FROM events WHERE seq = ?')
      .get(seq);
  }

  /** What a filter's bounds come to in sequence numbers, and the newest event there is. */
  #rangeOf(filter: EventFilter): SeqRange & { readonly last: number } {
    const last =
      this.#db.statement<{ last: number | null }>('SELECT max(seq) AS last FROM events').get()
        ?.last ?? 0;
    const from = Math.max(firstSeq(this.#db), filter.fromSeq ?? 1, (filter.afterSeq ?? 0) + 1);
    const to = Math.min(last, filter.toSeq ?? last);
    return {
      last,
      from: filter.since === undefined ? from : Math.max(from, this.#firstSeqAt(filter.since)),
      to: filter.until === undefined ? to : Math.min(to, this.#firstSeqAt(filter.until) - 1),
    };
  }

  /** The first sequence number whose event is not before `at`, by bisection; one past the end when none is. */
  #firstSeqAt(at: number): number {
    const ends = this.#db
      .statement<{ low: number | null; high: number | null }>(
        'SELECT (SELECT min(seq) FROM events) AS low, (SELECT max(seq) FROM events) AS high',
      )
      .get();
    let low = Math.max(ends?.low ?? 1, firstSeq(this.#db));
    let high = (ends?.high ?? 0) + 1;
    const timeOf = this.#db.statement<{ at: number }>(
      `SELECT ${memberOf('at')} AS at FROM events WHERE seq >= ? ORDER BY seq LIMIT 1`,
    );
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = timeOf.get(middle);
      if (found !== undefined && found.at < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What admitted uses were of, and how many. */
function toolsOf(events: readonly (AuditEvent | undefined)[]): Touched['tools'] {
  const found = new Map<string, Touched['tools'][number]>();
  for (const event of events) {
    if (event?.code !== 'TG1001' || event.server === undefined) continue;
    const { server, tool = null } = event;
    const key = `${server}/${tool ?? ''}`;
    found.set(key, { server, tool, calls: (found.get(key)?.calls ?? 0) + 1 });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, touched]) => touched);
}

/** As `readEvent`. @throws BrokerError `ERR_STORE_CORRUPT`. */
function toEvent(row: StoredEvent): AuditEvent {
  const event = readEvent(row);
  if (event instanceof BrokerError) throw event;
  return event;
}

/** The row's own `seq` and `hash` stand, whatever the body says: `verify` compares them. */
function readEvent(row: StoredEvent): AuditEvent | BrokerError {
  try {
    return { ...(JSON.parse(row.body) as AuditEvent), seq: row.seq, hash: row.hash };
  } catch (cause) {
    return new BrokerError('ERR_STORE_CORRUPT', `event ${row.seq} cannot be read`, {
      cause,
      hint: 'the log was tampered with: see `toolgrant audit verify`',
    });
  }
}
