import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openProfileStore } from '../../src/keystore/open-profile-store.ts';
import { tempState } from './temp-state.ts';

const ALICE = { name: 'claude-desktop-alice', subject: 'alice', createdAt: 1 };

describe('openProfileStore', () => {
  it('finds and lists nothing in a state that does not exist: it makes none', async () => {
    const state = tempState();
    const store = openProfileStore(state);
    expect(await store.find('alice')).toBeUndefined();
    expect(await store.list()).toEqual([]);
    expect(() => statSync(state.stateDir)).toThrow();
  });

  it('keeps what was put, sorted by name: it is the same when opened anew', async () => {
    const state = tempState();
    const bob = { name: 'a-bob', subject: 'bob', createdAt: 2, revokedAt: 3 };
    await openProfileStore(state).put(ALICE);
    await openProfileStore(state).put(bob);
    expect(await openProfileStore(state).find(ALICE.name)).toEqual(ALICE);
    expect(await openProfileStore(state).list()).toEqual([bob, ALICE]);
  });

  it('keeps that a person sits at the client, and takes nothing but `true` for it', async () => {
    const state = tempState();
    const store = openProfileStore(state);
    await store.put({ ...ALICE, isInteractive: true });
    expect(await store.find(ALICE.name)).toEqual({ ...ALICE, isInteractive: true });
    const path = join(state.stateDir, 'profiles', `${ALICE.name}.json`);
    writeFileSync(path, JSON.stringify({ ...ALICE, isInteractive: 'true' }));
    expect(await store.find(ALICE.name)).toEqual(ALICE);
  });

  it('replaces a profile whole: it forgets the mark of revocation', async () => {
    const state = tempState();
    const store = openProfileStore(state);
    await store.put({ ...ALICE, revokedAt: 9 });
    await store.put(ALICE);
    expect(await store.find(ALICE.name)).toEqual(ALICE);
    expect(readdirSync(join(state.stateDir, 'profiles'))).toEqual([`${ALICE.name}.json`]);
  });

  it.each(['../../etc/passwd', '..', '', 'A', 'a/b', 'a\0', 'x'.repeat(49)])(
    'takes %j for no profile: it finds none and keeps none',
    async (name) => {
      const store = openProfileStore(tempState());
      expect(await store.find(name)).toBeUndefined();
      await expect(store.put({ ...ALICE, name })).rejects.toMatchObject({ code: 'ERR_USAGE' });
    },
  );

  it('keeps profiles 0600 and refuses one that others can read: it is ERR_STATE_UNSAFE', async () => {
    const state = tempState();
    const store = openProfileStore(state);
    await store.put(ALICE);
    const path = join(state.stateDir, 'profiles', `${ALICE.name}.json`);
    if (state.uid === undefined) return;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    await expect(store.find(ALICE.name)).rejects.toMatchObject({ code: 'ERR_STATE_UNSAFE' });
  });

  it.each([
    ['not JSON', 'x'],
    ['null', 'null'],
    ['of another name', '{"name":"b","subject":"s","createdAt":1}'],
    ['without a subject', '{"name":"a","createdAt":1}'],
    [
      'with a mark of revocation that is no instant',
      '{"name":"a","subject":"s","createdAt":1,"revokedAt":"yes"}',
    ],
    [
      'with a mark of revocation that is null',
      '{"name":"a","subject":"s","createdAt":1,"revokedAt":null}',
    ],
  ])('refuses a file that is %s: it is ERR_STORE_CORRUPT', async (_, text) => {
    const state = tempState();
    mkdirSync(join(state.stateDir, 'profiles'), { recursive: true, mode: 0o700 });
    writeFileSync(join(state.stateDir, 'profiles', 'a.json'), text, { mode: 0o600 });
    await expect(openProfileStore(state).find('a')).rejects.toMatchObject({
      code: 'ERR_STORE_CORRUPT',
    });
  });
});
