import { afterAll, describe, expect, it } from 'vitest';
import { ref } from '../config/temp-config.ts';
import { Place, removePlaces } from '../support/cli/place.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';

afterAll(removePlaces);

function withProfile(overrides: { readonly revokedAt?: number } = {}) {
  const cli = fakeCli();
  cli.state.profiles.set('claude-code', {
    name: 'claude-code',
    subject: 'alice',
    createdAt: 1,
    ...overrides,
  });
  return cli;
}
const sessionsOf = ({ state }: ReturnType<typeof fakeCli>) => [...state.sessions.values()];

describe('token', () => {
  it('opens a session of eight hours as the profile, recorded, and prints its token alone', async () => {
    const cli = withProfile();
    const { code, stdout } = await cli.run('token', '--profile', 'claude-code');
    expect([code, stdout]).toEqual([0, 'THE.TO.KEN\n']);
    expect(sessionsOf(cli)).toMatchObject([
      { subject: 'alice', client: 'claude-code', expiresAt: cli.state.now + 8 * 3_600_000 },
    ]);
    const [session] = sessionsOf(cli);
    expect(session?.keyId).toBe((await cli.context.keys.sessionKey()).kid);
    expect(cli.state.events).toMatchObject([
      {
        code: 'TG2002',
        client: 'claude-code',
        detail: { tokenId: session?.tokenId, keyId: session?.keyId },
      },
    ]);
  });

  it('prints what headersHelper reads: one object of strings on one line', async () => {
    const { stdout } = await withProfile().run('token', '--profile', 'claude-code', '--header');
    expect(stdout).toBe('{"Authorization":"Bearer THE.TO.KEN"}\n');
  });

  it('opens another session at each use, and none that outlives the last grant', async () => {
    const cli = withProfile();
    cli.state.grants.set('a', grantRecord({ id: 'a', expiresAt: cli.state.now + 60_000 }));
    await cli.run('token', '--profile', 'claude-code');
    await cli.run('token', '--profile', 'claude-code', '--ttl', '30s');
    expect(sessionsOf(cli).map(({ expiresAt }) => expiresAt - cli.state.now)).toEqual([
      60_000, 30_000,
    ]);
  });

  it('gives a revoked profile nothing, and records that it asked', async () => {
    const cli = withProfile({ revokedAt: 2 });
    const { code, stdout, stderr } = await cli.run('token', '--profile', 'claude-code');
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: the profile claude-code is revoked\nnext: npx toolgrant connect claude-code --subject alice\n',
    });
    expect(sessionsOf(cli)).toEqual([]);
    expect(cli.state.events).toMatchObject([
      { code: 'TG2001', actor: { command: 'test' }, detail: { failures: { profile_revoked: 1 } } },
    ]);
  });

  it('gives the profile of a suspended session nothing, and records that it asked', async () => {
    const cli = withProfile();
    await cli.run('token', '--profile', 'claude-code');
    const [first] = sessionsOf(cli);
    await cli.run('session', 'suspend', first?.id ?? '');
    const { code, stdout, stderr } = await cli.run('token', '--profile', 'claude-code');
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'error: a session of the profile claude-code is suspended\nnext: npx toolgrant client show claude-code\n',
    });
    expect(sessionsOf(cli)).toHaveLength(1);
    expect(cli.state.events.at(-1)).toMatchObject({
      code: 'TG2001',
      detail: { failures: { profile_suspended: 1 } },
    });
  });

  it('opens nothing while everything is halted', async () => {
    const cli = withProfile();
    await cli.run('halt');
    const { code, stdout, stderr } = await cli.run('token', '--profile', 'claude-code');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('error: everything is halted\nhint: ');
    expect(cli.state.events.at(-1)).toMatchObject({ detail: { failures: { halted: 1 } } });
  });

  it('names the profiles there are when there is none of that name', async () => {
    const { code, stderr } = await withProfile().run('token', '--profile', 'desk');
    expect([code, stderr]).toEqual([
      5,
      'error: no profile of that name\nhint: there are: claude-code\n',
    ]);
  });

  it.each([['25h'], ['0s']])('opens no session that lives %s', async (ttl) => {
    const cli = withProfile();
    expect((await cli.run('token', '--profile', 'claude-code', '--ttl', ttl)).code).toBe(2);
    expect(sessionsOf(cli)).toEqual([]);
  });

  it('warns of the token on a terminal, which keeps what it showed', async () => {
    const isTerminal = { stdin: true, stdout: true, stderr: true };
    const cli = fakeCli({ isTerminal });
    cli.state.profiles.set('desk', { name: 'desk', subject: 'alice', createdAt: 1 });
    expect((await cli.run('token', '--profile', 'desk')).stderr).toContain(
      'warning: whoever reads this terminal has the session until then\n',
    );
  });
});

describe('the built token command', () => {
  it('works where a tool server’s references cannot be resolved, and stops with its profile', async () => {
    const place = new Place();
    await place.json('connect', 'claude-code', '--subject', 'alice', '--print');
    place.writeConfig({
      mcpServers: { s: { command: 'true', env: { KEY: ref('NOT_SET_ANYWHERE') } } },
    });
    const words = ['token', '--profile', 'claude-code', '--header'];
    const issued = await place.run(words);
    expect([issued.code, JSON.parse(issued.stdout)]).toEqual([
      0,
      { Authorization: expect.stringMatching(/^Bearer ey[\w-]+\.[\w-]+\.[\w-]+$/) },
    ]);
    const id = /session (ses_\S+) of alice/.exec(issued.stderr)?.[1] ?? '';
    place.writeConfig({ mcpServers: { s: { command: 'true' } } });
    await place.json('session', 'revoke', id);
    const after = await place.run(words);
    expect([after.code, after.stdout]).toEqual([1, '']);
  });
});
