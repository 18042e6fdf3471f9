import { cpSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { eventBody, FIRST_PREV, hashBody } from '../../../src/audit/chain.ts';
import { createCheckpointSigner } from '../../../src/audit/checkpoint.ts';
import { STRETCH } from '../../../src/audit/event-marks.ts';
import { type VerifyReport, verifyAudit } from '../../../src/audit/verify.ts';
import type { AuditEvent, Checkpoint } from '../../../src/domain/event.ts';
import { DATABASE_FILE } from '../../../src/sqlite/open-database.ts';
import type { Stores } from '../../../src/sqlite/open-stores.ts';
import type { Random } from '../fuzz/random.ts';
import { CHECKPOINT_KEY, openTestStores, publicKey } from './test-stores.ts';

/** What was done to a log. */
interface Change {
  /** The first event that is not what it was; 0 of the index. */
  readonly first: number;
  /** Whether a problem at this event tells which one. */
  readonly isNamed: (seq: number) => boolean;
}

type Tampering = (db: Sqlite.Database, random: Random, last: number, outside: number) => Change;

interface Row {
  readonly seq: number;
  readonly hash: string;
  readonly body: string;
}

const rowOf = (db: Sqlite.Database, seq: number) =>
  db.prepare<[number], Row>('SELECT seq, hash, body FROM events WHERE seq = ?').get(seq) as Row;

/** As somebody does who knows the format: the event with other members, and its own hash. */
function forged(body: string, members: Partial<AuditEvent>): { body: string; hash: string } {
  const text = eventBody({ ...(JSON.parse(body) as AuditEvent), ...members });
  return { body: text, hash: hashBody(text) };
}

const put = (db: Sqlite.Database, { seq, hash, body }: Row) =>
  db
    .prepare('INSERT OR REPLACE INTO events (seq, hash, body) VALUES (?, ?, ?)')
    .run(seq, hash, body);

function cutFrom(db: Sqlite.Database, seq: number): void {
  db.prepare('DELETE FROM events WHERE seq >= ?').run(seq);
  db.prepare('DELETE FROM checkpoints WHERE seq >= ?').run(seq);
}

/** Events that follow as they should, from one that does not. */
function goOn(db: Sqlite.Database, from: number, rows: readonly Row[]): void {
  let prev = from === 1 ? FIRST_PREV : rowOf(db, from - 1).hash;
  for (const { seq, body } of rows) {
    const made = forged(body, seq === from ? { prev, client: 'nobody' } : { prev });
    put(db, { seq, ...made });
    prev = made.hash;
  }
}

const at =
  (...seqs: readonly number[]): Change['isNamed'] =>
  (seq) =>
    seqs.includes(seq);

/** Ways to change a log of `last` events that a checkpoint of `outside` is kept of. */
export const TAMPERINGS: Readonly<Record<string, Tampering>> = {
  'a letter of an event': (db, random, last) => {
    const row = rowOf(db, 1 + random.below(last));
    const place = random.below(row.body.length);
    const letter = row.body[place] === 'x' ? 'y' : 'x';
    put(db, { ...row, body: row.body.slice(0, place) + letter + row.body.slice(place + 1) });
    return { first: row.seq, isNamed: at(row.seq) };
  },
  'an event and its hash': (db, random, last, outside) => {
    const row = rowOf(db, 1 + random.below(last));
    put(db, { seq: row.seq, ...forged(row.body, { subject: 'mallory' }) });
    return { first: row.seq, isNamed: at(row.seq, row.seq + 1, outside) };
  },
  'a hash': (db, random, last) => {
    const row = rowOf(db, 1 + random.below(last));
    put(db, { ...row, hash: hashBody(row.hash) });
    return { first: row.seq, isNamed: at(row.seq) };
  },
  'events removed': (db, random, last, outside) => {
    const first = 1 + random.below(last);
    const next = Math.min(last + 1, first + 1 + random.below(5));
    db.prepare('DELETE FROM events WHERE seq >= ? AND seq < ?').run(first, next);
    return { first, isNamed: (seq) => seq === outside || (seq >= first && seq <= next) };
  },
  'a copy at the end': (db, random, last) => {
    const seq = last + 1 + random.below(3);
    put(db, { ...rowOf(db, 1 + random.below(last)), seq });
    return { first: seq, isNamed: at(seq) };
  },
  'one put in between': (db, random, last) => {
    const first = 2 + random.below(last - 1);
    const row = rowOf(db, first);
    db.prepare('UPDATE events SET seq = -seq - 1 WHERE seq >= ?').run(first);
    db.prepare('UPDATE events SET seq = -seq WHERE seq < 0').run();
    put(db, { seq: first, ...forged(row.body, { subject: 'mallory' }) });
    return { first, isNamed: at(first, first + 1) };
  },
  'two in each other’s place': (db, random, last) => {
    const first = 1 + random.below(last - 1);
    const other = first + 1 + random.below(last - first);
    const [one, two] = [rowOf(db, first), rowOf(db, other)];
    put(db, { ...one, seq: other });
    put(db, { ...two, seq: first });
    return { first, isNamed: at(first) };
  },
  'a tail cut off, its checkpoints too': (db, random, last, outside) => {
    const first = 1 + random.below(last);
    cutFrom(db, first);
    return { first, isNamed: at(outside) };
  },
  'an older copy that went on': (db, random, last, outside) => {
    const first = 1 + random.below(last);
    const rows = Array.from({ length: last - first + 1 }, (_, n) => rowOf(db, first + n));
    cutFrom(db, first);
    goOn(db, first, rows.slice(0, 1 + random.below(rows.length)));
    return { first, isNamed: at(outside) };
  },
  'everything after one written anew': (db, random, last, outside) => {
    const first = 1 + random.below(last);
    const rows = Array.from({ length: last - first + 1 }, (_, n) => rowOf(db, first + n));
    db.prepare('DELETE FROM checkpoints WHERE seq >= ?').run(first);
    goOn(db, first, rows);
    return { first, isNamed: at(outside) };
  },
  'a stored checkpoint': (db, random) => {
    const stored = db.prepare('SELECT seq FROM checkpoints').pluck().all() as number[];
    const seq = random.pick(stored);
    const column = random.pick(['hash', 'kid', 'signature', 'chain', 'at']);
    const value = column === 'at' ? 1 : 'A'.repeat(64);
    db.prepare(`UPDATE checkpoints SET ${column} = ? WHERE seq = ?`).run(value, seq);
    return { first: 0, isNamed: at(seq) };
  },
};

const INDEX_CHANGE: Change = { first: 0, isNamed: at(0, 1, STRETCH + 1) };

/** Ways to change the index, so that questions miss events, of a log one stretch and some events long. */
export const INDEX_TAMPERINGS: Readonly<Record<string, Tampering>> = {
  'a value hidden': (db, random) => {
    removeOne(db, random, 'event_marks');
    return INDEX_CHANGE;
  },
  'numbers hidden': (db, random) => {
    removeOne(db, random, 'event_numbers');
    return INDEX_CHANGE;
  },
  'marks changed': (db, random) => {
    flipOne(db, random, 'event_marks', 'marks');
    return INDEX_CHANGE;
  },
  'numbers changed': (db, random) => {
    flipOne(db, random, 'event_numbers', 'numbers');
    return INDEX_CHANGE;
  },
  'a value that no event has': (db, random) => {
    const value = `v${random.below(1_000_000)}`;
    db.prepare("INSERT INTO event_marks VALUES ('subject', ?, ?, x'0100')").run(
      value,
      random.below(3),
    );
    return INDEX_CHANGE;
  },
  'a field renamed': (db, random) => {
    const { rowField, value } = pickMark(db, random);
    db.prepare("UPDATE event_marks SET field = 'elsewhere' WHERE field = ? AND value = ?").run(
      rowField,
      value,
    );
    return INDEX_CHANGE;
  },
  'the end called indexed': (db) => {
    db.exec('INSERT INTO event_stretches VALUES (1)');
    return INDEX_CHANGE;
  },
  'events to come called indexed': (db, random) => {
    db.prepare('INSERT INTO event_stretches VALUES (?)').run(2 + random.below(5));
    return INDEX_CHANGE;
  },
  'a stretch called not indexed': (db) => {
    db.exec('DELETE FROM event_stretches');
    return INDEX_CHANGE;
  },
};

function pickMark(db: Sqlite.Database, random: Random) {
  type Mark = { readonly rowField: string; readonly value: string };
  const marks = db.prepare<[], Mark>('SELECT field AS rowField, value FROM event_marks').all();
  return random.pick(marks);
}

function removeOne(db: Sqlite.Database, random: Random, table: string): void {
  const count = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  const where = `(field, ${table === 'event_marks' ? 'value' : 'stretch'})`;
  db.prepare(
    `DELETE FROM ${table} WHERE ${where} IN (SELECT ${where.slice(1, -1)} FROM ${table} LIMIT 1 OFFSET ?)`,
  ).run(random.below(count));
}

function flipOne(db: Sqlite.Database, random: Random, table: string, column: string): void {
  const key = table === 'event_marks' ? 'value' : 'stretch';
  const rows = db
    .prepare<[], { field: string; key: string | number; bytes: Buffer }>(
      `SELECT field, ${key} AS key, ${column} AS bytes FROM ${table}`,
    )
    .all();
  const { field, key: value, bytes } = random.pick(rows);
  const place = random.below(bytes.length);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8));
  db.prepare(`UPDATE ${table} SET ${column} = ? WHERE field = ? AND ${key} = ?`).run(
    bytes,
    field,
    value,
  );
}

const EVENT_TABLES = ['events', 'checkpoints'];
const INDEX_TABLES = ['event_stretches', 'event_marks', 'event_numbers'];
const COLUMNS: Readonly<Record<string, string>> = { events: 'seq, hash, body' };

/** A log that is changed, looked at and put back, many times. */
export class TamperedLog {
  readonly #stores: Stores;
  readonly #db: Sqlite.Database;
  readonly #last: number;

  private constructor(stores: Stores, db: Sqlite.Database, last: number) {
    this.#stores = stores;
    this.#db = db;
    this.#last = last;
  }

  /** Opens the log of a state, and keeps a copy beside it. */
  static async open(stateDir: string): Promise<TamperedLog> {
    const file = join(stateDir, DATABASE_FILE);
    const stores = await openTestStores(stateDir);
    const db = new Sqlite(file);
    db.pragma('wal_checkpoint(TRUNCATE)');
    cpSync(file, `${file}-whole`);
    db.pragma('synchronous = OFF');
    db.prepare('ATTACH ? AS whole').run(`${file}-whole`);
    return new TamperedLog(stores, db, (await stores.events.head())?.seq ?? 0);
  }

  close(): void {
    this.#db.close();
    this.#stores.close();
  }

  /** The log as it is. */
  verify(outside: readonly Checkpoint[] = []): Promise<VerifyReport> {
    return verifyAudit(this.#stores.events, { publicKey, outside });
  }

  /**
   * Changes the log, proves it against a checkpoint kept elsewhere, and puts it back.
   *
   * @returns what is wrong with the proof; `undefined` when the event is named, or lies in the tail that
   * is said to be covered by nothing.
   */
  async try(tampering: Tampering, random: Random): Promise<string | undefined> {
    const last = this.#last;
    const covered = random.below(2) === 0 ? last : 1 + random.below(last);
    const { hash } = rowOf(this.#db, covered);
    const sign = createCheckpointSigner(CHECKPOINT_KEY);
    const outside = [sign({ chain: 'main', seq: covered, hash, at: 1 })];
    let change: Change | undefined;
    this.#db.transaction(() => {
      change = tampering(this.#db, random, last, covered);
    })();
    const report = await this.verify(outside);
    this.#putBack();
    if (change === undefined) return 'nothing was changed';
    const { first, isNamed } = change;
    if (!report.ok && report.problems.some(({ seq }) => isNamed(seq))) return undefined;
    const isSaidUncovered =
      report.coveredBy === covered && report.beyond === Math.max(0, report.lastSeq - covered);
    if (first > covered && (isSaidUncovered || !report.ok)) return undefined;
    return `event ${first} of ${last}, covered up to ${covered}: ${JSON.stringify(report)}`;
  }

  #putBack(): void {
    this.#db.transaction(() => {
      // The index is put back only where it was changed: it is long.
      const isIndexed = this.#last > STRETCH;
      for (const table of isIndexed ? INDEX_TABLES : EVENT_TABLES) {
        const columns = COLUMNS[table] ?? '*';
        this.#db.exec(`DELETE FROM main.${table}`);
        const into = columns === '*' ? table : `${table} (${columns})`;
        this.#db.exec(`INSERT INTO main.${into} SELECT ${columns} FROM whole.${table}`);
      }
    })();
  }
}
