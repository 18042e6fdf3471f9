import { describe, expect, it } from 'vitest';
import { followEvents } from '../../src/audit/follow.ts';
import { createStateDir, openTestStores } from '../support/sqlite/test-stores.ts';

describe('followEvents', () => {
  it('yields what is there and what is appended later, once each, until it is stopped', async () => {
    const { stateDir, remove } = createStateDir();
    const stores = await openTestStores(stateDir);
    await stores.admission.record({ code: 'TG6001' });
    const stop = new AbortController();
    const seqs: number[] = [];
    let waits = 0;
    const wait = async () => {
      waits += 1;
      if (waits < 3) await stores.admission.record({ code: 'TG1003' });
      else stop.abort();
    };
    for await (const { seq } of followEvents(stores.events, {}, { signal: stop.signal, wait })) {
      seqs.push(seq);
    }
    expect(seqs).toEqual([1, 2, 3]);
    stores.close();
    remove();
  });
});
