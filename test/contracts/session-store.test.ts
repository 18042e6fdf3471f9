import { describe, expect, it } from 'vitest';
import { ContractState } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

describe.each(IMPLEMENTATIONS)('$name session store', (implementation) => {
  const state = new ContractState(implementation);

  it('finds a session as it was opened', async () => {
    const session = await state.openSession({ client: 'desktop', purpose: 'triage' });
    expect(await state.stores.sessions.find(session.id)).toEqual(session);
  });

  it('finds nothing for an unknown id', async () => {
    expect(await state.stores.sessions.find('ses_unknown')).toBeUndefined();
  });

  it('does not open a session twice', async () => {
    const session = await state.openSession();
    await expect(state.stores.sessions.open(session, { code: 'TG2002' })).rejects.toMatchObject({
      code: 'ERR_INTERNAL',
    });
  });

  it('records an opening without moving the epoch', async () => {
    const epoch = state.stores.admission.epoch();
    const { id } = await state.openSession();
    expect(state.stores.admission.epoch()).toBe(epoch);
    expect(await state.stores.events.query({ session: id })).toMatchObject([
      { code: 'TG2002', subject: 'alice' },
    ]);
  });

  it('lists by subject and by being active at an instant', async () => {
    const alice = await state.openSession();
    await state.openSession({ subject: 'bob' });
    const short = await state.openSession({ expiresAt: state.clock.now() + 1 });
    const ended = await state.openSession();
    await state.stores.sessions.end(ended.id, 'revoked', 1, { code: 'TG2003' });
    const found = await state.stores.sessions.list({
      subject: 'alice',
      activeAt: state.clock.now() + 1,
    });
    expect(found.map(({ id }) => id)).toEqual([alice.id]);
    const all = await state.stores.sessions.list({ subject: 'alice' });
    expect(all.map(({ id }) => id)).toEqual([alice.id, short.id, ended.id].sort());
  });

  it('remembers the first use once', async () => {
    const { id } = await state.openSession();
    const use = { at: 5, transport: 'http', clientName: 'a', remote: '127.0.0.1' } as const;
    await state.stores.sessions.noteFirstUse(id, use, { code: 'TG2005' });
    await state.stores.sessions.noteFirstUse(id, { ...use, at: 9 }, { code: 'TG2005' });
    expect((await state.stores.sessions.find(id))?.firstUse).toEqual(use);
    expect(await state.stores.events.query({ code: 'TG2005' })).toHaveLength(1);
  });

  it('ends a session with its event and the next epoch, and answers what it was', async () => {
    const session = await state.openSession();
    const epoch = state.stores.admission.epoch();
    const event = { code: 'TG2003', reason: 'lost laptop' } as const;
    expect(await state.stores.sessions.end(session.id, 'revoked', 77, event)).toEqual(session);
    expect(await state.stores.sessions.find(session.id)).toMatchObject({
      state: 'revoked',
      endedAt: 77,
    });
    expect(await state.stores.events.query({ code: 'TG2003' })).toMatchObject([
      { session: session.id, subject: 'alice', epoch: epoch + 1, reason: 'lost laptop' },
    ]);
  });

  it('leaves an ended session as it is, without an event', async () => {
    const { id } = await state.openSession();
    await state.stores.sessions.end(id, 'revoked', 1, { code: 'TG2003' });
    const epoch = state.stores.admission.epoch();
    const before = await state.stores.sessions.end(id, 'expired', 2, { code: 'TG2004' });
    expect(before).toMatchObject({ state: 'revoked', endedAt: 1 });
    expect(state.stores.admission.epoch()).toBe(epoch);
    expect(await state.stores.events.query({ code: 'TG2004' })).toEqual([]);
  });

  it('answers undefined for the end of a session that is not there', async () => {
    const answer = await state.stores.sessions.end('ses_none', 'revoked', 1, { code: 'TG2003' });
    expect(answer).toBeUndefined();
  });
});
