import { setTimeout as sleep } from 'node:timers/promises';
import { MARKED_FIELDS, NUMBER_FIELDS, PRINTED_FIELDS } from '../audit/event-fields.ts';
import { firstSeq, firstWhole } from './log-start.ts';
import type { StateDatabase } from './state-database.ts';

/** Rows removed in one transaction: about a millisecond, and the sync of its commit. */
const SLICE = 100;
/** Milliseconds the lock is left to others between two of them. */
const PAUSE_MS = 10;

/**
 * Removes what lies before the start of the log, a slice a transaction: events, their index, their
 * checkpoints.
 */
export async function sweepLog(db: StateDatabase, signal?: AbortSignal): Promise<void> {
  const isStopped = () => signal?.aborted === true;
  async function inSlices(slice: (first: number) => number): Promise<void> {
    while (!isStopped()) {
      if ((await db.change(() => overwriting(db, slice))) === 0) return;
      await sleep(PAUSE_MS);
    }
  }
  const first = db.read(() => firstSeq(db));
  if (first === 1) return;
  await inSlices((from) => sweepEvents(db, from));
  await inSlices((from) => sweepCheckpoints(db, from));
  await sweepIndex(db, isStopped);
}

/** What is freed is overwritten: an event that is removed is not to be found in the file. */
function overwriting<T>(db: StateDatabase, remove: (first: number) => T): T {
  db.noteWrite();
  db.connection.pragma('secure_delete = ON');
  try {
    return remove(firstSeq(db));
  } finally {
    db.connection.pragma('secure_delete = FAST');
  }
}

function sweepEvents(db: StateDatabase, first: number): number {
  const oldest = db.statement<{ seq: number | null }>('SELECT min(seq) AS seq FROM events').get();
  if (oldest?.seq == null || oldest.seq >= first) return 0;
  return db
    .statement('DELETE FROM events WHERE seq >= ? AND seq < ?')
    .run(oldest.seq, Math.min(oldest.seq + SLICE, first)).changes;
}

/** The checkpoint of the last event that was removed stays: it says what the log follows. */
const sweepCheckpoints = (db: StateDatabase, first: number): number =>
  db
    .statement(
      `DELETE FROM checkpoints WHERE seq IN (
         SELECT seq FROM checkpoints WHERE seq < ? ORDER BY seq LIMIT ?)`,
    )
    .run(first - 1, SLICE).changes;

/**
 * Removes the index of stretches that events were removed of. Rows are found by field and value, not by
 * stretch alone; `event_stretches` goes last, so that it says whether there are any.
 */
async function sweepIndex(db: StateDatabase, isStopped: () => boolean): Promise<void> {
  if (!db.read(() => hasOldStretches(db, firstSeq(db)))) return;
  for (const field of [...PRINTED_FIELDS, ...NUMBER_FIELDS]) {
    if (isStopped()) return;
    await db.change(() => overwriting(db, (first) => sweepNumbers(db, field, first)));
  }
  for (const field of MARKED_FIELDS) {
    for (let value: string | undefined = ''; value !== undefined; ) {
      if (isStopped()) return;
      const from: string = value;
      value = await db.change(() => overwriting(db, (first) => sweepMarks(db, field, from, first)));
      await sleep(PAUSE_MS);
    }
  }
  await db.change(() => {
    db.noteWrite();
    db.statement('DELETE FROM event_stretches WHERE stretch < ?').run(firstWhole(firstSeq(db)));
  });
}

const hasOldStretches = (db: StateDatabase, first: number): boolean =>
  db.statement('SELECT 1 FROM event_stretches WHERE stretch < ?').get(firstWhole(first)) !==
  undefined;

const sweepNumbers = (db: StateDatabase, field: string, first: number): number =>
  db
    .statement('DELETE FROM event_numbers WHERE field = ? AND stretch < ?')
    .run(field, firstWhole(first)).changes;

/** @returns the value to go on with; `undefined` when there is none. */
function sweepMarks(
  db: StateDatabase,
  field: string,
  from: string,
  first: number,
): string | undefined {
  const remove = db.statement(
    'DELETE FROM event_marks WHERE field = ? AND value = ? AND stretch < ?',
  );
  const next = db.statement<{ value: string | null }>(
    'SELECT min(value) AS value FROM event_marks WHERE field = ? AND value > ?',
  );
  let value: string | null = from;
  for (let done = 0; done < SLICE && value !== null; done += 1) {
    remove.run(field, value, firstWhole(first));
    value = next.get(field, value)?.value ?? null;
  }
  return value ?? undefined;
}
