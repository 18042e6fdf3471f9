import { describe, expect, it } from 'vitest';
import type { GrantStore } from '../../src/authorize/grant-store.ts';
import { createPolicyReader } from '../../src/authorize/policy-reader.ts';

function reading(catalogEpoch: () => number) {
  const state = { epoch: 1, reads: 0 };
  const read = createPolicyReader({
    grants: {
      snapshot() {
        state.reads += 1;
        return { epoch: state.epoch, grants: [] };
      },
    } as unknown as GrantStore,
    epoch: () => state.epoch,
    servers: () => ({ epoch: catalogEpoch(), servers: new Map() }),
  });
  return { state, read };
}

describe('the policy reader', () => {
  it('reads again as soon as the epoch has moved, and not before', () => {
    const { state, read } = reading(() => state.epoch);
    read('alice');
    read('alice');
    expect(state.reads).toBe(1);
    state.epoch = 2;
    expect(read('alice').epoch).toBe(2);
    expect(state.reads).toBe(2);
  });

  it('keeps subjects apart', () => {
    const { state, read } = reading(() => state.epoch);
    read('alice');
    read('bob');
    expect(state.reads).toBe(2);
  });

  it('never mixes grants of one epoch with definitions of another', () => {
    let epoch = 0;
    const { read } = reading(() => {
      epoch -= 1;
      return epoch;
    });
    expect(() => read('alice')).toThrow(expect.objectContaining({ code: 'ERR_STORE_CONTENDED' }));
  });
});
