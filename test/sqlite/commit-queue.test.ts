import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoreStep } from '../../src/sqlite/fault.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { createStateDir, createTestClock, openTestStores } from '../support/sqlite/test-stores.ts';

describe('CommitQueue', () => {
  let state: ReturnType<typeof createStateDir>;
  let stores: Stores;
  let commits: number;
  const clock = createTestClock();

  beforeEach(async () => {
    state = createStateDir();
    commits = 0;
    const fault = (step: StoreStep) => {
      if (step === 'commit') commits += 1;
    };
    stores = await openTestStores(state.stateDir, { clock, fault });
  });
  afterEach(() => {
    stores.close();
    state.remove();
  });

  const record = () => stores.admission.record({ code: 'TG1003' });

  it('commits concurrent appends together', async () => {
    await Promise.all(Array.from({ length: 40 }, record));
    expect(commits).toBe(1);
  });

  it('commits a lone append within one turn of the event loop', async () => {
    let isDone = false;
    void record().then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([isDone, commits]).toEqual([true, 1]);
  });

  it.each([
    ['a moment', 49, 1],
    ['no longer', 50, 2],
  ])('leaves others a turn more once some shared a commit, for %s', async (_, ms, made) => {
    await Promise.all([record(), record()]);
    clock.advance(ms);
    commits = 0;
    const first = record();
    // Runs after the turn in which a lone one is committed.
    const second = new Promise((resolve) => setImmediate(() => resolve(record())));
    await Promise.all([first, second]);
    expect(commits).toBe(made);
  });

  it('keeps order over more appends than one transaction takes', async () => {
    const seqs = (await Promise.all(Array.from({ length: 600 }, record))).map(({ seq }) => seq);
    expect(seqs).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    expect(commits).toBe(3);
  });

  it('commits what is queued when it is closed, and rejects what comes later', async () => {
    const queued = record();
    stores.close();
    expect((await queued).seq).toBe(1);
    await expect(record()).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
  });

  it('answers beyond its bound at once', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 8_200 }, record));
    const rejected = answers.filter(({ status }) => status === 'rejected');
    expect(rejected).toHaveLength(8);
    expect(rejected[0]).toMatchObject({ reason: { code: 'ERR_STORE_CONTENDED' } });
  });
});
