import { describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { sessionId, sessionRecord } from '../support/fakes/session-record.ts';

function granted() {
  const cli = fakeCli();
  cli.state.grants.set('a', grantRecord({ id: 'a' }));
  return cli;
}

describe('toolgrant session open', () => {
  it('prints the token alone on standard output', async () => {
    const { code, stdout, stderr } = await granted().run(
      'session',
      'open',
      '--subject',
      'alice',
      '--ttl',
      '1h',
    );
    expect([code, stdout]).toEqual([0, 'THE.TO.KEN\n']);
    expect(stderr).toBe(
      'session ses_11111111111111111111111111111111 of alice, until 2026-11-22T13:00:00Z; the token is shown once\n' +
        'next: npx toolgrant session revoke ses_11111111111111111111111111111111\n',
    );
  });

  it('prints id, token and expiresAt with --json', async () => {
    const argv = ['session', 'open', '--subject', 'alice', '--json'];
    const { stdout } = await granted().run(...argv);
    expect(JSON.parse(stdout)).toEqual({
      id: sessionId('1'),
      token: 'THE.TO.KEN',
      expiresAt: '2026-11-22T20:00:00Z',
    });
  });

  it.each([
    [5, ['--subject', 'nobody']],
    [2, ['--subject', 'alice', '--ttl', '25h']],
    [2, []],
  ])('exits with %d for %j and prints no token', async (code, argv) => {
    const done = await granted().run('session', 'open', ...argv);
    expect([done.code, done.stdout]).toEqual([code, '']);
    expect(done.stderr).toMatch(/^error: /);
  });

  it('warns when no live grant is for the client', async () => {
    const cli = fakeCli();
    cli.state.grants.set('a', grantRecord({ id: 'a', clients: ['desk'] }));
    const { stderr } = await cli.run('session', 'open', '--subject', 'alice');
    expect(stderr).toContain('warning: every live grant of alice is for named clients');
  });
});

describe('toolgrant session list', () => {
  it('prints usable sessions in the order they were opened, no token among them', async () => {
    const cli = fakeCli();
    for (const session of [
      sessionRecord({ id: sessionId('3'), openedAt: 3 }),
      sessionRecord({ id: sessionId('2'), openedAt: 2 }),
      sessionRecord({ id: sessionId('1'), state: 'revoked' }),
      sessionRecord({ id: sessionId('4'), expiresAt: cli.state.now }),
    ]) {
      cli.state.sessions.set(session.id, session);
    }
    const some = await cli.run('session', 'list', '--json');
    const all = await cli.run('session', 'list', '--all', '--json');
    const ids = (text: string) => JSON.parse(text).map(({ id }: { id: string }) => id);
    expect(ids(some.stdout)).toEqual([sessionId('2'), sessionId('3')]);
    expect(ids(all.stdout)).toHaveLength(4);
    expect(all.stdout).not.toContain('tok_');
  });
});

describe('toolgrant session list, for people', () => {
  it('says that there are none beside the empty table', async () => {
    const some = await fakeCli().run('session', 'list');
    const all = await fakeCli().run('session', 'list', '--all');
    const json = await fakeCli().run('session', 'list', '--json');
    expect([some.stderr, all.stderr, json.stderr]).toEqual([
      'no live sessions\n',
      'no sessions\n',
      '',
    ]);
  });

  it('shows instants alike, and a session whose client left as ended', async () => {
    const cli = fakeCli();
    const openedAt = cli.state.now - 5_123;
    const left = sessionRecord({ state: 'expired', openedAt, endedAt: cli.state.now });
    cli.state.sessions.set(left.id, left);
    const { stdout } = await cli.run('session', 'list', '--all');
    expect(stdout.split('\n')[1]?.split(/ {2,}/).slice(3, 6)).toEqual([
      'ended',
      '2026-11-22T11:59:54Z',
      '2026-11-22T19:00:00Z',
    ]);
  });
});

describe('toolgrant session show', () => {
  it('calls a session expired from the instant of expiry', async () => {
    const cli = fakeCli();
    const session = sessionRecord({ expiresAt: cli.state.now });
    cli.state.sessions.set(session.id, session);
    const { stdout } = await cli.run('session', 'show', session.id, '--json');
    expect(JSON.parse(stdout)).toEqual({
      id: session.id,
      subject: 'alice',
      client: null,
      interactive: false,
      purpose: null,
      state: 'expired',
      openedAt: '2026-11-22T11:00:00Z',
      expiresAt: '2026-11-22T12:00:00Z',
      endedAt: null,
      calls: 3,
      lastCallAt: null,
      firstUse: null,
      otherUses: [],
      grants: [],
      running: 0,
      waiting: [],
      touched: [],
      isTouchedWhole: true,
    });
  });
});

describe('toolgrant session revoke', () => {
  it('revokes, shuts the profile and says what brings it back', async () => {
    const cli = fakeCli();
    const name = 'claude-desktop-alice';
    const session = sessionRecord({ client: name });
    cli.state.sessions.set(session.id, session);
    cli.state.profiles.set(name, { name, subject: 'alice', createdAt: 1 });
    const { code, stdout, stderr } = await cli.run('session', 'revoke', session.id);
    expect([code, stdout]).toEqual([
      0,
      `revoked ${session.id}\n0 of 0 brokers, 0 ms, 0 calls cancelled\n`,
    ]);
    expect(stderr).toContain(
      'profile claude-desktop-alice stays out until it is made anew: npx toolgrant connect claude-desktop --subject alice\n',
    );
  });

  it('prints a stable shape with --json', async () => {
    const cli = fakeCli();
    const session = sessionRecord();
    cli.state.sessions.set(session.id, session);
    cli.state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    cli.answers.set('ins_a', { kind: 'silent' });
    const { code, stdout } = await cli.run('session', 'revoke', session.id, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      {
        id: session.id,
        wasEnded: false,
        profile: null,
        alsoActive: [],
        brokers: {
          reached: 0,
          total: 1,
          cancelled: 0,
          elapsedMs: 0,
          silent: [{ instance: 'ins_a', pid: 7, openIntents: [] }],
        },
      },
    ]);
  });

  it.each([
    [2, 'nonsense'],
    [5, sessionId('9')],
  ])('exits with %d for %s', async (code, id) => {
    expect((await fakeCli().run('session', 'revoke', id)).code).toBe(code);
  });
});
