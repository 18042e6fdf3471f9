import { describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { sessionId, sessionRecord } from '../support/fakes/session-record.ts';

const NAME = 'claude-desktop';

function withClient() {
  const cli = fakeCli();
  const session = sessionRecord({ client: NAME });
  cli.state.sessions.set(session.id, session);
  cli.state.profiles.set(NAME, {
    name: NAME,
    subject: 'alice',
    createdAt: Date.parse('2026-11-22T10:00:00Z'),
  });
  return { ...cli, session };
}

describe('toolgrant session suspend and resume', () => {
  it('says how far the word reached, what the client may not, and what lifts it', async () => {
    const cli = withClient();
    const { id } = cli.session;
    expect(await cli.run('session', 'suspend', id)).toEqual({
      code: 0,
      stdout: `suspended ${id}\n0 of 0 brokers, 0 ms, 0 calls cancelled\n`,
      stderr: `claude-desktop opens no session until it is resumed\nnext: npx toolgrant session resume ${id}\n`,
    });
    const again = await cli.run('session', 'suspend', id, '--json');
    expect(JSON.parse(again.stdout)).toEqual({
      id,
      wasSuspended: true,
      client: NAME,
      alsoActive: [],
      brokers: { reached: 0, total: 0, cancelled: 0, elapsedMs: 0, silent: [] },
    });
    const resumed = await cli.run('session', 'resume', id);
    expect([resumed.code, resumed.stdout]).toEqual([0, `resumed ${id}\n`]);
    const json = await cli.run('session', 'resume', id, '--json');
    expect(JSON.parse(json.stdout)).toEqual({ id, wasActive: true, isExpired: false });
  });

  it('exits with 1 and names a broker that stays silent', async () => {
    const cli = withClient();
    cli.state.brokers.set('ins_a', { instance: 'ins_a', pid: 7, socket: '/s', startedAt: 1 });
    cli.answers.set('ins_a', { kind: 'silent' });
    const { code, stderr } = await cli.run('session', 'suspend', cli.session.id);
    expect([code, stderr]).toEqual([1, expect.stringContaining('broker ins_a (pid 7) did not')]);
  });

  it('exits with 5 for a session that is over', async () => {
    const cli = withClient();
    await cli.run('session', 'revoke', cli.session.id);
    for (const word of ['suspend', 'resume']) {
      const { code, stderr } = await cli.run('session', word, cli.session.id);
      expect([code, stderr]).toEqual([5, expect.stringContaining('is over (revoked)\nhint: ')]);
    }
  });
});

describe('toolgrant session revoke of many', () => {
  it('counts, and says which clients stay out and which grants stay in force', async () => {
    const cli = withClient();
    cli.state.grants.set('a', grantRecord({ id: 'a' }));
    expect(await cli.run('session', 'revoke', '--subject', 'alice')).toEqual({
      code: 0,
      stdout: 'revoked 1 session of alice\n0 of 0 brokers, 0 ms, 0 calls cancelled\n',
      stderr:
        'in force now for alice: what files will offer, until 2026-12-31T00:00:00Z\n' +
        'clients that stay out until they are made anew: claude-desktop\n' +
        'grants of alice stay in force, and a new session would be under them: a\n' +
        'next: npx toolgrant grant list --subject alice\n',
    });
  });

  it('prints a stable shape with --json', async () => {
    const { stdout } = await withClient().run('session', 'revoke', '--all', '--json');
    expect(JSON.parse(stdout)).toEqual({
      subject: null,
      sessions: [sessionId('1')],
      profiles: [NAME],
      grants: [],
      brokers: { reached: 0, total: 0, cancelled: 0, elapsedMs: 0, silent: [] },
    });
  });

  it.each([
    [2, []],
    [2, [sessionId('1'), '--all']],
    [2, ['--subject', 'alice', '--all']],
    [5, ['--subject', 'nobody']],
  ])('exits with %d for %j', async (code, words) => {
    const cli = withClient();
    expect((await cli.run('session', 'revoke', ...words)).code).toBe(code);
    expect(cli.state.sessions.get(sessionId('1'))?.state).toBe('active');
  });
});

describe('toolgrant client', () => {
  it('lists clients in a table', async () => {
    const { stdout } = await withClient().run('client', 'list');
    expect(stdout).toBe(
      'CLIENT          SUBJECT  STATE   MADE                  LIVE  LAST SESSION\n' +
        'claude-desktop  alice    active  2026-11-22T10:00:00Z  1     2026-11-22T11:00:00Z\n',
    );
  });

  it('prints a stable shape with --json, an empty list as an array', async () => {
    const { stdout } = await withClient().run('client', 'show', NAME, '--json');
    expect(JSON.parse(stdout)).toEqual({
      name: NAME,
      subject: 'alice',
      state: 'active',
      interactive: false,
      createdAt: '2026-11-22T10:00:00Z',
      revokedAt: null,
      lastSession: sessionId('1'),
      lastSessionAt: '2026-11-22T11:00:00Z',
      sessions: [
        {
          id: sessionId('1'),
          state: 'active',
          openedAt: '2026-11-22T11:00:00Z',
          expiresAt: '2026-11-22T19:00:00Z',
          calls: 3,
        },
      ],
    });
    expect((await fakeCli().run('client', 'list', '--json')).stdout).toBe('[]\n');
  });

  it('revokes, and says what brings it back', async () => {
    const cli = withClient();
    expect(await cli.run('client', 'revoke', NAME)).toEqual({
      code: 0,
      stdout: 'revoked claude-desktop, 1 session\n0 of 0 brokers, 0 ms, 0 calls cancelled\n',
      stderr:
        'in force now for alice: nothing\n' +
        'it stays out until it is made anew\n' +
        'next: npx toolgrant connect claude-desktop --subject alice\n',
    });
    expect((await cli.run('client', 'show', NAME)).stdout).toContain('state         revoked\n');
  });

  it.each(['show', 'revoke'])('exits with 5 when %s names no client', async (word) => {
    expect((await fakeCli().run('client', word, 'none')).code).toBe(5);
  });
});
