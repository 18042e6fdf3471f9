import { describe, expect, it } from 'vitest';
import { revokeSession } from '../../src/admin/revoke-session.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { sessionId, sessionRecord } from '../support/fakes/session-record.ts';

function withSession(overrides = {}) {
  const admin = fakeAdmin();
  const session = sessionRecord(overrides);
  admin.state.sessions.set(session.id, session);
  return { ...admin, session };
}

describe('revokeSession', () => {
  it('revokes with the actor and asks live brokers', async () => {
    const { context, state, session, answers } = withSession();
    state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    answers.set('ins_a', { kind: 'drained', cancelled: 1 });
    const revoked = await revokeSession(context, session.id);
    expect([revoked.wasEnded, revoked.drain.reached, revoked.drain.cancelled]).toEqual([
      false,
      1,
      1,
    ]);
    expect(state.sessions.get(session.id)?.state).toBe('revoked');
    expect(state.events).toMatchObject([
      { code: 'TG2003', session: session.id, actor: context.actor },
    ]);
  });

  it('shuts the profile that opened it', async () => {
    const { context, state, session } = withSession({ client: 'desk' });
    state.profiles.set('desk', { name: 'desk', subject: 'alice', createdAt: 1 });
    const revoked = await revokeSession(context, session.id);
    expect([revoked.profile, state.profiles.get('desk')?.revokedAt]).toEqual(['desk', state.now]);
  });

  it('leaves a record of a profile it shuts for a session that had ended', async () => {
    const { context, state, session } = withSession({ client: 'desk', state: 'expired' });
    state.profiles.set('desk', { name: 'desk', subject: 'alice', createdAt: 1 });
    await revokeSession(context, session.id);
    await revokeSession(context, session.id);
    expect(state.events).toMatchObject([{ code: 'TG2007', client: 'desk', subject: 'alice' }]);
  });

  it('keeps the profile shut when the session cannot be ended', async () => {
    const { context, state, session } = withSession({ client: 'desk' });
    state.profiles.set('desk', { name: 'desk', subject: 'alice', createdAt: 1 });
    state.failsToCommit = true;
    await expect(revokeSession(context, session.id)).rejects.toMatchObject({
      code: 'ERR_NOT_COMMITTED',
    });
    expect(state.profiles.get('desk')?.revokedAt).toBe(state.now);
  });

  it('leaves a profile alone that was made anew after the session ended', async () => {
    const { context, state, session } = withSession({
      client: 'desk',
      state: 'revoked',
      endedAt: 10,
    });
    state.profiles.set('desk', { name: 'desk', subject: 'alice', createdAt: 20 });
    const revoked = await revokeSession(context, session.id);
    expect([revoked.wasEnded, state.profiles.get('desk')?.revokedAt]).toEqual([true, undefined]);
  });

  it('writes nothing for a session already revoked, and asks brokers again', async () => {
    const { context, state, session, answers } = withSession({ state: 'revoked', endedAt: 1 });
    state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    answers.set('ins_a', { kind: 'silent' });
    const revoked = await revokeSession(context, session.id);
    expect([revoked.wasEnded, revoked.drain.silent.length, state.events.length]).toEqual([
      true,
      1,
      0,
    ]);
  });

  it('names other sessions of the same subject and client', async () => {
    const { context, state, session } = withSession({ client: 'desk' });
    const other = sessionRecord({ id: sessionId('2'), client: 'desk' });
    const elsewhere = sessionRecord({ id: sessionId('3'), client: 'other' });
    state.sessions.set(other.id, other);
    state.sessions.set(elsewhere.id, elsewhere);
    expect((await revokeSession(context, session.id)).alsoActive).toEqual([other.id]);
  });

  it.each([
    ['ERR_USAGE', 'nonsense'],
    ['ERR_NOT_FOUND', sessionId('9')],
  ])('fails with %s for %s', async (code, id) => {
    const { context } = fakeAdmin();
    await expect(revokeSession(context, id)).rejects.toMatchObject({ code });
  });
});
