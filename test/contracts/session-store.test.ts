import { describe, expect, it } from 'vitest';
import { ContractState } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

describe.each(IMPLEMENTATIONS)('$name session store', (implementation) => {
  const state = new ContractState(implementation);

  it('finds a session as it was opened', async () => {
    const session = await state.openSession({
      client: 'desktop',
      purpose: 'triage',
      isInteractive: true,
    });
    expect(state.stores.sessions.find(session.id)).toEqual(session);
  });

  it('finds nothing for an unknown id', async () => {
    expect(state.stores.sessions.find('ses_unknown')).toBeUndefined();
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

  it('remembers the first use once, and the same again is nothing', async () => {
    const { id } = await state.openSession();
    const use = { at: 5, transport: 'http', clientName: 'a', clientVersion: '1' } as const;
    const other = await state.reopen();
    await state.stores.sessions.noteUse(id, use, () => ({ code: 'TG2005' }));
    await other.sessions.noteUse(id, { ...use, at: 9 }, () => ({ code: 'TG2005' }));
    // Says nothing of itself, as most requests of the 2025 era do.
    await other.sessions.noteUse(id, { at: 10, transport: 'http' }, () => ({ code: 'TG2016' }));
    expect(state.stores.sessions.find(id)?.firstUse).toEqual(use);
    expect(await state.stores.events.query({ session: id })).toMatchObject([
      { code: 'TG2002' },
      { code: 'TG2005', subject: 'alice' },
    ]);
  });

  it('remembers each other use once, in order, and hands over the first', async () => {
    const { id } = await state.openSession();
    const first = { at: 1, transport: 'http', clientName: 'a', clientVersion: '1' } as const;
    const uses = [
      first,
      { ...first, at: 2, clientName: 'b' },
      { ...first, at: 3, clientVersion: '2' },
      { at: 4, transport: 'stdio' },
      { ...first, at: 5, remote: '192.0.2.1' },
    ] as const;
    const firsts: unknown[] = [];
    for (const stores of [state.stores, await state.reopen()]) {
      for (const use of uses) {
        await stores.sessions.noteUse(id, use, (known) => {
          firsts.push(known);
          return { code: known === undefined ? 'TG2005' : 'TG2016' };
        });
      }
    }
    const found = state.stores.sessions.find(id);
    expect([found?.firstUse, found?.otherUses]).toEqual([first, uses.slice(1)]);
    expect(firsts).toEqual([undefined, first, first, first, first]);
    expect(await state.stores.events.query({ code: 'TG2016' })).toHaveLength(4);
  });

  it('remembers eight other uses of a client that names itself anew each time', async () => {
    const { id } = await state.openSession();
    for (let n = 0; n < 20; n += 1) {
      const use = { at: n, transport: 'http', clientName: `c${n}`, clientVersion: '1' } as const;
      await state.stores.sessions.noteUse(id, use, () => ({ code: 'TG2016' }));
    }
    expect(state.stores.sessions.find(id)?.otherUses).toHaveLength(8);
    expect(await state.stores.events.query({ code: 'TG2016' })).toHaveLength(9);
  });

  it('ends a session with its event and the next epoch, and answers what it was', async () => {
    const session = await state.openSession();
    const epoch = state.stores.admission.epoch();
    const event = { code: 'TG2003', reason: 'lost laptop' } as const;
    expect(await state.stores.sessions.end(session.id, 'revoked', 77, event)).toEqual(session);
    expect(state.stores.sessions.find(session.id)).toMatchObject({
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

  it('suspends and resumes with the next epoch each time, and answers what it was', async () => {
    const session = await state.openSession();
    const epoch = state.stores.admission.epoch();
    const { sessions, admission, events } = state.stores;
    expect(await sessions.suspend(session.id, 77, { code: 'TG2011' })).toEqual(session);
    const suspended = { ...session, state: 'suspended', endedAt: 77 };
    expect(sessions.find(session.id)).toEqual(suspended);
    expect(await state.admit(session.id)).toEqual({ kind: 'session_ended', state: 'suspended' });
    expect(await sessions.resume(session.id, { code: 'TG2012' })).toEqual(suspended);
    expect(sessions.find(session.id)).toEqual(session);
    expect(admission.epoch()).toBe(epoch + 2);
    const noted = (await events.query({ session: session.id })).slice(1);
    expect(noted.map((event) => [event.code, event.epoch])).toEqual([
      ['TG2011', epoch + 1],
      ['TG2012', epoch + 2],
    ]);
  });

  it('neither suspends nor resumes what was revoked', async () => {
    const { id } = await state.openSession();
    const { sessions } = state.stores;
    await sessions.suspend(id, 1, { code: 'TG2011' });
    await sessions.end(id, 'revoked', 2, { code: 'TG2003' });
    const epoch = state.stores.admission.epoch();
    await sessions.resume(id, { code: 'TG2012' });
    await sessions.suspend(id, 3, { code: 'TG2011' });
    expect(sessions.find(id)).toMatchObject({ state: 'revoked', endedAt: 2 });
    expect(state.stores.admission.epoch()).toBe(epoch);
  });

  it.each([
    ['the same subject and client', {}, 0, 'client_suspended'],
    ['a client made anew since', {}, 78, undefined],
    ['another subject', { subject: 'bob' }, 0, undefined],
    ['another client', { client: 'other' }, 0, undefined],
  ] as const)('while a session is suspended, opens one of %s: %s %i %s', async (...row) => {
    const [, members, madeAt, answer] = row;
    const { id } = await state.openSession({ client: 'desk' });
    await state.stores.sessions.suspend(id, 77, { code: 'TG2011' });
    const session = { ...(await state.openSession()), client: 'desk', ...members };
    const next = { ...session, id: 'ses_next', tokenId: 'tok_next' } as const;
    const { sessions } = state.stores;
    expect(await sessions.open(next, { code: 'TG2002' }, madeAt)).toBe(answer);
    expect(sessions.find(next.id) === undefined).toBe(answer !== undefined);
  });

  it('revokes a group in one epoch, suspended and out of time included, others left alone', async () => {
    const { sessions, admission, events } = state.stores;
    const active = await state.openSession({ client: 'desk' });
    const resting = await state.openSession();
    await sessions.suspend(resting.id, 1, { code: 'TG2011' });
    const late = await state.openSession({ expiresAt: state.clock.now() });
    const ended = await state.openSession();
    await sessions.end(ended.id, 'expired', 1, { code: 'TG2004' });
    const other = await state.openSession({ subject: 'bob' });
    const epoch = admission.epoch();
    const before = await sessions.revokeAll({ subject: 'alice' }, 9, () => ({ code: 'TG2003' }));
    expect(before.map(({ id }) => id).sort()).toEqual([active.id, resting.id, late.id].sort());
    const now = await Promise.all(
      [active, resting, late, ended, other].map(async ({ id }) => sessions.find(id)?.state),
    );
    expect(now).toEqual(['revoked', 'revoked', 'revoked', 'expired', 'active']);
    expect((await events.query({ code: 'TG2003' })).map((event) => event.epoch)).toEqual(
      Array.from({ length: 3 }, () => epoch + 1),
    );
    expect(admission.epoch()).toBe(epoch + 1);
  });

  it('revokes a client after its header, and writes nothing for a group without session and header', async () => {
    const { sessions, admission, events } = state.stores;
    await state.openSession({ client: 'desk' });
    const epoch = admission.epoch();
    const eventOf = () => ({ code: 'TG2003' }) as const;
    await sessions.revokeAll({ client: 'nobody' }, 9, eventOf);
    expect(admission.epoch()).toBe(epoch);
    await sessions.revokeAll({ client: 'desk' }, 9, eventOf, { code: 'TG2013', client: 'desk' });
    const codes = (await events.query({})).map(({ code }) => code);
    expect(codes.slice(-2)).toEqual(['TG2013', 'TG2003']);
  });
});
