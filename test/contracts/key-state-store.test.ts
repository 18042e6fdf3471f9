import { describe, expect, it } from 'vitest';
import { ContractState } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

describe.each(IMPLEMENTATIONS)('$name key state store', (implementation) => {
  const state = new ContractState(implementation);

  it('retires keys once, with the event, and leaves their sessions and the epoch alone', async () => {
    const { keyStates, sessions, admission, events } = state.stores;
    const { id } = await state.openSession({ keyId: 'old' });
    const epoch = admission.epoch();
    await keyStates.retire(['old'], 5, { code: 'TG7003' });
    await keyStates.retire(['old'], 6, { code: 'TG7003' });
    expect(await keyStates.list()).toEqual([{ kid: 'old', retiredAt: 5 }]);
    expect(sessions.find(id)?.state).toBe('active');
    expect(admission.epoch()).toBe(epoch);
    expect(await events.query({ code: 'TG7003' })).toHaveLength(2);
  });

  it('revokes keys and the sessions opened with them in one epoch, others left alone', async () => {
    const { keyStates, sessions, admission, events } = state.stores;
    await keyStates.retire(['older'], 5, { code: 'TG7003' });
    const opened = [
      await state.openSession({ keyId: 'old' }),
      await state.openSession({ keyId: 'older' }),
      await state.openSession({ keyId: 'new' }),
      await state.openSession(),
    ];
    await sessions.suspend(opened[1]?.id ?? 'ses_', 1, { code: 'TG2011' });
    const epoch = admission.epoch();
    const before = await keyStates.revoke(['old', 'older'], 9, { code: 'TG7004' }, () => ({
      code: 'TG2003',
    }));
    expect(before.map(({ keyId }) => keyId)).toEqual(['old', 'older']);
    const now = await Promise.all(opened.map(async ({ id }) => sessions.find(id)?.state));
    expect(now).toEqual(['revoked', 'revoked', 'active', 'active']);
    expect(await keyStates.list()).toEqual([
      { kid: 'older', retiredAt: 5, revokedAt: 9 },
      { kid: 'old', retiredAt: 9, revokedAt: 9 },
    ]);
    const noted = (await events.query({})).slice(-3).map((event) => [event.code, event.epoch]);
    expect(noted).toEqual([
      ['TG7004', epoch + 1],
      ['TG2003', epoch + 1],
      ['TG2003', epoch + 1],
    ]);
  });

  it('opens no session with a revoked key, and keeps the key of one that is open', async () => {
    const { keyStates, sessions } = state.stores;
    const kept = await state.openSession({ keyId: 'new' });
    expect(sessions.find(kept.id)?.keyId).toBe('new');
    await keyStates.revoke(['old'], 9, { code: 'TG7004' }, () => ({ code: 'TG2003' }));
    const late = { ...kept, id: 'ses_late', tokenId: 'tok_late', keyId: 'old' } as const;
    expect(await sessions.open(late, { code: 'TG2002' })).toBe('key_revoked');
    expect(sessions.find(late.id)).toBeUndefined();
  });

  it('says when the last session opened with each key expires, of those that have not ended', async () => {
    const { keyStates, sessions } = state.stores;
    await state.openSession({ keyId: 'a', expiresAt: 10 });
    await state.openSession({ keyId: 'a', expiresAt: 30 });
    const ended = await state.openSession({ keyId: 'a', expiresAt: 90 });
    await sessions.end(ended.id, 'revoked', 1, { code: 'TG2003' });
    await state.openSession({ expiresAt: 99 });
    expect(await keyStates.lastExpiries()).toEqual(new Map([['a', 30]]));
  });
});
