import { setImmediate as turn } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionId } from '../../src/domain/ids.ts';
import type { StoreStep } from '../../src/sqlite/fault.ts';
import { databasePath } from '../../src/sqlite/open-database.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { sampleCall, verifyState, writeSampleChain } from '../support/sqlite/sample-chain.ts';
import { createStateDir, createTestClock, openTestStores } from '../support/sqlite/test-stores.ts';

describe('what a broker remembers of its state', () => {
  let state: ReturnType<typeof createStateDir>;
  let stores: Stores;
  let id: SessionId;
  let fault: (step: StoreStep) => void;
  const clock = createTestClock();

  beforeEach(async () => {
    state = createStateDir();
    id = await writeSampleChain(state.stateDir, 2);
    clock.advance(60_000);
    fault = () => {};
    stores = await openTestStores(state.stateDir, { clock, fault: (step) => fault(step) });
    stores.sessions.find(id);
    await sampleCall(stores, id);
  });
  afterEach(() => {
    stores.close();
    state.remove();
  });

  /** As another process does. */
  function elsewhere(sql: string): void {
    const other = new Sqlite(databasePath(state.stateDir));
    other.exec(sql);
    other.close();
  }
  const found = async () => stores.sessions.find(id)?.state;
  const raise = 'UPDATE rights SET epoch = epoch + 1';

  it('does not outlive its callback, not even until the next one of the same turn', async () => {
    const first = Promise.withResolvers<number>();
    const second = Promise.withResolvers<number>();
    setImmediate(() => {
      const epoch = stores.admission.epoch();
      elsewhere(raise);
      first.resolve(epoch);
    });
    setImmediate(() => second.resolve(stores.admission.epoch()));
    expect(await second.promise).toBe((await first.promise) + 1);
  });

  it.each([
    ['a tick', (run: () => void) => process.nextTick(run)],
    ['a microtask', queueMicrotask],
    [
      'a tick that a microtask behind it asked for',
      (run: () => void) => queueMicrotask(() => process.nextTick(run)),
    ],
  ])('is what was read once in a callback, in %s too', async (_, later) => {
    await turn();
    const epoch = stores.admission.epoch();
    elsewhere(raise);
    const again = Promise.withResolvers<number>();
    later(() => again.resolve(stores.admission.epoch()));
    expect(await again.promise).toBe(epoch);
    await turn();
    expect(stores.admission.epoch()).toBe(epoch + 1);
  });

  it('is current at once where another connection of this process changed it', async () => {
    const other = await openTestStores(state.stateDir, { clock });
    expect(await found()).toBe('active');
    await other.sessions.suspend(id, 1, { code: 'TG2011' });
    const epoch = other.admission.epoch();
    expect([await found(), stores.admission.epoch()]).toEqual(['suspended', epoch]);
    other.close();
  });

  it('is not what an admission or a release stands on', async () => {
    const epoch = stores.admission.epoch();
    const admitted = await stores.admission.admit({ epoch, sessionId: id, intent });
    if (admitted.kind !== 'appended') throw new Error(admitted.kind);
    const outcome = { code: 'TG1002', outcome: 'ok', intent: admitted.seq } as const;
    // Queued in the callback that still believes the epoch, and committed in another.
    const pending = [
      stores.admission.admit({ epoch, sessionId: id, intent }),
      stores.admission.release({ epoch, sessionId: id, outcome }),
    ];
    elsewhere(raise);
    expect(stores.admission.epoch()).toBe(epoch);
    const stale = { kind: 'stale', epoch: epoch + 1 };
    expect(await Promise.all(pending)).toEqual([stale, stale]);
    elsewhere(`UPDATE sessions SET state = 'suspended'`);
    const ended = { kind: 'session_ended', state: 'suspended' };
    expect(await stores.admission.admit({ epoch, sessionId: id, intent })).toEqual(ended);
  });

  it.each(['write', 'commit'] as const)('is nothing of what failed at its %s', async (failing) => {
    const before = stores.sessions.find(id);
    const epoch = stores.admission.epoch();
    fault = (step) => {
      if (step === failing) throw new Error('disk');
    };
    await expect(stores.admission.admit({ epoch, sessionId: id, intent })).rejects.toThrow();
    await expect(stores.sessions.suspend(id, 1, { code: 'TG2011' })).rejects.toThrow();
    fault = () => {};
    expect(stores.sessions.find(id)).toEqual(before);
    await sampleCall(stores, id);
    expect((await verifyState(state.stateDir)).problems).toEqual([]);
  });

  it('is what stands in the database, whoever writes between its own calls', async () => {
    const other = await openTestStores(state.stateDir, { clock });
    const steps: readonly (() => Promise<unknown>)[] = [
      () => sampleCall(stores, id),
      () => sampleCall(other, id),
      () => Promise.all([sampleCall(stores, id), sampleCall(stores, id)]),
      () => stores.sessions.suspend(id, 7, { code: 'TG2011' }),
      () => other.sessions.resume(id, { code: 'TG2012' }),
      async () => elsewhere('UPDATE sessions SET calls = calls + 10'),
      () => other.halts.order({ at: 3 }, { code: 'TG7001' }),
      () => stores.halts.lift({ code: 'TG7002' }),
      () => stores.admission.record({ code: 'TG6001' }),
    ];
    for (let step = 0; step < 60; step += 1) {
      clock.advance(1_000);
      await steps[(step * 5 + Math.floor(step / 8)) % steps.length]?.().catch(() => undefined);
      await turn();
      const fresh = await openTestStores(state.stateDir, { clock });
      const seen = [stores.sessions.find(id), stores.admission.epoch()];
      expect(seen).toEqual([fresh.sessions.find(id), fresh.admission.epoch()]);
      fresh.close();
    }
    expect((await verifyState(state.stateDir)).problems).toEqual([]);
    other.close();
  });
});

const intent = { code: 'TG1001', server: 'files', tool: 'read_file' } as const;
