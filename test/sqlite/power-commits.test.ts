import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fdatasync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/verify.ts';
import { newInstanceId } from '../../src/domain/ids.ts';
import { type InjectFault, StoreFault, type StoreStep } from '../../src/sqlite/fault.ts';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { sessionRecord } from '../support/fakes/session-record.ts';
import { type HeldSyncs, heldSyncs } from '../support/sqlite/held-syncs.ts';
import {
  createStateDir,
  createTestClock,
  openTestStores,
  publicKey,
} from '../support/sqlite/test-stores.ts';

const session = sessionRecord({ expiresAt: Number.MAX_SAFE_INTEGER, calls: 0 });
const { id } = session;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('commits that outlive a power cut', () => {
  let state: ReturnType<typeof createStateDir>;
  let stores: Stores;
  let syncs: HeldSyncs;
  let steps: StoreStep[];
  let fault: InjectFault;
  let settled: (number | string)[];

  beforeEach(async () => {
    state = createStateDir();
    syncs = heldSyncs();
    steps = [];
    settled = [];
    fault = () => {};
    stores = await openTestStores(state.stateDir, {
      durability: 'power',
      clock: createTestClock(undefined, 20),
      fault(step) {
        steps.push(step);
        fault(step);
      },
      syncFile: syncs.syncFile,
    });
  });
  afterEach(async () => {
    syncs.letGo();
    await turn();
    stores.close();
    state.remove();
  });

  /** Appends, and notes how that ends. */
  const record = () =>
    stores.admission.record({ code: 'TG1003' }).then(
      ({ seq }) => settled.push(seq),
      ({ code }) => settled.push(code),
    );
  const seqs = async () => (await stores.events.query({})).map(({ seq }) => seq);

  it('settles an append once its commit is synced, and has what comes meanwhile share the next', async () => {
    void record();
    await turn();
    for (let n = 0; n < 20; n += 1) void record();
    await turn();
    expect([settled, steps.filter((step) => step === 'commit').length]).toEqual([[], 1]);
    syncs.end();
    await turn();
    await turn();
    expect([settled, steps.filter((step) => step === 'commit').length]).toEqual([[1], 2]);
    syncs.end();
    await turn();
    expect(settled).toHaveLength(21);
  });

  it('acknowledges nothing that a failed sync may have lost, nor what came meanwhile with it', async () => {
    const both = [record(), turn().then(record)];
    await turn();
    await turn();
    void stores.sessions.open(session, { code: 'TG2002' }).catch(({ code }) => settled.push(code));
    syncs.end('EIO');
    await turn();
    expect(settled).toEqual(['ERR_STORE_FAILED', 'ERR_NOT_COMMITTED']);
    syncs.letGo();
    await Promise.all(both);
    // The next is, and lies after what was kept all the same.
    expect(settled).toEqual(['ERR_STORE_FAILED', 'ERR_NOT_COMMITTED', 3]);
    expect(await verifyAudit(stores.events, { publicKey })).toMatchObject({ ok: true });
  });

  it('opens the database anew after a failed sync, and begins the WAL anew before it writes', async () => {
    void record();
    await turn();
    steps = [];
    syncs.letGo('EIO');
    await turn();
    syncs.letGo();
    await record();
    expect(settled).toEqual(['ERR_STORE_FAILED', 2]);
    expect(steps).toEqual(['open', 'fold', 'begin', 'write', 'commit']);
  });

  it('writes nothing, and reads on, while the WAL cannot be begun anew', async () => {
    void record();
    await turn();
    syncs.end('EIO');
    fault = (step) => {
      if (step === 'fold') throw new StoreFault('SQLITE_IOERR_WRITE');
    };
    for (let n = 0; n < 3; n += 1) await record();
    expect(settled).toEqual(Array(4).fill('ERR_STORE_FAILED'));
    expect(await seqs()).toEqual([1]);
    fault = () => {};
    syncs.letGo();
    await record();
    expect(settled.at(-1)).toBe(2);
  });

  it('waits for another who reads the WAL before it begins it anew', async () => {
    void record();
    await turn();
    const reader = new Sqlite(join(state.stateDir, DATABASE_FILE));
    reader.exec('BEGIN; SELECT * FROM events');
    syncs.letGo('EIO');
    await turn();
    syncs.letGo();
    steps = [];
    const waiting = record();
    await turn();
    expect(steps).toEqual(['open', 'fold']);
    reader.close();
    await waiting;
    expect(settled).toEqual(['ERR_STORE_FAILED', 2]);
  });

  it('acknowledges nothing for as long as syncs fail', async () => {
    syncs.letGo('EIO');
    for (let n = 0; n < 5; n += 1) await record();
    expect(settled).toEqual(Array(5).fill('ERR_STORE_FAILED'));
    syncs.letGo();
    await record();
    expect(settled.at(-1)).toBe(6);
  });

  it('begins the WAL anew after a change of rights that SQLite could not sync', async () => {
    syncs.letGo();
    await stores.sessions.open(session, { code: 'TG2002' });
    fault = (step) => {
      if (step === 'commit') throw new StoreFault('SQLITE_IOERR_FSYNC');
    };
    await expect(stores.sessions.end(id, 'revoked', 1, { code: 'TG2003' })).rejects.toMatchObject({
      code: 'ERR_NOT_COMMITTED',
    });
    fault = () => {};
    steps = [];
    await record();
    expect(steps).toContain('fold');
  });

  it('begins the WAL anew before it closes what a killed broker left open', async () => {
    syncs.letGo();
    await record();
    steps = [];
    await stores.brokers.bury(newInstanceId(randomBytes));
    expect(steps.slice(0, 2)).toEqual(['fold', 'begin']);
  });

  it('says of a change whose sync failed that it may have been kept', async () => {
    syncs.letGo('EIO');
    await expect(stores.sessions.open(session, { code: 'TG2002' })).rejects.toMatchObject({
      code: 'ERR_NOT_COMMITTED',
      hint: expect.stringContaining('may have kept the change'),
    });
  });

  it('leaves a change of rights to SQLite’s own sync', async () => {
    syncs.letGo();
    await stores.sessions.open(session, { code: 'TG2002' });
    const before = syncs.begun;
    await stores.sessions.end(id, 'revoked', 1, { code: 'TG2003' });
    expect(syncs.begun).toBe(before);
  });

  it('settles what was committed when it is closed once that is synced', async () => {
    void record();
    await turn();
    void record();
    stores.close();
    await turn();
    expect(settled).toEqual([]);
    syncs.end();
    syncs.end();
    await turn();
    expect(settled).toEqual([1, 2]);
  });

  it('hands on no checkpoint that a power cut may take away', async () => {
    syncs.letGo();
    await record();
    await stores.checkpoints.seal(0);
    const held = heldSyncs();
    const other = await openTestStores(state.stateDir, {
      durability: 'power',
      syncFile: held.syncFile,
    });
    let read: number | undefined;
    void other.checkpoints.after(0, 10).then(({ length }) => {
      read = length;
    });
    await turn();
    expect([read, held.begun]).toEqual([undefined, 1]);
    held.letGo();
    await turn();
    expect(read).toBe(1);
    other.close();
  });
});

describe('a power cut', () => {
  it.runIf(process.platform !== 'win32')(
    'leaves everything that was acknowledged, after whichever sync it comes',
    async () => {
      const state = createStateDir();
      /** The files as they were when a sync began, which is what it is sure to have kept. */
      const kept: { readonly dir: string; acknowledged: number }[] = [];
      let acknowledged = 0;
      const stores = await openTestStores(state.stateDir, {
        durability: 'power',
        syncFile(file, done) {
          const dir = join(state.stateDir, `cut-${kept.length}`);
          mkdirSync(dir);
          // By another process: closing the database in this one would drop its locks.
          const files = ['', '-wal'].map((part) => join(state.stateDir, DATABASE_FILE + part));
          spawnSync('cp', [...files, dir]);
          fdatasync(file, (error) => {
            // What is acknowledged from now on, up to the next sync's end, must be in this one.
            kept.push({ dir, acknowledged: 0 });
            done(error);
          });
        },
      });
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          for (let n = 0; n < 4; n += 1) {
            const { seq } = await stores.admission.record({ code: 'TG1003' });
            acknowledged = Math.max(acknowledged, seq);
            const last = kept.at(-1);
            if (last !== undefined) last.acknowledged = acknowledged;
          }
        }),
      );
      stores.close();
      expect([acknowledged, kept.at(-1)?.acknowledged]).toEqual([32, 32]);
      for (const { dir, acknowledged: sure } of kept) {
        const found = await openTestStores(dir);
        expect((await found.events.head())?.seq ?? 0).toBeGreaterThanOrEqual(sure);
        expect(await verifyAudit(found.events, { publicKey })).toMatchObject({ ok: true });
        found.close();
      }
      state.remove();
    },
  );
});
