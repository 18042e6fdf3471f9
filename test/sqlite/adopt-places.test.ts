import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeIds } from '../../src/audit/place-id.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { writeSampleChain } from '../support/sqlite/sample-chain.ts';
import { createStateDir, createTestClock, openTestStores } from '../support/sqlite/test-stores.ts';

const URL = 'webhook https://siem.example/in?key=0427';
const idOf = placeIds(new Uint8Array(32).fill(7));
const plain = (place: string) => hash('sha256', place, 'hex').slice(0, 32);

describe('a place that was known by a plain hash', () => {
  let state: ReturnType<typeof createStateDir>;
  let stores: Stores;
  beforeEach(async () => {
    state = createStateDir();
    await writeSampleChain(state.stateDir, 5);
    stores = await openTestStores(state.stateDir, { clock: createTestClock() });
  });
  afterEach(() => {
    stores.close();
    state.remove();
  });

  it('is known by its id under the key of the state, as far as it had got', async () => {
    await stores.shipments.noteSent(plain(URL), 7);
    await stores.checkpoints.noteSent(plain(URL), 5);
    await stores.checkpoints.noteSent(plain('stdout'), 3);
    await stores.checkpoints.noteSent(idOf('stdout').id, 4);
    await stores.checkpoints.noteSent(plain('file /gone'), 9);
    const places = { shipped: [idOf(URL)], anchored: [idOf(URL), idOf('stdout')] };
    await stores.adoptPlaces(places);
    await stores.adoptPlaces(places);
    const { shipped, anchored } = stores.readStateNow(0);
    expect(Object.fromEntries(shipped)).toEqual({ [idOf(URL).id]: 7 });
    expect(Object.fromEntries(anchored)).toEqual({ [idOf(URL).id]: 5, [idOf('stdout').id]: 4 });
  });

  it('has another id in another state, and none that can be tried without the key', () => {
    const { id } = idOf(URL);
    expect(id).toMatch(/^hmac:[0-9a-f]{32}$/);
    expect(placeIds(new Uint8Array(32))(URL).id).not.toBe(id);
    expect(id).not.toContain(plain(URL));
  });
});
