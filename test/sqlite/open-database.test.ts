import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { migrate, SCHEMA_VERSION } from '../../src/sqlite/migrations.ts';
import { DATABASE_FILE, openDatabaseWaiting, readVersion } from '../../src/sqlite/open-database.ts';
import { createStateDir, createTestClock, openTestStores } from '../support/sqlite/test-stores.ts';

describe('opening the database', () => {
  let state: ReturnType<typeof createStateDir>;
  let path: string;

  beforeEach(() => {
    state = createStateDir();
    path = join(state.stateDir, DATABASE_FILE);
  });
  afterEach(() => state.remove());

  async function makeDatabase(): Promise<void> {
    const stores = await openTestStores(state.stateDir);
    await stores.admission.record({ code: 'TG6001' });
    stores.close();
  }

  /** Changes a closed database as another program would. */
  function edit(sql: string): void {
    const db = new Sqlite(path);
    db.exec(sql);
    db.close();
  }

  const code = async (): Promise<unknown> =>
    openTestStores(state.stateDir, { clock: createTestClock(0, 1_000) }).then(
      (stores) => stores.close(),
      (error: { code: string }) => error.code,
    );

  it.runIf(process.platform !== 'win32')('makes files that only their owner can read', async () => {
    const stores = await openTestStores(state.stateDir);
    await stores.admission.record({ code: 'TG6001' });
    const modes = readdirSync(state.stateDir).map((name) => [
      name,
      statSync(join(state.stateDir, name)).mode & 0o777,
    ]);
    stores.close();
    expect(modes).toEqual([
      [DATABASE_FILE, 0o600],
      [`${DATABASE_FILE}-shm`, 0o600],
      [`${DATABASE_FILE}-wal`, 0o600],
    ]);
  });

  it.runIf(process.platform !== 'win32')('closes a file that others could read', async () => {
    await makeDatabase();
    chmodSync(path, 0o644);
    expect(await code()).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each(['power', 'process'] as const)(
    'leaves the sync of each commit to who makes it: durability "%s"',
    async (durability) => {
      const db = await openDatabaseWaiting(path, durability, createTestClock());
      expect(db.pragma('synchronous', { simple: true })).toBe(1);
      expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
      expect(db.pragma('busy_timeout', { simple: true })).toBe(0);
      db.close();
    },
  );

  it('refuses a database of a newer version and names both', async () => {
    await makeDatabase();
    edit('PRAGMA user_version = 1000');
    await expect(openTestStores(state.stateDir)).rejects.toMatchObject({
      code: 'ERR_STORE_NEWER',
      message: expect.stringMatching(new RegExp(`version 1000.*up to ${SCHEMA_VERSION}$`)),
    });
  });

  it('refuses a file that is no database', async () => {
    writeFileSync(path, 'this is not a database, it is a text of some length'.repeat(100), {
      mode: 0o600,
    });
    expect(await code()).toBe('ERR_STORE_CORRUPT');
  });

  it('refuses a database of another program and leaves it as it is', async () => {
    edit('CREATE TABLE theirs (x)');
    expect(await code()).toBe('ERR_STORE_CORRUPT');
    const db = new Sqlite(path);
    expect(db.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['theirs']);
    db.close();
  });

  it('does not take one for it that another process makes while it is looked at', () => {
    const [db, maker] = [new Sqlite(path), new Sqlite(path)];
    maker.pragma('journal_mode = WAL');
    const pragma = db.pragma.bind(db);
    vi.spyOn(db, 'pragma').mockImplementation((source, options) => {
      const answer = pragma(source, options);
      if (source === 'application_id') maker.transaction(() => migrate(maker, 0))();
      return answer;
    });
    expect([readVersion(db, path), readVersion(maker, path)]).toEqual([0, SCHEMA_VERSION]);
    db.close();
    maker.close();
  });

  it('refuses a database that was cut short', async () => {
    await makeDatabase();
    truncateSync(path, 4096 * 5);
    expect(await code()).toBe('ERR_STORE_CORRUPT');
  });

  it('refuses a database with a damaged page', async () => {
    await makeDatabase();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, 4096 * 4);
    closeSync(file);
    expect(await code()).toBe('ERR_STORE_CORRUPT');
  });

  it('refuses a folder in the database’s place', async () => {
    mkdirSync(path);
    expect(await code()).toBe('ERR_STORE_CORRUPT');
  });

  it('says that another program holds the database for itself, after trying for a while', async () => {
    await makeDatabase();
    const db = new Sqlite(path);
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE');
    const found = await code();
    db.close();
    expect(found).toBe('ERR_STORE_LOCKED');
  });

  it('waits for a program that lets go in time', async () => {
    await makeDatabase();
    const script = `const Sqlite = require('better-sqlite3'); const db = new Sqlite(process.argv[1]);
      db.pragma('locking_mode = EXCLUSIVE'); db.exec('BEGIN EXCLUSIVE'); console.log('held');
      process.stdin.on('data', () => { db.close(); process.exit(); });`;
    const holder = spawn(process.execPath, ['-e', script, path], {
      cwd: join(import.meta.dirname, '../..'),
    });
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const opening = openTestStores(state.stateDir, { clock: createTestClock() });
    holder.stdin.write('go\n');
    const stores = await opening;
    expect(stores.admission.epoch()).toBe(1);
    stores.close();
  });

  it('opens while another connection is in the middle of a write', async () => {
    await makeDatabase();
    const db = new Sqlite(path);
    db.exec('BEGIN IMMEDIATE');
    expect(await code()).toBeUndefined();
    db.close();
  });

  it.runIf(process.platform !== 'win32')(
    'says that a read-only database cannot be written',
    async () => {
      await makeDatabase();
      chmodSync(path, 0o400);
      if (process.getuid?.() !== 0) {
        expect(await code()).toBe('ERR_STORE_READ_ONLY');
        return;
      }
      // Root may write anything: ask as somebody else.
      for (const name of ['', DATABASE_FILE]) chownSync(join(state.stateDir, name), 65534, 65534);
      const opener = join(import.meta.dirname, '../support/sqlite/open-worker.ts');
      const answer = execFileSync(process.execPath, [opener, state.stateDir, '65534']);
      expect(String(answer)).toBe('ERR_STORE_READ_ONLY');
    },
  );
});
