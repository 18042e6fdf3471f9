import { describe, expect, it } from 'vitest';
import type { GrantStore } from '../../src/authorize/grant-store.ts';
import { createPolicyReader } from '../../src/authorize/policy-reader.ts';

function reading(catalogEpoch: () => number) {
  const state = { epoch: 1, reads: 0 };
  const read = createPolicyReader({
    grants: {
      async snapshot() {
        state.reads += 1;
        return { epoch: state.epoch, grants: [] };
      },
    } as unknown as GrantStore,
    epoch: () => state.epoch,
    servers: async () => ({ epoch: catalogEpoch(), servers: new Map() }),
  });
  return { state, read };
}

describe('the policy reader', () => {
  it('reads again as soon as the epoch has moved, and not before', async () => {
    const { state, read } = reading(() => state.epoch);
    await read('alice');
    await read('alice');
    expect(state.reads).toBe(1);
    state.epoch = 2;
    expect((await read('alice')).epoch).toBe(2);
    expect(state.reads).toBe(2);
  });

  it('keeps subjects apart', async () => {
    const { state, read } = reading(() => state.epoch);
    await read('alice');
    await read('bob');
    expect(state.reads).toBe(2);
  });

  it('never mixes grants of one epoch with definitions of another', async () => {
    let epoch = 0;
    const { read } = reading(() => {
      epoch -= 1;
      return epoch;
    });
    await expect(read('alice')).rejects.toMatchObject({ code: 'ERR_STORE_CONTENDED' });
  });
});
