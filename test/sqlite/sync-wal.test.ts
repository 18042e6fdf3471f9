import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import { syncWal } from '../../src/sqlite/sync-wal.ts';
import { createStateDir, openTestStores } from '../support/sqlite/test-stores.ts';

describe('syncWal', () => {
  let state: ReturnType<typeof createStateDir>;
  const path = () => join(state.stateDir, DATABASE_FILE);
  beforeEach(() => {
    state = createStateDir();
  });
  afterEach(() => state.remove());

  it('leaves a database in use as it is', async () => {
    const stores = await openTestStores(state.stateDir, { durability: 'process' });
    await stores.admission.record({ code: 'TG6001' });
    await stores.sync();
    await stores.admission.record({ code: 'TG6001' });
    expect(await stores.events.query({ code: 'TG6001' })).toHaveLength(2);
    stores.close();
  });

  it('has nothing to do where there is no WAL', () => {
    expect(() => syncWal(path())).not.toThrow();
  });

  it('fails with ERR_STORE_FAILED where the WAL cannot be opened', () => {
    mkdirSync(`${path()}-wal`);
    expect(() => syncWal(path())).toThrow(expect.objectContaining({ code: 'ERR_STORE_FAILED' }));
  });
});
