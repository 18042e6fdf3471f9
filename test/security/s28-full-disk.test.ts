import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newSessionId, newTokenId } from '../../src/domain/ids.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { RESERVE_BYTES } from '../../src/sqlite/reserve.ts';
import { SAMPLE_RULE, verifyState, writeSampleChain } from '../support/sqlite/sample-chain.ts';
import { createStateDir, openTestStores } from '../support/sqlite/test-stores.ts';

/** A disk of its own, this small. */
const DISK = '24m';

const place = createStateDir();
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tmpfs', place.stateDir]);
const isMounted = mounted.status === 0;

describe.skipIf(!isMounted)('S28 a disk that is full', () => {
  const reserve = join(place.stateDir, 'toolgrant.db-reserve');
  const filler = join(place.stateDir, 'filler');
  let sessionId: Awaited<ReturnType<typeof writeSampleChain>>;
  const open: Stores[] = [];

  beforeAll(async () => {
    sessionId = await writeSampleChain(place.stateDir, 0);
  });
  afterEach(() => {
    for (const stores of open.splice(0)) stores.close();
    rmSync(filler, { force: true });
  });
  afterAll(() => {
    spawnSync('umount', [place.stateDir]);
    place.remove();
  });

  /** A broker's stores, and a second process's. */
  async function opened(): Promise<Stores> {
    const stores = await openTestStores(place.stateDir, { durability: 'power' });
    open.push(stores);
    expect(stores.keepReserve()).toBe(true);
    return stores;
  }

  /** Takes all the room there is, as anything on the machine can. */
  function fillUp(): void {
    const block = Buffer.alloc(64 * 1024);
    try {
      for (;;) writeFileSync(filler, block, { flag: 'a' });
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
    try {
      for (;;) writeFileSync(filler, Buffer.alloc(1), { flag: 'a' });
    } catch {
      // Not a byte is left.
    }
  }

  const admit = ({ admission }: Stores) =>
    admission.admit({
      epoch: admission.epoch(),
      sessionId,
      intent: { code: 'TG1001', server: 'files', tool: 'read', rule: SAMPLE_RULE },
    });

  /** Calls until the disk takes no more: what the WAL had room for is used up first. */
  async function callUntilFull(stores: Stores): Promise<void> {
    for (let calls = 0; calls < 5_000; calls += 1) {
      try {
        await admit(stores);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_STORE_FAILED' });
        return;
      }
    }
    throw new Error('the disk was never full');
  }

  it('takes no call, records what is refused then, hundreds of times, and lets rights be taken away', async () => {
    const stores = await opened();
    const other = await opened();
    const victim = newSessionId(randomBytes);
    const session = { id: victim, subject: 'bob', tokenId: newTokenId(randomBytes), openedAt: 1 };
    const [expiresAt, state] = [Number.MAX_SAFE_INTEGER, 'active'] as const;
    await stores.sessions.open({ ...session, expiresAt, state, calls: 0 }, { code: 'TG2002' });
    fillUp();
    await callUntilFull(stores);
    expect(statSync(reserve).size).toBe(0);
    const before = (await stores.events.head())?.seq ?? 0;
    for (let refused = 0; refused < 300; refused += 1) {
      for (const one of [stores, other]) {
        await expect(admit(one)).rejects.toMatchObject({
          message: 'the disk is full: nothing new begins',
        });
      }
      await stores.admission.record({ code: 'TG1003', outcome: 'failed', reason: 'failed' });
    }
    const ended = await other.sessions.end(victim, 'revoked', 1, { code: 'TG2003' });
    expect(ended?.state).toBe('active');
    expect((await stores.events.head())?.seq).toBe(before + 301);
    expect(await verifyState(place.stateDir)).toMatchObject({ ok: true });
  });

  it('serves again once there is room, and keeps some back again', async () => {
    const stores = await opened();
    expect(statSync(reserve).size).toBe(RESERVE_BYTES);
    fillUp();
    await callUntilFull(stores);
    rmSync(filler);
    expect(await admit(stores)).toMatchObject({ kind: 'appended' });
    expect(statSync(reserve).size).toBe(RESERVE_BYTES);
    expect(statSync(reserve).mode & 0o777).toBe(0o600);
  });
});
