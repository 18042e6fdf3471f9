import { describe, expect, it } from 'vitest';
import { openSession } from '../../src/admin/open-session.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';

const HOUR = 3_600_000;
const mint = async () => 'the-token';

describe('openSession', () => {
  it('opens a session of eight hours with its event and the token', async () => {
    const { context, state } = fakeAdmin();
    state.grants.set('a', grantRecord({ id: 'a' }));
    const opened = await openSession(context, { subject: 'alice' }, mint);
    expect([opened.token, opened.session.expiresAt - state.now, opened.isCapped]).toEqual([
      'the-token',
      8 * HOUR,
      false,
    ]);
    expect(state.sessions.get(opened.session.id)).toEqual(opened.session);
    expect(state.events).toMatchObject([
      { code: 'TG2002', session: opened.session.id, subject: 'alice', actor: context.actor },
    ]);
  });

  it('is capped by the latest-expiring unrevoked grant', async () => {
    const { context, state } = fakeAdmin();
    state.grants.set('a', grantRecord({ id: 'a', expiresAt: state.now + HOUR }));
    state.grants.set('b', grantRecord({ id: 'b', expiresAt: state.now + 2 * HOUR }));
    state.grants.set('c', grantRecord({ id: 'c', revokedAt: state.now - 1 }));
    const opened = await openSession(context, { subject: 'alice' }, mint);
    expect([opened.session.expiresAt, opened.isCapped]).toEqual([state.now + 2 * HOUR, true]);
  });

  it.each([
    ['no grant', () => []],
    ['an expired grant', (now: number) => [grantRecord({ id: 'a', expiresAt: now })]],
    ['a revoked grant', (now: number) => [grantRecord({ id: 'a', revokedAt: now - 1 })]],
    ['another subject’s grant', () => [grantRecord({ id: 'a', subject: 'bob' })]],
  ])('refuses a subject with %s', async (_, grants) => {
    const { context, state } = fakeAdmin();
    for (const grant of grants(state.now)) state.grants.set(grant.id, grant);
    await expect(openSession(context, { subject: 'alice' }, mint)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
    expect([state.sessions.size, state.events.length]).toEqual([0, 0]);
  });

  it('refuses a life beyond 24 hours', async () => {
    const { context, state } = fakeAdmin();
    state.grants.set('a', grantRecord({ id: 'a' }));
    const wish = { subject: 'alice', lifeMs: 24 * HOUR + 1 };
    await expect(openSession(context, wish, mint)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  it('stores nothing when the token cannot be signed', async () => {
    const { context, state } = fakeAdmin();
    state.grants.set('a', grantRecord({ id: 'a' }));
    const noKey = async () => {
      throw new Error('no key');
    };
    await expect(openSession(context, { subject: 'alice' }, noKey)).rejects.toThrow('no key');
    expect([state.sessions.size, state.events.length]).toEqual([0, 0]);
  });

  it('refuses a client whose profile is revoked', async () => {
    const { context, state } = fakeAdmin();
    state.grants.set('a', grantRecord({ id: 'a' }));
    state.profiles.set('p', { name: 'p', subject: 'alice', createdAt: 1, revokedAt: 2 });
    const wish = { subject: 'alice', client: 'p' };
    await expect(openSession(context, wish, mint)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it.each([
    [undefined, false],
    ['desk', true],
    ['other', false],
  ])('says whether a live grant is for the client %s', async (client, isGranted) => {
    const { context, state } = fakeAdmin();
    state.grants.set('a', grantRecord({ id: 'a', clients: ['desk'] }));
    const wish = { subject: 'alice', ...(client === undefined ? {} : { client }) };
    expect((await openSession(context, wish, mint)).isGranted).toBe(isGranted);
  });
});
