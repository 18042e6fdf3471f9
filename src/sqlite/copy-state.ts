import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StateCopy } from '../audit/upkeep-store.ts';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import { SqliteEventStore } from './event-store.ts';
import { openOnce } from './open-to-read.ts';
import { corruptError } from './sqlite-errors.ts';
import { StateDatabase } from './state-database.ts';

/**
 * Copies a state into a file of its own beside `path`, private from its first byte, and opens it to be
 * looked at. One reading transaction: writers go on, and nothing they do meanwhile is half in it.
 */
export async function copyState(db: StateDatabase, path: string, clock: Clock): Promise<StateCopy> {
  if (existsSync(path)) throw takenError(path);
  const part = `${path}.part`;
  const discard = () => {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(part + end, { force: true });
  };
  make(part);
  try {
    db.read(() => db.connection.prepare('VACUUM INTO ?').run(part));
    // SQLite does not sync what it writes so.
    sync(part);
    const copy = openCopy(part, clock);
    return {
      events: new SqliteEventStore(copy),
      async keep() {
        copy.close();
        try {
          // Unlike a rename it replaces nothing.
          linkSync(part, path);
        } catch (error) {
          throw isCode(error, 'EEXIST') ? takenError(path) : failed(path, error);
        } finally {
          discard();
        }
        if (process.platform !== 'win32') sync(dirname(path));
      },
      async discard() {
        copy.close();
        discard();
      },
    };
  } catch (error) {
    discard();
    throw error;
  }
}

function make(part: string): void {
  try {
    closeSync(openSync(part, 'wx', 0o600));
  } catch (error) {
    throw isCode(error, 'EEXIST') ? takenError(part) : failed(part, error);
  }
}

function openCopy(path: string, clock: Clock): StateDatabase {
  const connection = openOnce(path);
  if (connection === undefined) throw corruptError(path, 'it is locked');
  if (connection.pragma('quick_check(1)', { simple: true }) !== 'ok') {
    connection.close();
    throw corruptError(path, 'a page check failed');
  }
  return new StateDatabase({
    db: connection,
    path,
    durability: 'process',
    clock,
    fault: () => {},
    onLost: () => {},
    openAgain: () => openOnce(path),
  });
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const isCode = (error: unknown, code: string): boolean =>
  (error as NodeJS.ErrnoException).code === code;

const takenError = (path: string): BrokerError =>
  new BrokerError('ERR_USAGE', `${path} is there already`, { hint: 'name a file that is not' });

const failed = (path: string, error: unknown): BrokerError =>
  new BrokerError(
    'ERR_STORE_FAILED',
    `${path} cannot be written: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`,
    { cause: error, hint: 'name a file in a folder that is there, and that you may write in' },
  );
