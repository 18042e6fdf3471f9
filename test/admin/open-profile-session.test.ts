import { describe, expect, it } from 'vitest';
import { openProfileSession } from '../../src/admin/open-profile-session.ts';
import { resumeSession, suspendSession } from '../../src/admin/suspend-session.ts';
import { principalOf } from '../../src/session/judge-session.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';

const STDIO = { transport: 'stdio' } as const;

function withProfile(overrides = {}) {
  const admin = fakeAdmin();
  admin.state.profiles.set('desk', { name: 'desk', subject: 'alice', createdAt: 1, ...overrides });
  return admin;
}

describe('openProfileSession', () => {
  it('opens a session of the profile’s subject, as its client, with its event', async () => {
    const { context, state } = withProfile();
    const session = await openProfileSession(context, 'desk', STDIO);
    expect(session).toMatchObject({ subject: 'alice', client: 'desk', state: 'active' });
    expect(state.events).toMatchObject([{ code: 'TG2002', client: 'desk', actor: context.actor }]);
  });

  it.each([
    [{ isInteractive: true }, true],
    [{}, undefined],
  ])('has a person at its client only where the profile says so: %j', async (profile, expected) => {
    const { context, state } = withProfile(profile);
    const session = await openProfileSession(context, 'desk', STDIO);
    if ('refused' in session) throw new Error(session.refused);
    expect(session.isInteractive).toBe(expected);
    expect(principalOf(session).isInteractive).toBe(expected);
    expect(JSON.stringify(state.events).includes('interactive')).toBe(expected ?? false);
  });

  it('is capped by the latest-expiring grant for this client', async () => {
    const { context, state } = withProfile();
    const soon = state.now + 60_000;
    state.grants.set('a', grantRecord({ id: 'a', expiresAt: soon }));
    state.grants.set('b', grantRecord({ id: 'b', clients: ['other'] }));
    expect(await openProfileSession(context, 'desk', STDIO)).toMatchObject({ expiresAt: soon });
  });

  it.each([
    ['profile_unknown', 'nobody', {}],
    ['profile_revoked', 'desk', { revokedAt: 2 }],
  ])('refuses with %s', async (refused, name, overrides) => {
    const { context, state } = withProfile(overrides);
    expect(await openProfileSession(context, name, STDIO)).toEqual({ refused });
    expect(state.sessions.size).toBe(0);
  });

  it('refuses with profile_suspended while a session of it is, and no longer once it is resumed', async () => {
    const { context } = withProfile();
    const first = await openProfileSession(context, 'desk', STDIO);
    if ('refused' in first) throw new Error(first.refused);
    await suspendSession(context, first.id);
    expect(await openProfileSession(context, 'desk', STDIO)).toEqual({
      refused: 'profile_suspended',
    });
    await resumeSession(context, first.id);
    expect(await openProfileSession(context, 'desk', STDIO)).toMatchObject({ client: 'desk' });
  });

  it('opens a session for a profile made anew since the suspension', async () => {
    const { context, state } = withProfile();
    const first = await openProfileSession(context, 'desk', STDIO);
    if ('refused' in first) throw new Error(first.refused);
    await suspendSession(context, first.id);
    state.now += 1;
    await context.profiles.put({ name: 'desk', subject: 'alice', createdAt: state.now });
    expect(await openProfileSession(context, 'desk', STDIO)).toMatchObject({ client: 'desk' });
  });

  it('leaves no usable session when the profile is shut while it opens', async () => {
    const { context, state } = withProfile();
    const racing = {
      ...context,
      sessions: {
        ...context.sessions,
        open: async (...args: Parameters<typeof context.sessions.open>) => {
          const refused = await context.sessions.open(...args);
          const profile = await context.profiles.find('desk');
          if (profile !== undefined) await context.profiles.put({ ...profile, revokedAt: 5 });
          return refused;
        },
      },
    };
    expect(await openProfileSession(racing, 'desk', STDIO)).toEqual({ refused: 'profile_revoked' });
    expect([...state.sessions.values()].map((session) => session.state)).toEqual(['revoked']);
    expect(state.codes).toEqual(['TG2002', 'TG2003']);
  });
});
