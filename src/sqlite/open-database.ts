import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite, { type Database } from 'better-sqlite3';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './migrations.ts';
import { corruptError, isBusy, lockedError, openError, readOnlyError } from './sqlite-errors.ts';

/** `power` survives a power cut, `process` survives a killed process. */
export type Durability = 'power' | 'process';

/** The database's file name in the state directory. */
export const DATABASE_FILE = 'toolgrant.db';

/** Databases up to this size are checked page by page at each open; larger ones at their ends. */
const FULL_CHECK_BYTES = 2 * 1024 * 1024;
const LOCK_WAIT_MS = 5_000;
const LOCK_PAUSE_MS = 5;

/**
 * Opens the database, waiting up to 5 s for another program to let go of it.
 *
 * @throws BrokerError `ERR_STORE_LOCKED`, and everything `openDatabase` throws.
 */
export async function openDatabaseWaiting(
  path: string,
  durability: Durability,
  clock: Clock,
): Promise<Database> {
  const giveUpAt = clock.monotonicMs() + LOCK_WAIT_MS;
  for (;;) {
    const db = openDatabase(path, durability, { mayCreate: true });
    if (db !== undefined) return db;
    if (clock.monotonicMs() >= giveUpAt) throw lockedError(path);
    await sleep(LOCK_PAUSE_MS);
  }
}

/**
 * Opens the database once, makes or migrates it, and checks that it is whole. `undefined` when it is
 * locked just now.
 *
 * @throws BrokerError `ERR_STORE_NEWER`, `ERR_STORE_CORRUPT`, `ERR_STORE_READ_ONLY`,
 * `ERR_STATE_UNSAFE`, `ERR_STORE_FAILED`.
 */
export function openDatabase(
  path: string,
  durability: Durability,
  options: { readonly mayCreate: boolean },
): Database | undefined {
  let db: Database | undefined;
  try {
    prepareFile(path, options.mayCreate);
    db = new Sqlite(path, { timeout: 0, fileMustExist: true });
    configure(db, path, durability);
    checkWhole(db, path);
    return db;
  } catch (error) {
    db?.close();
    if (isBusy(error)) return undefined;
    throw openError(path, error);
  }
}

/**
 * Makes the file 0600 before SQLite sees it, so that it is never readable by others, `-wal` and
 * `-shm` included. An existing file is never opened here: closing it would drop this process's locks.
 */
function prepareFile(path: string, mayCreate: boolean): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    if (!mayCreate) throw new BrokerError('ERR_STORE_FAILED', `${path} is gone`);
    createFile(path);
    return;
  }
  if (!found.isFile()) throw corruptError(path, 'not a file');
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw readOnlyError(path, error);
  }
  if (process.platform !== 'win32') for (const part of ['', '-wal', '-shm']) close(path + part);
}

function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'EEXIST') return;
      if (error.code === 'EACCES' || error.code === 'EROFS') throw readOnlyError(path, error);
    }
    throw error;
  }
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Closes a file to others. */
function close(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & 0o077) === 0) return;
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    throw new BrokerError('ERR_STATE_UNSAFE', `${path} can be read by others`, {
      cause: error,
      hint: `chmod 600 ${path}`,
    });
  }
}

function configure(db: Database, path: string, durability: Durability): void {
  const version = readVersion(db, path);
  if (db.pragma('journal_mode', { simple: true }) !== 'wal') {
    const mode = db.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal') throw readOnlyError(path);
  }
  db.pragma(`synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`);
  if (process.platform === 'darwin') {
    db.pragma('fullfsync = ON');
    db.pragma('checkpoint_fullfsync = ON');
  }
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
  // Pages keep no leftovers of what was moved out of them; removed events are overwritten whole.
  db.pragma('secure_delete = FAST');
  db.pragma('journal_size_limit = 67108864');
  // KiB. It is filled with pages that may never be needed again, and nothing of it is given back.
  db.pragma('cache_size = -2000');
  if (version < SCHEMA_VERSION) migrateOnce(db, path);
  // From now on commits are synced aside from the event loop, where they are.
  db.pragma('synchronous = NORMAL');
}

/** Several processes may open a new database at once: one migrates, the others find it done. */
function migrateOnce(db: Database, path: string): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = readVersion(db, path);
    if (version < SCHEMA_VERSION) migrate(db, version);
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/**
 * The schema version of an opened database, as of one state of it: another process may be making it.
 *
 * @throws BrokerError `ERR_STORE_CORRUPT` for another program's, `ERR_STORE_NEWER`.
 */
export function readVersion(db: Database, path: string): number {
  const { version, application, tables } = db.transaction(() => ({
    version: Number(db.pragma('user_version', { simple: true })),
    application: Number(db.pragma('application_id', { simple: true })),
    tables: db.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get(),
  }))();
  if (application !== APPLICATION_ID && (application !== 0 || version !== 0 || tables !== 0)) {
    throw corruptError(path, 'a database of another program');
  }
  if (version > SCHEMA_VERSION) {
    throw new BrokerError(
      'ERR_STORE_NEWER',
      `${path} has version ${version}, this program knows up to ${SCHEMA_VERSION}`,
      { hint: 'run the newer toolgrant that wrote it' },
    );
  }
  return version;
}

/**
 * A check whose cost does not grow with the audit: small databases whole, large ones their state and
 * the end of the chain. Hashes are `verify`'s: an edited event must not keep it from being named.
 */
export function checkWhole(db: Database, path: string): void {
  const bytes = Number(db.pragma('page_count', { simple: true })) * 4096;
  const tables = [
    'rights',
    'grants',
    'open_intents',
    'live_brokers',
    'pinned_servers',
    'checkpoints',
  ];
  const checks =
    bytes <= FULL_CHECK_BYTES ? ['quick_check(1)'] : tables.map((name) => `quick_check(${name})`);
  for (const check of checks) {
    const answer = db.pragma(check, { simple: true });
    if (answer !== 'ok') throw corruptError(path, 'a page check failed');
  }
  // A table that is gone passes every page check.
  const rights = ['sessions', 'pinned_items', 'rule_uses', 'approvals'];
  const index = ['event_stretches', 'event_marks', 'event_numbers', 'log_start'];
  for (const table of [...tables, ...rights, ...index]) db.prepare(`SELECT 1 FROM ${table}`);
  db.prepare('SELECT body FROM events ORDER BY seq DESC LIMIT 1').get();
  if (db.prepare('SELECT epoch FROM rights WHERE id = 1').get() === undefined) {
    throw corruptError(path, 'it has no epoch');
  }
}

/** The database's path in a state directory. */
export const databasePath = (stateDir: string): string => join(stateDir, DATABASE_FILE);
