import { describe, expect, it } from 'vitest';
import { findClient, listClients } from '../../src/admin/list-clients.ts';
import { revokeClient } from '../../src/admin/revoke-client.ts';
import { revokeSessions } from '../../src/admin/revoke-sessions.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { sessionId, sessionRecord } from '../support/fakes/session-record.ts';

/** Alice with two profiles and three sessions, one of them suspended, and bob with one of each. */
function household() {
  const admin = fakeAdmin();
  const { state } = admin;
  for (const [name, subject] of [
    ['desk', 'alice'],
    ['code', 'alice'],
    ['other', 'bob'],
  ] as const) {
    state.profiles.set(name, { name, subject, createdAt: 1 });
  }
  for (const session of [
    sessionRecord({ id: sessionId('1'), client: 'desk' }),
    sessionRecord({ id: sessionId('2'), client: 'code', state: 'suspended', endedAt: 2 }),
    sessionRecord({ id: sessionId('3') }),
    sessionRecord({ id: sessionId('4'), subject: 'bob', client: 'other' }),
  ]) {
    state.sessions.set(session.id, session);
  }
  state.grants.set('a', grantRecord({ id: 'a' }));
  state.grants.set('z', grantRecord({ id: 'z', revokedAt: 1 }));
  const states = () => [...state.sessions.values()].map((session) => session.state);
  const shut = () =>
    [...state.profiles.values()].flatMap((one) => (one.revokedAt === undefined ? [] : [one.name]));
  return { ...admin, states, shut };
}

describe('revokeSessions', () => {
  it('ends every session of a subject, shuts its profiles, and names the grants that stay', async () => {
    const { context, state, states, shut } = household();
    const { drain: _, ...revoked } = await revokeSessions(context, 'alice');
    expect(revoked).toEqual({
      sessions: [sessionId('1'), sessionId('2'), sessionId('3')],
      profiles: ['code', 'desk'],
      grants: ['a'],
    });
    expect(states()).toEqual(['revoked', 'revoked', 'revoked', 'active']);
    expect(shut()).toEqual(['desk', 'code']);
    expect(
      state.events.map(({ code, session, client, actor }) => [code, session ?? client, actor]),
    ).toEqual([
      ...['1', '2', '3'].map((mark) => ['TG2003', sessionId(mark), context.actor]),
      ...['desk', 'code'].map((name) => ['TG2007', name, context.actor]),
    ]);
  });

  it('leaves a record where it shuts profiles and there is no session to end', async () => {
    const { context, state } = household();
    state.sessions.clear();
    await revokeSessions(context, 'bob');
    await revokeSessions(context, 'bob');
    expect(state.events).toMatchObject([
      { code: 'TG2007', client: 'other', subject: 'bob', detail: { why: 'revoked' } },
    ]);
  });

  it('ends everybody’s sessions without a subject', async () => {
    const { context, states, shut } = household();
    await revokeSessions(context, undefined);
    expect([states().every((state) => state === 'revoked'), shut().length]).toEqual([true, 3]);
  });

  it('keeps the profiles shut when the sessions cannot be ended', async () => {
    const { context, state, shut } = household();
    state.failsToCommit = true;
    await expect(revokeSessions(context, 'alice')).rejects.toMatchObject({
      code: 'ERR_NOT_COMMITTED',
    });
    expect(shut()).toEqual(['desk', 'code']);
  });

  it('fails with ERR_NOT_FOUND for a subject nothing names, and not for one that has ended', async () => {
    const { context } = household();
    await expect(revokeSessions(context, 'nobody')).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
    await revokeSessions(context, 'bob');
    expect(await revokeSessions(context, 'bob')).toMatchObject({ sessions: [], grants: [] });
  });
});

describe('revokeClient', () => {
  it('shuts the profile and ends every session through it, one event of the client first', async () => {
    const { context, state, states, shut } = household();
    const revoked = await revokeClient(context, 'desk');
    expect(revoked).toMatchObject({ subject: 'alice', sessions: [sessionId('1')] });
    expect([shut(), states()]).toEqual([['desk'], ['revoked', 'suspended', 'active', 'active']]);
    expect(state.events).toMatchObject([
      { code: 'TG2013', client: 'desk', subject: 'alice', actor: context.actor },
      { code: 'TG2003', session: sessionId('1') },
    ]);
  });

  it('fails with ERR_NOT_FOUND for a client there is not', async () => {
    await expect(revokeClient(household().context, 'none')).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });
});

describe('listClients', () => {
  it('orders by name and says who, in what state, and what is live', async () => {
    const { context } = household();
    await revokeClient(context, 'desk');
    const clients = await listClients(context);
    expect(clients.map(({ profile, state, live }) => [profile.name, state, live.length])).toEqual([
      ['code', 'suspended', 1],
      ['desk', 'revoked', 0],
      ['other', 'active', 1],
    ]);
    expect(await listClients(context, 'bob')).toHaveLength(1);
    expect((await findClient(context, 'desk')).last?.id).toBe(sessionId('1'));
  });
});
