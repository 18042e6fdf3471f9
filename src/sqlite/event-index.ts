import { setImmediate as turn } from 'node:timers/promises';
import type { MarkedField, NumberField, PrintedField } from '../audit/event-fields.ts';
import type { EventIndex } from '../audit/event-index.ts';
import { firstOf, Marks, STRETCH, stretchOf } from '../audit/event-marks.ts';
import type { StoredEvent } from '../audit/event-store.ts';
import { indexStretch, type StretchIndex, StretchIndexer } from '../audit/index-stretch.ts';
import type { AuditEvent } from '../domain/event.ts';
import { firstSeq, firstWhole } from './log-start.ts';
import type { StateDatabase } from './state-database.ts';

/**
 * The index of the log as one question sees it: stretches that are stored, and those that are not, which
 * are read and indexed on the way. So an answer never depends on how much was indexed. For one
 * `read`, and synchronous.
 */
export class SqliteEventIndex implements EventIndex {
  readonly #db: StateDatabase;
  readonly #unstored = new Map<number, StretchIndex>();
  #stored: ReadonlySet<number> | undefined;
  readonly #lastSeq: number;
  readonly #firstWhole: number;
  readonly #firstStretch: number;

  constructor(db: StateDatabase, lastSeq: number) {
    this.#db = db;
    this.#lastSeq = lastSeq;
    const first = firstSeq(db);
    this.#firstWhole = firstWhole(first);
    this.#firstStretch = stretchOf(first);
  }

  marked(field: MarkedField, value: string, from: number, to: number): ReadonlyMap<number, Marks> {
    const found = new Map<number, Marks>();
    const rows = this.#db
      .statement<{ stretch: number; marks: Uint8Array }>(
        `SELECT stretch, marks FROM event_marks
         WHERE field = ? AND value = ? AND stretch BETWEEN ? AND ?`,
      )
      .all(field, value, Math.max(from, this.#firstWhole), to);
    for (const { stretch, marks } of rows) found.set(stretch, Marks.unpack(marks));
    for (const [stretch, { values }] of this.#unstoredBetween(from, to)) {
      const own = values.find((item) => item.field === field && item.value === value);
      if (own !== undefined) found.set(stretch, own.marks);
    }
    return found;
  }

  column(
    field: PrintedField | NumberField,
    from: number,
    to: number,
  ): ReadonlyMap<number, Uint32Array> {
    const found = new Map<number, Uint32Array>();
    const rows = this.#db
      .statement<{ stretch: number; numbers: Uint8Array }>(
        'SELECT stretch, numbers FROM event_numbers WHERE field = ? AND stretch BETWEEN ? AND ?',
      )
      .all(field, Math.max(from, this.#firstWhole), to);
    for (const { stretch, numbers } of rows) found.set(stretch, unpackNumbers(numbers));
    for (const [stretch, { columns }] of this.#unstoredBetween(from, to)) {
      const own = columns.find((item) => item.field === field);
      if (own !== undefined) found.set(stretch, own.numbers);
    }
    return found;
  }

  values(field: MarkedField): readonly string[] {
    const values = new Set(
      this.#db
        .statement<{ value: string }>(
          `WITH RECURSIVE each (value) AS (
             SELECT min(value) FROM event_marks WHERE field = :field
             UNION ALL
             SELECT (SELECT min(value) FROM event_marks WHERE field = :field AND value > each.value)
             FROM each WHERE each.value IS NOT NULL
           ) SELECT value FROM each WHERE value IS NOT NULL`,
        )
        .all({ field })
        .map(({ value }) => value),
    );
    const last = Math.floor((this.#lastSeq - 1) / STRETCH);
    for (const [, stretch] of this.#unstoredBetween(0, last)) {
      for (const item of stretch.values) if (item.field === field) values.add(item.value);
    }
    return [...values].sort();
  }

  #unstoredBetween(from: number, to: number): readonly (readonly [number, StretchIndex])[] {
    this.#stored ??= storedStretches(this.#db);
    const last = Math.floor((this.#lastSeq - 1) / STRETCH);
    const found: [number, StretchIndex][] = [];
    for (
      let stretch = Math.max(this.#firstStretch, from);
      stretch <= Math.min(to, last);
      stretch += 1
    ) {
      if (this.#stored.has(stretch)) continue;
      const own = this.#unstored.get(stretch) ?? readStretch(this.#db, stretch);
      this.#unstored.set(stretch, own);
      found.push([stretch, own]);
    }
    return found;
  }
}

/** Stretches whose index is stored. */
export const storedStretches = (db: StateDatabase): ReadonlySet<number> =>
  new Set(
    db
      .statement<{ stretch: number }>('SELECT stretch FROM event_stretches WHERE stretch >= ?')
      .all(firstWhole(firstSeq(db)))
      .map(({ stretch }) => stretch),
  );

function readStretch(db: StateDatabase, stretch: number): StretchIndex {
  const from = Math.max(firstOf(stretch), firstSeq(db));
  const rows = rowsBetween(db, from, firstOf(stretch + 1) - 1);
  return indexStretch(
    stretch,
    rows.map(eventOf).filter((event) => event !== undefined),
  );
}

const rowsBetween = (db: StateDatabase, from: number, to: number) =>
  db
    .statement<Pick<StoredEvent, 'seq' | 'body'>>(
      'SELECT seq, body FROM events WHERE seq BETWEEN ? AND ?',
    )
    .all(from, to);

/** Events read before the event loop turns: calls wait for no more than some two milliseconds. */
const SLICE = 250;

/** As `readStretch`, for a stretch that is whole, in slices: events never change, and none is kept. */
export async function readStretchSlowly(db: StateDatabase, stretch: number): Promise<StretchIndex> {
  const indexer = new StretchIndexer(stretch);
  for (let from = firstOf(stretch); from < firstOf(stretch + 1); from += SLICE) {
    for (const row of db.read(() => rowsBetween(db, from, from + SLICE - 1))) {
      const event = eventOf(row);
      if (event !== undefined) indexer.add(event);
    }
    await turn();
  }
  return indexer.made();
}

/** The hash of the last event of a stretch. Inside `read`. */
export const lastHash = (db: StateDatabase, stretch: number): string | undefined =>
  db
    .statement<{ hash: string }>('SELECT hash FROM events WHERE seq = ?')
    .get(firstOf(stretch + 1) - 1)?.hash;

/** Stores the index of a stretch, unless another process has, or events were removed of it. Inside a write transaction. */
export function storeStretch(db: StateDatabase, stretch: number, made: StretchIndex): void {
  if (isStored(db, stretch) || stretch < firstWhole(firstSeq(db))) return;
  db.noteWrite();
  const mark = db.statement(
    'INSERT OR REPLACE INTO event_marks (field, value, stretch, marks) VALUES (?, ?, ?, ?)',
  );
  for (const { field, value, marks } of made.values) mark.run(field, value, stretch, marks.pack());
  const number = db.statement(
    'INSERT OR REPLACE INTO event_numbers (field, stretch, numbers) VALUES (?, ?, ?)',
  );
  for (const { field, numbers } of made.columns) number.run(field, stretch, packNumbers(numbers));
  db.statement('INSERT INTO event_stretches (stretch) VALUES (?)').run(stretch);
}

const isStored = (db: StateDatabase, stretch: number): boolean =>
  db.statement('SELECT 1 FROM event_stretches WHERE stretch = ?').get(stretch) !== undefined;

/**
 * Whether the stored index of each of these stretches is this one; those that are not stored are left
 * out. A value of several stretches is looked up once.
 */
export function areStoredAs(
  db: StateDatabase,
  made: ReadonlyMap<number, StretchIndex>,
): ReadonlyMap<number, boolean> {
  const stretches = [...made.keys()];
  const [low, high] = [Math.min(...stretches), Math.max(...stretches)];
  const same = new Map(
    stretches.filter((stretch) => isStored(db, stretch)).map((stretch) => [stretch, true]),
  );
  const mark = db.statement<{ stretch: number; bytes: Uint8Array }>(
    `SELECT stretch, marks AS bytes FROM event_marks
     WHERE field = ? AND value = ? AND stretch BETWEEN ? AND ?`,
  );
  const number = db.statement<{ stretch: number; bytes: Uint8Array }>(
    `SELECT stretch, numbers AS bytes FROM event_numbers
     WHERE field = ? AND stretch BETWEEN ? AND ?`,
  );
  const compare = (
    stored: readonly { readonly stretch: number; readonly bytes: Uint8Array }[],
    own: ReadonlyMap<number, Uint8Array>,
  ) => {
    const found = new Map(stored.map(({ stretch, bytes }) => [stretch, bytes]));
    for (const stretch of new Set([...found.keys(), ...own.keys()])) {
      if (!same.has(stretch)) continue;
      const [theirs, ours] = [found.get(stretch), own.get(stretch)];
      if (theirs === undefined || ours === undefined || Buffer.compare(theirs, ours) !== 0) {
        same.set(stretch, false);
      }
    }
  };
  for (const [field, values] of byFieldAndValue(made)) {
    for (const [value, own] of values) compare(mark.all(field, value, low, high), own);
  }
  for (const [field, own] of columnsByField(made)) compare(number.all(field, low, high), own);
  return same;
}

function byFieldAndValue(made: ReadonlyMap<number, StretchIndex>) {
  const fields = new Map<MarkedField, Map<string, Map<number, Uint8Array>>>();
  for (const [stretch, { values }] of made) {
    for (const { field, value, marks } of values) {
      const ofField = known(fields, field, () => new Map());
      known(ofField, value, () => new Map<number, Uint8Array>()).set(stretch, marks.pack());
    }
  }
  return fields;
}

function columnsByField(made: ReadonlyMap<number, StretchIndex>) {
  const fields = new Map<PrintedField | NumberField, Map<number, Uint8Array>>();
  for (const [stretch, { columns }] of made) {
    for (const { field, numbers } of columns) {
      known(fields, field, () => new Map()).set(stretch, packNumbers(numbers));
    }
  }
  return fields;
}

function known<Key, Value>(of: Map<Key, Value>, key: Key, make: () => Value): Value {
  const own = of.get(key) ?? make();
  of.set(key, own);
  return own;
}

/** Stretches that are whole and not stored, oldest first. */
export function unstoredStretches(db: StateDatabase): readonly number[] {
  const last = db
    .statement<{ seq: number }>('SELECT seq FROM events ORDER BY seq DESC LIMIT 1')
    .get();
  const whole = Math.floor((last?.seq ?? 0) / STRETCH);
  const low = firstWhole(firstSeq(db));
  const known = db
    .statement<{ count: number; last: number | null }>(
      'SELECT count(*) AS count, max(stretch) AS last FROM event_stretches WHERE stretch >= ?',
    )
    .get(low);
  if (whole <= low || (known?.count === whole - low && known.last === whole - 1)) return [];
  const stored = storedStretches(db);
  return Array.from({ length: whole - low }, (_, at) => low + at).filter(
    (stretch) => !stored.has(stretch),
  );
}

/**
 * Rows of the stored index from a stretch on: more than there should be is found by their number. Those
 * that name what is stored count too: one for events to come would hide them.
 */
export const countStored = (db: StateDatabase, from: number): number =>
  db
    .statement<{ count: number }>(
      `SELECT (SELECT count(*) FROM event_marks WHERE stretch >= :from)
         + (SELECT count(*) FROM event_numbers WHERE stretch >= :from)
         + (SELECT count(*) FROM event_stretches WHERE stretch >= :from) AS count`,
    )
    .get({ from })?.count ?? 0;

/** An event that cannot be read has no values: `verify` names it. */
export function eventOf({ seq, body }: Pick<StoredEvent, 'seq' | 'body'>): AuditEvent | undefined {
  try {
    const event: unknown = JSON.parse(body);
    if (typeof event !== 'object' || event === null) return undefined;
    return Object.assign(event as AuditEvent, { seq });
  } catch {
    return undefined;
  }
}

/** Little-endian, as every platform we run on. */
const packNumbers = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

function unpackNumbers(bytes: Uint8Array): Uint32Array {
  const whole = bytes.byteLength & ~3;
  return bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, whole / 4)
    : new Uint32Array(bytes.slice(0, whole).buffer);
}
