import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/verify.ts';
import { StoreFault, type StoreStep } from '../../src/sqlite/fault.ts';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { sessionRecord } from '../support/fakes/session-record.ts';
import {
  createStateDir,
  createTestClock,
  openTestStores,
  publicKey,
} from '../support/sqlite/test-stores.ts';

const session = sessionRecord({ expiresAt: Number.MAX_SAFE_INTEGER, calls: 0 });
const { id } = session;

describe('a store that fails', () => {
  let state: ReturnType<typeof createStateDir>;
  let stores: Stores;
  let fault: (step: StoreStep) => void;

  beforeEach(async () => {
    fault = () => {};
    state = createStateDir();
    stores = await openTestStores(state.stateDir, {
      clock: createTestClock(undefined, 20),
      fault: (step) => fault(step),
    });
    await stores.sessions.open(session, { code: 'TG2002' });
  });

  afterEach(() => {
    stores.close();
    state.remove();
  });

  const admit = () =>
    stores.admission.admit({
      epoch: 1,
      sessionId: id,
      intent: { code: 'TG1001', server: 's', tool: 't' },
    });

  /** Fails the `k`-th of the given steps, once. */
  function failAt(k: number, steps: readonly StoreStep[], code: string): void {
    let seen = 0;
    fault = (step) => {
      if (!steps.includes(step)) return;
      seen += 1;
      if (seen === k) throw new StoreFault(code);
    };
  }

  const codes = ['SQLITE_IOERR_WRITE', 'SQLITE_IOERR_FSYNC', 'SQLITE_FULL', 'SQLITE_CORRUPT'];
  const places = codes.flatMap((code) => [1, 2, 3, 4, 5, 6, 7].map((k) => [code, k] as const));

  it.each(places)('acknowledges exactly what it holds with %s at step %i', async (code, k) => {
    failAt(k, ['begin', 'write', 'commit', 'open'], code);
    const acknowledged: number[] = [];
    for (let call = 0; call < 6; call += 1) {
      try {
        const admitted = await admit();
        if (admitted.kind === 'appended') acknowledged.push(admitted.seq);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_STORE_FAILED' });
      }
    }
    fault = () => {};
    const held = await stores.events.query({ code: 'TG1001' });
    expect(held.map(({ seq }) => seq)).toEqual(acknowledged);
    expect(acknowledged).toHaveLength(5);
    expect(await verifyAudit(stores.events, { publicKey })).toMatchObject({ ok: true });
  });

  it('rejects every append that shared the failed commit', async () => {
    failAt(1, ['commit'], 'SQLITE_IOERR_FSYNC');
    const answers = await Promise.allSettled([admit(), admit(), admit()]);
    expect(answers).toMatchObject(
      [1, 2, 3].map(() => ({ status: 'rejected', reason: { code: 'ERR_STORE_FAILED' } })),
    );
    expect(await stores.events.query({ code: 'TG1001' })).toEqual([]);
  });

  it('opens the database anew before it believes anything again', async () => {
    failAt(1, ['commit'], 'SQLITE_IOERR_FSYNC');
    await expect(admit()).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
    const steps: StoreStep[] = [];
    fault = (step) => steps.push(step);
    stores.admission.epoch();
    expect(steps).toEqual(['open', 'read']);
  });

  it('fails every use while opening anew fails, and works when it works', async () => {
    fault = (step) => {
      if (step === 'commit' || step === 'open') throw new StoreFault('SQLITE_IOERR');
    };
    await expect(admit()).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
    expect(() => stores.admission.epoch()).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_FAILED' }),
    );
    await expect(admit()).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
    expect(() => stores.sessions.find(id)).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_FAILED' }),
    );
    fault = () => {};
    expect((await admit()).kind).toBe('appended');
  });

  it.each(['read', 'open'] as const)('does not answer with an epoch it could not %s', (step) => {
    fault = (at) => {
      if (at === 'read' || at === step) throw new StoreFault('SQLITE_IOERR_READ');
    };
    expect(() => stores.admission.epoch()).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_FAILED' }),
    );
  });

  it.each([
    ['write', undefined],
    // The WAL may hold it whole, and who recovers the database finds it.
    ['commit', expect.stringContaining('may have kept the change')],
  ] as const)('says that a revocation is not committed when its %s failed', async (step, hint) => {
    failAt(1, [step], 'SQLITE_IOERR_FSYNC');
    await expect(stores.sessions.end(id, 'revoked', 1, { code: 'TG2003' })).rejects.toMatchObject({
      code: 'ERR_NOT_COMMITTED',
      hint,
    });
    expect(stores.sessions.find(id)?.state).toBe('active');
  });

  it('fails when the database was removed under it', async () => {
    for (const part of ['', '-wal', '-shm']) {
      rmSync(join(state.stateDir, DATABASE_FILE + part), { force: true });
    }
    expect(() => stores.admission.epoch()).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_REPLACED' }),
    );
    await expect(admit()).rejects.toMatchObject({ code: 'ERR_STORE_REPLACED' });
  });

  it('fails after it was closed', async () => {
    stores.close();
    await expect(admit()).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
    expect(() => stores.admission.epoch()).toThrow(
      expect.objectContaining({ code: 'ERR_STORE_FAILED' }),
    );
  });

  describe('because another connection holds the lock', () => {
    let holder: Sqlite.Database;

    beforeEach(() => {
      holder = new Sqlite(join(state.stateDir, DATABASE_FILE));
      holder.exec('BEGIN IMMEDIATE');
    });
    afterEach(() => holder.close());

    it('refuses an admission as contended', async () => {
      expect(await admit()).toEqual({ kind: 'contended' });
    });

    it('rejects a record as contended', async () => {
      await expect(stores.admission.record({ code: 'TG1003' })).rejects.toMatchObject({
        code: 'ERR_STORE_CONTENDED',
      });
    });

    it('gives up an admin change as not committed', async () => {
      const clock = createTestClock(undefined, 6_000);
      const admin = await openTestStores(state.stateDir, { clock });
      await expect(admin.sessions.end(id, 'revoked', 1, { code: 'TG2003' })).rejects.toMatchObject({
        code: 'ERR_NOT_COMMITTED',
      });
      admin.close();
    });

    it('reads on, and admits as soon as the lock is free', async () => {
      expect(stores.admission.epoch()).toBe(1);
      const admitted = admit();
      await new Promise((resolve) => setImmediate(resolve));
      holder.exec('COMMIT');
      expect((await admitted).kind).toBe('appended');
    });
  });
});
