import { describe, expect, it } from 'vitest';
import { resumeSession, suspendSession } from '../../src/admin/suspend-session.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { sessionId, sessionRecord } from '../support/fakes/session-record.ts';

function withSession(overrides = {}) {
  const admin = fakeAdmin();
  const session = sessionRecord(overrides);
  admin.state.sessions.set(session.id, session);
  return { ...admin, session };
}

describe('suspendSession', () => {
  it('suspends with the actor, asks live brokers, and names what is still active', async () => {
    const { context, state, session, answers } = withSession({ client: 'desk' });
    const other = sessionRecord({ id: sessionId('2'), client: 'desk' });
    state.sessions.set(other.id, other);
    state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    answers.set('ins_a', { kind: 'drained', cancelled: 1 });
    const { drain, ...done } = await suspendSession(context, session.id);
    expect(done).toEqual({ session, wasSuspended: false, alsoActive: [other.id] });
    expect(drain.cancelled).toBe(1);
    expect(state.events).toMatchObject([
      { code: 'TG2011', session: session.id, client: 'desk', actor: context.actor },
    ]);
  });

  it('writes nothing for a session already suspended, and asks brokers again', async () => {
    const { context, state, session } = withSession({ state: 'suspended', endedAt: 1 });
    state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    const done = await suspendSession(context, session.id);
    expect([done.wasSuspended, done.drain.reached, state.events]).toEqual([true, 1, []]);
  });

  it.each([
    [{ state: 'revoked', endedAt: 1 }],
    [{ state: 'expired', endedAt: 1 }],
    [{ expiresAt: 5 }],
  ])('fails with ERR_NOT_FOUND for a session that is over: %j', async (overrides) => {
    const { context, state, session } = withSession(overrides);
    for (const change of [suspendSession, resumeSession]) {
      await expect(change(context, session.id)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    }
    expect([state.events, state.sessions.get(session.id)]).toEqual([[], session]);
  });
});

describe('resumeSession', () => {
  it('lifts a suspension, with the actor', async () => {
    const { context, state, session } = withSession({ state: 'suspended', endedAt: 1 });
    const done = await resumeSession(context, session.id);
    expect(done).toEqual({ session, wasActive: false, isExpired: false });
    expect(state.sessions.get(session.id)?.state).toBe('active');
    expect(state.events).toMatchObject([{ code: 'TG2012', actor: context.actor }]);
  });

  it('lifts one whose time passed meanwhile, and says so', async () => {
    const { context, session } = withSession({ state: 'suspended', endedAt: 1, expiresAt: 5 });
    expect(await resumeSession(context, session.id)).toMatchObject({ isExpired: true });
  });

  it('writes nothing for an active session', async () => {
    const { context, state, session } = withSession();
    expect(await resumeSession(context, session.id)).toMatchObject({ wasActive: true });
    expect(state.events).toEqual([]);
  });
});
