import { describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { NO_TERMS } from '../support/fakes/no-terms.ts';
import { pinnedServer } from '../support/fakes/pinned-server.ts';

const create = ['grant', 'create', 'alice', '--permit', 'files/*', '--ttl', '8h'];

describe('toolgrant grant create', () => {
  it('writes, applies and prints the next command', async () => {
    const cli = fakeCli();
    expect(await cli.run(...create)).toEqual({
      code: 0,
      stdout: 'grants/alice-files.yaml: in force until 2026-11-22T20:00:00Z\n',
      stderr:
        'in force now for alice: what files will offer, until 2026-11-22T20:00:00Z\nnext: npx toolgrant connect claude-desktop --subject alice\nnext: npx toolgrant session open --subject alice\nnext: npx toolgrant grant revoke alice-files\n',
    });
    expect([cli.opened, cli.closed.count]).toEqual([['grant create'], 1]);
  });

  it('prints the whole path where the folder is not the configuration’s', async () => {
    const { stdout } = await fakeCli({ cwd: '/home' }).run(...create);
    expect(stdout).toBe('/conf/grants/alice-files.yaml: in force until 2026-11-22T20:00:00Z\n');
  });

  it.each([
    ['nope/*', 'no configured tool server matches nope/*'],
    ['files/wrote_*', 'no known tool of files matches files/wrote_*'],
  ])('warns at once that %s matches nothing', async (pattern, warning) => {
    const cli = fakeCli();
    cli.state.servers.set('files', pinnedServer('files', ['read_file']));
    const { code, stderr } = await cli.run(
      ...['grant', 'create', 'alice', '--permit', pattern, '--ttl', '8h'],
    );
    expect([code, stderr.split('\n')[0]]).toEqual([0, `warning: ${warning}`]);
  });

  it.each(['files/read_*', '*/wrote_*', 'github/*'])(
    'warns of nothing for %s, which may match',
    async (pattern) => {
      const cli = fakeCli();
      cli.state.servers.set('files', pinnedServer('files', ['read_file']));
      const { stderr } = await cli.run(
        ...['grant', 'create', 'alice', '--permit', pattern, '--ttl', '8h'],
      );
      expect(stderr).not.toContain('warning');
    },
  );

  it.each([
    ['the same', {}, true],
    ['the same, but expired', { expiresAt: 1 }, false],
    ['the same, for one client', { clients: ['desk'] }, false],
    ['the same, to somebody else', { subject: 'bob' }, false],
    ['less', { rules: [{ effect: 'permit', pattern: 'files/read_*', line: 6 }] as const }, false],
  ])('notes a grant that permits %s', async (_, members, isNoted) => {
    const cli = fakeCli();
    const rules = [{ effect: 'permit', pattern: 'files/*', line: 6 }] as const;
    cli.state.grants.set('old', grantRecord({ id: 'old', rules, ...members }));
    const { stderr } = await cli.run(...create);
    expect(stderr.includes('old already permits the same, until 2026-12-31T00:00:00Z\n')).toBe(
      isNoted,
    );
  });

  it('prints the file with --dry-run and writes nothing', async () => {
    const cli = fakeCli();
    const { code, stdout } = await cli.run(...create, '--deny', '*/*delete*', '--dry-run');
    expect([code, cli.files.size, cli.state.grants.size]).toEqual([0, 0, 0]);
    expect(stdout).toBe(
      [
        '$schema: ../schema/grant.schema.json',
        'id: alice-files',
        'subject: alice',
        'purpose: not stated',
        'expires: 2026-11-22T20:00:00Z',
        'rules:',
        '  - permit: files/*',
        '  - deny: "*/*delete*"',
        '',
      ]
        .join('\n')
        .replace('id: alice-files', 'id: alice-tools'),
    );
  });

  it('writes what each permit asks', async () => {
    const cli = fakeCli();
    const asked = ['--when', 'subject == "alice"', '--hours', 'Mon-Fri 08:00-18:00 Europe/Berlin'];
    const { code, stdout } = await cli.run(
      ...[...create, '--permit', 'github/create_issue', '--deny', 'files/rm', ...asked],
      ...['--limit', '10/h', '--limit', '100/d', '--approval', 'admin', '--wait', '90s'],
      ...['--max-result', '64KB', '--dry-run'],
    );
    const terms = [
      '    when: subject == "alice"',
      '    hours: Mon-Fri 08:00-18:00 Europe/Berlin',
      '    limit: [ 10/h, 100/d ]',
      '    approval: admin',
      '    wait: 90s',
      '    maxResult: 64KB',
    ];
    const rules = ['  - permit: files/*', ...terms, '  - permit: github/create_issue', ...terms];
    const text = ['rules:', ...rules, '  - deny: files/rm', ''].join('\n');
    expect([code, stdout.slice(stdout.indexOf('rules:'))]).toEqual([0, text]);
  });

  it.each<[readonly string[], number, string]>([
    [['--limit', '10/w'], 2, "option '--limit <rate>' argument '10/w' is invalid"],
    [['--max-result', '64'], 2, "option '--max-result <size>' argument '64' is invalid"],
    [['--hours', '08:00-18:00'], 2, 'names no zone, whose wall clock counts'],
    [['--approval', 'bob'], 2, "option '--approval <who>' argument 'bob' is invalid"],
    [['--wait', '60s'], 3, '--wait: `wait` is for an approval, and there is none'],
    [['--when', 'args.x ='], 3, '--when: `when` '],
    [['--when', 'args.pth == "/x"'], 3, 'there is no argument "pth", of files/read_file'],
    [['--permit', 'ask:files/roots', '--limit', '1/h'], 3, '--limit: `limit` on a rule about what'],
  ])('refuses %j by the option’s name', async (words, code, message) => {
    const cli = fakeCli();
    cli.state.servers.set('files', pinnedServer('files', ['read_file']));
    const ended = await cli.run(...create, ...words);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(message)]);
    expect([cli.files.size, cli.state.grants.size]).toEqual([0, 0]);
  });

  it('refuses a limit where there is no permit', async () => {
    const argv = ['grant', 'create', 'alice', '--deny', 'files/*', '--ttl', '8h', '--limit', '1/h'];
    const { code, stderr } = await fakeCli().run(...argv);
    expect([code, stderr]).toEqual([2, expect.stringContaining('is of a --permit')]);
  });

  it('warns of a permit that a deny of the subject takes away, and of terms in vain', async () => {
    const cli = fakeCli();
    const rules = [{ effect: 'deny', pattern: 'files/*', line: 6 }] as const;
    cli.state.grants.set('old', grantRecord({ id: 'old', rules }));
    expect((await cli.run(...create)).stderr).toContain(
      'warning: `permit files/*` permits nothing: denied by `deny files/*` (grants/old.yaml:6)\n',
    );
    cli.state.grants.delete('old');
    expect((await cli.run(...create, '--limit', '1/h')).stderr).toContain(
      'warning: `permit files/* limit 1/h` asks in vain: permitted without by `permit files/*` (grants/alice-files.yaml:7)\n',
    );
  });

  it('prints a stable shape with --json', async () => {
    const argv = [...create, '--client', 'desk', '--purpose', 'why', '--id', 'x', '--json'];
    const { stdout } = await fakeCli().run(...argv);
    expect(JSON.parse(stdout)).toEqual({
      dryRun: false,
      file: 'grants/x.yaml',
      grant: {
        id: 'x',
        subject: 'alice',
        clients: ['desk'],
        purpose: 'why',
        expiresAt: '2026-11-22T20:00:00Z',
        sessionLifeSeconds: null,
        sessionIdleSeconds: null,
        sessionMaxCalls: null,
        sessionConcurrent: null,
        rules: [{ effect: 'permit', pattern: 'files/*', ...NO_TERMS, line: 8 }],
      },
      brokers: null,
    });
  });

  it.each([
    [3, ['grant', 'create', 'alice', '--permit', 'files', '--ttl', '8h']],
    [3, ['grant', 'create', 'alice', '--permit', 'prompt:files', '--ttl', '8h']],
    [2, ['grant', 'create', 'alice', '--ttl', '8h']],
    [2, ['grant', 'create', 'alice', '--permit', 'files/*']],
    [2, ['grant', 'create', 'alice', '--permit', 'files/*', '--ttl', '1']],
  ])('exits with %d for %j and writes nothing', async (code, argv) => {
    const cli = fakeCli();
    const done = await cli.run(...argv);
    expect([done.code, done.stdout, cli.files.size, cli.state.grants.size]).toEqual([
      code,
      '',
      0,
      0,
    ]);
    expect(done.stderr).toMatch(/^error: .*[^.]\nhint: .*[^.]\n$/);
  });
});
