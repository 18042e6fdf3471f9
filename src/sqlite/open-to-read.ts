import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite, { type Database } from 'better-sqlite3';
import type { ApprovalStore } from '../approve/approval-store.ts';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import { listApprovals } from './approval-rows.ts';
import { SqliteCatalogStore } from './catalog-store.ts';
import { SqliteEventStore } from './event-store.ts';
import { SqliteGrantStore } from './grant-store.ts';
import { SqliteHaltStore } from './halt-store.ts';
import { SqliteLiveBrokerStore } from './live-broker-store.ts';
import { SCHEMA_VERSION } from './migrations.ts';
import { checkWhole, databasePath, readVersion } from './open-database.ts';
import type { Stores } from './open-stores.ts';
import { readEpoch } from './rights-epoch.ts';
import { isBusy, lockedError, openError } from './sqlite-errors.ts';
import { StateDatabase } from './state-database.ts';

const LOCK_WAIT_MS = 1_000;
const LOCK_PAUSE_MS = 20;

/** A state that is only looked at. */
export interface ReadableState {
  /** The schema version it has, and the one this program writes. */
  readonly version: number;
  readonly currentVersion: number;
  /** What it holds; absent while its version is an older one. Methods that write fail. */
  readonly stores?: Pick<Stores, 'events' | 'grants' | 'catalog' | 'brokers' | 'halts'> & {
    readonly approvals: Pick<ApprovalStore, 'list'>;
    epoch(): number;
  };
  close(): void;
}

/**
 * Opens `<stateDir>/toolgrant.db` to look at it: nothing is made, migrated, recorded or repaired.
 *
 * @returns `undefined` when there is no database.
 * @throws BrokerError `ERR_STORE_NEWER`, `ERR_STORE_CORRUPT`, `ERR_STORE_LOCKED` (after 1 s),
 * `ERR_STORE_READ_ONLY`, `ERR_STORE_FAILED`.
 */
export async function openToRead(
  stateDir: string,
  clock: Clock,
): Promise<ReadableState | undefined> {
  const path = databasePath(stateDir);
  if (!isThere(path)) return undefined;
  const giveUpAt = clock.monotonicMs() + LOCK_WAIT_MS;
  for (;;) {
    const connection = openOnce(path);
    if (connection !== undefined) return readable(connection, path, clock);
    if (clock.monotonicMs() >= giveUpAt) throw lockedError(path);
    await sleep(LOCK_PAUSE_MS);
  }
}

/** A state that this user may not look into is not one that is missing. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new BrokerError('ERR_STORE_FAILED', `${path} cannot be examined: ${code}`, {
      cause: error,
      hint: 'run this as the user the state belongs to',
    });
  }
}

function readable(connection: Database, path: string, clock: Clock): ReadableState {
  const version = readVersion(connection, path);
  const facts = { version, currentVersion: SCHEMA_VERSION };
  if (version < SCHEMA_VERSION) return { ...facts, close: () => connection.close() };
  const db = new StateDatabase({
    db: connection,
    path,
    durability: 'process',
    clock,
    fault: () => {},
    // Each use of it fails from then on, which is all there is to tell.
    onLost: () => {},
    openAgain: () => openOnce(path),
  });
  const append = () => {
    throw new BrokerError('ERR_INTERNAL', 'this state is only read');
  };
  return {
    ...facts,
    stores: {
      approvals: { list: async (filter) => db.read(() => listApprovals(db, filter), true) },
      events: new SqliteEventStore(db),
      grants: new SqliteGrantStore(db, append),
      catalog: new SqliteCatalogStore(db, append),
      brokers: new SqliteLiveBrokerStore(db, append),
      halts: new SqliteHaltStore(db, append),
      epoch: () => db.read(() => readEpoch(db)),
    },
    close: () => db.close(),
  };
}

/** Opens a database to look at it; `undefined` while it is locked. @throws BrokerError `ERR_STORE_*`. */
export function openOnce(path: string): Database | undefined {
  let db: Database | undefined;
  try {
    // A read-only connection leaves `-wal` and `-shm` behind where there were none; another, the last
    // to go, writes a WAL that a killed broker left into the database. So each where it changes nothing.
    db = new Sqlite(path, {
      readonly: existsSync(`${path}-wal`),
      fileMustExist: true,
      timeout: 0,
    });
    db.pragma('query_only = ON');
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    if (readVersion(db, path) === SCHEMA_VERSION) checkWhole(db, path);
    return db;
  } catch (error) {
    db?.close();
    if (isBusy(error)) return undefined;
    throw openError(path, error);
  }
}
