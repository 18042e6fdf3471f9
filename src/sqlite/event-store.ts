import { setImmediate as turn } from 'node:timers/promises';
import type { EventFilter, EventStore, StoredEvent, Touched } from '../audit/event-store.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AuditEvent, Checkpoint } from '../domain/event.ts';
import { layoutProblems } from './migrations.ts';
import type { StateDatabase } from './state-database.ts';

/** Reads the audit from SQLite. Time bounds become sequence bounds: time never decreases. */
export class SqliteEventStore implements EventStore {
  readonly #db: StateDatabase;

  constructor(db: StateDatabase) {
    this.#db = db;
  }

  async get(seq: number): Promise<AuditEvent | undefined> {
    const row = this.#db.read(() =>
      this.#db.statement<StoredEvent>('SELECT seq, hash, body FROM events WHERE seq = ?').get(seq),
    );
    return row === undefined ? undefined : toEvent(row);
  }

  async query(filter: EventFilter): Promise<readonly AuditEvent[]> {
    const rows = this.#db.read(() => this.#select(filter), true);
    return (filter.newest === true ? rows.reverse() : rows).map(toEvent);
  }

  async *pages(fromSeq: number, pageSize: number): AsyncIterable<readonly AuditEvent[]> {
    for await (const rows of this.rows(fromSeq, pageSize)) yield rows.map(toEvent);
  }

  /** Ends at what was the newest event when the first page was read. */
  async *rows(fromSeq: number, pageSize: number): AsyncIterable<readonly StoredEvent[]> {
    const last = (await this.head())?.seq ?? 0;
    for (let from = fromSeq; from <= last; ) {
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
          'SELECT seq, hash, at FROM events ORDER BY seq DESC LIMIT 1',
        )
        .get(),
    );
  }

  async touched(session: string, limit: number): Promise<Touched> {
    return this.#db.read(() => {
      const seen = this.#db
        .statement<{ count: number }>(
          'SELECT count(*) AS count FROM (SELECT 1 FROM events WHERE session = ? LIMIT ?)',
        )
        .get(session, limit + 1);
      // The inner query reads columns and no body: arguments can be long.
      const tools = this.#db
        .statement<Touched['tools'][number]>(
          `SELECT server, tool, count(*) AS calls FROM (
             SELECT code, server, tool FROM events WHERE session = ? ORDER BY seq DESC LIMIT ?
           ) WHERE code = 'TG1001' GROUP BY server, tool ORDER BY server, tool`,
        )
        .all(session, limit);
      return { tools, isWhole: (seen?.count ?? 0) <= limit };
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

  #select(filter: EventFilter): StoredEvent[] {
    const where: string[] = ['seq > ?'];
    const values: (string | number)[] = [filter.afterSeq ?? 0];
    for (const column of ['session', 'subject', 'server', 'tool', 'code', 'reason'] as const) {
      const value = filter[column];
      if (value !== undefined) add(`${column} = ?`, value);
    }
    if (filter.decision !== undefined) add('decision = ?', filter.decision);
    if (filter.outcome !== undefined) add('outcome = ?', filter.outcome);
    // Stated for the planner: the partial index holds every outcome but this one.
    if (filter.outcome !== undefined && filter.outcome !== 'ok') where.push(`outcome <> 'ok'`);
    if (filter.since !== undefined) add('seq >= ?', this.#firstSeqAt(filter.since));
    if (filter.until !== undefined) add('seq < ?', this.#firstSeqAt(filter.until));
    const order = filter.newest === true ? 'DESC' : 'ASC';
    values.push(filter.limit ?? -1);
    return this.#db
      .statement<StoredEvent>(
        `SELECT seq, hash, body FROM events WHERE ${where.join(' AND ')} ORDER BY seq ${order} LIMIT ?`,
      )
      .all(...values);

    function add(condition: string, value: string | number): void {
      where.push(condition);
      values.push(value);
    }
  }

  /** The first sequence number whose event is not before `at`, by bisection; one past the end when none is. */
  #firstSeqAt(at: number): number {
    const ends = this.#db
      .statement<{ low: number | null; high: number | null }>(
        'SELECT (SELECT min(seq) FROM events) AS low, (SELECT max(seq) FROM events) AS high',
      )
      .get();
    let low = ends?.low ?? 1;
    let high = (ends?.high ?? 0) + 1;
    const timeOf = this.#db.statement<{ at: number }>(
      'SELECT at FROM events WHERE seq >= ? ORDER BY seq LIMIT 1',
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

/** The row's own `seq` and `hash` stand, whatever the body says: `verify` compares them. */
function toEvent(row: StoredEvent): AuditEvent {
  try {
    return { ...(JSON.parse(row.body) as AuditEvent), seq: row.seq, hash: row.hash };
  } catch (error) {
    throw new BrokerError('ERR_STORE_CORRUPT', `event ${row.seq} cannot be read`, {
      cause: error,
      hint: 'audit verify',
    });
  }
}
