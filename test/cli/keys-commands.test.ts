import { describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { sessionId, sessionRecord } from '../support/fakes/session-record.ts';

function withSession() {
  const cli = fakeCli();
  const session = sessionRecord({ keyId: 'kid-1' });
  cli.state.sessions.set(session.id, session);
  return cli;
}

const NOBODY = { reached: 0, total: 0, cancelled: 0, elapsedMs: 0, silent: [] };

describe('toolgrant keys rotate', () => {
  it('signs with a new key and keeps sessions of the old one, with the actor in the audit', async () => {
    const cli = withSession();
    const { code, stdout } = await cli.run('keys', 'rotate');
    expect([code, stdout]).toEqual([
      0,
      'kid-2 signs from now on\nkid-1 is good until its last token is\n',
    ]);
    expect(cli.state.sessions.get(sessionId('1'))?.state).toBe('active');
    expect(cli.state.events).toMatchObject([
      { code: 'TG7003', actor: cli.context.actor, detail: { kid: 'kid-2', retired: ['kid-1'] } },
    ]);
  });

  it('--revoke ends sessions of every older key, retired ones too, and removes the keys', async () => {
    const cli = withSession();
    await cli.run('keys', 'rotate');
    const { code, stdout } = await cli.run('keys', 'rotate', '--revoke', '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        kid: 'kid-3',
        retired: [],
        revoked: ['kid-1', 'kid-2'],
        sessions: [sessionId('1')],
        brokers: NOBODY,
      },
    ]);
    expect(await cli.context.keys.sessionKeys()).toEqual([{ kid: 'kid-3', madeAt: 0 }]);
    const again = await cli.run('keys', 'rotate', '--revoke');
    expect(again.stdout).toBe(
      'kid-4 signs from now on\nrevoked 1 key and 0 sessions\n0 of 0 brokers, 0 ms, 0 calls cancelled\n',
    );
  });

  it('keeps the old keys when the revocation cannot be committed', async () => {
    const cli = withSession();
    cli.state.failsToCommit = true;
    expect((await cli.run('keys', 'rotate', '--revoke')).code).toBe(4);
    expect(await cli.context.keys.findSessionKey('kid-1')).toBeDefined();
  });
});

describe('toolgrant keys list', () => {
  it('shows what each key is good for, and never what it holds', async () => {
    const cli = withSession();
    await cli.run('keys', 'rotate');
    const { stdout } = await cli.run('keys', 'list', '--json');
    const none = { revokedAt: null, lastExpiresAt: null };
    expect(JSON.parse(stdout)).toEqual([
      {
        ...none,
        kid: 'kid-1',
        state: 'retired',
        madeAt: '1970-01-01T00:00:00Z',
        retiredAt: '2026-11-22T12:00:00Z',
        lastExpiresAt: '2026-11-22T19:00:00Z',
      },
      { ...none, kid: 'kid-2', state: 'signing', madeAt: '1970-01-01T00:00:00Z', retiredAt: null },
    ]);
  });

  it('tells a retired key whose last token has expired, and a revoked one, from the others', async () => {
    const cli = withSession();
    await cli.run('keys', 'rotate', '--revoke');
    await cli.run('keys', 'rotate');
    const { stdout } = await cli.run('keys', 'list');
    expect(stdout).toBe(
      'KEY    STATE    MADE                  LAST TOKEN EXPIRES\n' +
        'kid-1  revoked  -                     -\n' +
        'kid-2  expired  1970-01-01T00:00:00Z  -\n' +
        'kid-3  signing  1970-01-01T00:00:00Z  -\n',
    );
  });
});
