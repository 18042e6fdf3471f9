import { copyFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BrokerError } from '../../src/domain/errors.ts';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { writeSampleChain } from '../support/sqlite/sample-chain.ts';
import { createStateDir, openTestStores } from '../support/sqlite/test-stores.ts';

const LOST = expect.objectContaining({ code: 'ERR_STORE_REPLACED' });

describe('a database that is no longer the one that was opened', () => {
  let state: ReturnType<typeof createStateDir>;
  let stores: Stores;
  let told: BrokerError[];
  const path = () => join(state.stateDir, DATABASE_FILE);
  const edit = (sql: string) => {
    const other = new Sqlite(path());
    other.exec(sql);
    other.close();
  };
  const record = () => stores.admission.record({ code: 'TG6001' });

  beforeEach(async () => {
    state = createStateDir();
    await writeSampleChain(state.stateDir, 3);
    told = [];
    stores = await openTestStores(state.stateDir, { onLost: (error) => told.push(error) });
    stores.admission.epoch();
    await record();
  });
  afterEach(() => {
    stores.close();
    state.remove();
  });

  /** What is no commit is noticed from the next callback on. */
  async function expectLost(): Promise<void> {
    await turn();
    expect(() => stores.admission.epoch()).toThrow(LOST);
    await expect(record()).rejects.toEqual(LOST);
    await expect(stores.sessions.revokeAll({}, 1, () => ({ code: 'TG2003' }))).rejects.toEqual(
      LOST,
    );
    expect(told).toHaveLength(1);
  }

  it('because it was removed fails at every use, and says so once', async () => {
    rmSync(path());
    await expectLost();
  });

  it('because a copy of it was put in its place fails, the same content or not', async () => {
    copyFileSync(path(), `${path()}.copy`);
    renameSync(`${path()}.copy`, path());
    await expectLost();
  });

  it('stays lost when the file that was opened comes back', async () => {
    renameSync(path(), `${path()}.away`);
    await turn();
    expect(() => stores.admission.epoch()).toThrow(LOST);
    renameSync(`${path()}.away`, path());
    await expectLost();
  });

  it('because its epoch went back fails', async () => {
    edit('UPDATE rights SET epoch = epoch - 1');
    await expectLost();
  });

  it('because the end of its chain went back fails at the next append', async () => {
    edit('DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)');
    edit('DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)');
    await expect(record()).rejects.toEqual(LOST);
    await expectLost();
  });

  it('is not one whose last change was undone', async () => {
    const failing = stores.catalog.change('files', () => {
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow();
    expect(stores.admission.epoch()).toBeGreaterThan(0);
    await record();
    expect(told).toEqual([]);
  });
});
