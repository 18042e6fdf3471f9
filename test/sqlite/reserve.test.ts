import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreFault } from '../../src/sqlite/fault.ts';
import { DATABASE_FILE } from '../../src/sqlite/open-database.ts';
import { RESERVE_BYTES, Reserve } from '../../src/sqlite/reserve.ts';
import { createStateDir, createTestClock, openTestStores } from '../support/sqlite/test-stores.ts';

let state: ReturnType<typeof createStateDir>;
let path: string;
beforeEach(() => {
  state = createStateDir();
  path = join(state.stateDir, DATABASE_FILE);
});
afterEach(() => state.remove());

const size = () => statSync(`${path}-reserve`, { throwIfNoEntry: false })?.size;

describe('the room that is kept back', () => {
  it('is made once, for its owner alone, given up whole, and had back when there is room', () => {
    const reserve = new Reserve(path);
    expect([reserve.isSpent(), size()]).toEqual([false, undefined]);
    expect([reserve.keep(), size()]).toEqual([true, RESERVE_BYTES]);
    expect(statSync(`${path}-reserve`).mode & 0o777).toBe(0o600);
    expect([reserve.give(), size(), reserve.give()]).toEqual([true, 0, false]);
    expect([new Reserve(path).isSpent(), size()]).toEqual([false, RESERVE_BYTES]);
  });

  it('is nothing where it cannot be made', () => {
    const reserve = new Reserve(join(state.stateDir, 'nowhere', DATABASE_FILE));
    expect([reserve.keep(), reserve.give(), reserve.isSpent()]).toEqual([false, false, false]);
  });

  it('lets a change of rights be made on a disk that is full, once', async () => {
    let isFull = false;
    const stores = await openTestStores(state.stateDir, {
      fault(step) {
        // Room is what a reserve that was given up makes.
        if (isFull && step === 'commit' && size() !== 0) throw new StoreFault('SQLITE_FULL');
      },
    });
    const halt = () => stores.halts.order({ at: 1 }, { code: 'TG7001' });
    isFull = true;
    await expect(halt()).rejects.toMatchObject({ code: 'ERR_NOT_COMMITTED' });
    stores.keepReserve();
    await halt();
    expect(await stores.halts.current()).toBeDefined();
    stores.close();
  });

  it('lets no call begin soon after another process gave it up for good', async () => {
    const clock = createTestClock();
    const stores = await openTestStores(state.stateDir, { clock });
    const admit = () =>
      stores.admission.admit({ epoch: 1, sessionId: 'ses_none', intent: { code: 'TG1001' } });
    stores.keepReserve();
    await admit();
    rmSync(`${path}-reserve`);
    writeFileSync(`${path}-other`, '');
    // What is no file of its own is never filled again.
    symlinkSync(`${path}-other`, `${path}-reserve`);
    clock.advance(20);
    await expect(admit()).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
    stores.close();
  });
});
