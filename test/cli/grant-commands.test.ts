import { describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import { NO_TERMS } from '../support/fakes/no-terms.ts';
import { pinnedServer } from '../support/fakes/pinned-server.ts';

const create = ['grant', 'create', 'alice', '--permit', 'files/*', '--ttl', '8h'];

function withBroker(overrides = {}) {
  const cli = fakeCli(overrides);
  cli.state.brokers.set('ins_a', { instance: 'ins_a', pid: 77, socket: '/s', startedAt: 1 });
  return cli;
}

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

describe('toolgrant grant list', () => {
  const three = () => {
    const cli = fakeCli();
    cli.state.grants.set('b', grantRecord({ id: 'b', purpose: 'two\nrows \u202e' }));
    cli.state.grants.set('a', grantRecord({ id: 'a', expiresAt: cli.state.now }));
    cli.state.grants.set('c', grantRecord({ id: 'c', revokedAt: cli.state.now }));
    return cli;
  };

  it('prints a table of those not revoked, in which no field can forge a row', async () => {
    const { stdout } = await three().run('grant', 'list');
    expect(stdout).toBe(
      [
        'GRANT  SUBJECT  CLIENTS  STATE    EXPIRES               RULES  FILE           PURPOSE',
        'a      alice    any      expired  2026-11-22T12:00:00Z  1      grants/a.yaml  testing',
        'b      alice    any      active   2026-12-31T00:00:00Z  1      grants/b.yaml  two\\u{a}rows \\u{202e}',
        '',
      ].join('\n'),
    );
  });

  it('prints a sorted array with --json, tombstones with --all', async () => {
    const { stdout } = await three().run('grant', 'list', '--all', '--json');
    const ids = JSON.parse(stdout).map((grant: { id: string; state: string }) => [
      grant.id,
      grant.state,
    ]);
    expect(ids).toEqual([
      ['a', 'expired'],
      ['b', 'active'],
      ['c', 'revoked'],
    ]);
  });

  it('prints an empty array when there is none', async () => {
    expect((await fakeCli().run('grant', 'list', '--json')).stdout).toBe('[]\n');
  });
});

describe('toolgrant grant apply', () => {
  it('widens nothing without a terminal, but shows the difference', async () => {
    const cli = fakeCli();
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    expect(await cli.run('grant', 'apply')).toEqual({
      code: 1,
      stdout: 'a: new (grants/a.yaml)\n  + permit files/read_*\n',
      stderr: 'not a terminal: add --yes once the difference was looked at\nerror: not applied\n',
    });
    const { stdout } = await cli.run('grant', 'apply', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ applied: [], grants: [{ action: 'create' }] });
    expect([cli.state.grants.size, cli.state.events.length]).toEqual([0, 0]);
  });

  it('narrows without a terminal and without --yes', async () => {
    const cli = fakeCli();
    const expiresAt = cli.state.now + 10 * 365 * 86_400_000;
    cli.state.grants.set('a', grantRecord({ id: 'a', expiresAt }));
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    expect((await cli.run('grant', 'apply')).code).toBe(0);
    expect(cli.state.events.map(({ code }) => code)).toEqual(['TG3002']);
  });

  it('shows the difference and applies it with --yes', async () => {
    const cli = fakeCli();
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    const { code, stdout } = await cli.run('grant', 'apply', '--yes');
    expect([code, stdout]).toEqual([
      0,
      'a: new (grants/a.yaml)\n  + permit files/read_*\napplied 1 grant\n',
    ]);
  });

  it.each([
    ['no', false, [], 1, 0],
    ['yes', true, [], 0, 1],
    ['nothing, with --yes', undefined, ['--yes'], 0, 1],
  ])('asks on a terminal before widening; answered %s', async (_, answer, argv, code, grants) => {
    const questions: string[] = [];
    const cli = fakeCli({
      isTerminal: { stdin: true, stdout: true, stderr: true },
      confirm: async (question) => {
        questions.push(question);
        return answer ?? false;
      },
    });
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    const done = await cli.run('grant', 'apply', ...argv);
    expect([done.code, cli.state.grants.size, questions.length]).toEqual([
      code,
      grants,
      answer === undefined ? 0 : 1,
    ]);
  });

  it('does not ask before narrowing, and drains', async () => {
    const cli = withBroker({ isTerminal: { stdin: true, stdout: true, stderr: true } });
    const rules = [
      { effect: 'permit', pattern: 'files/read_*', line: 6 },
      { effect: 'permit', pattern: 'github/*', line: 7 },
    ] as const;
    cli.state.grants.set('a', grantRecord({ id: 'a', rules }));
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    const { code, stdout } = await cli.run('grant', 'apply');
    expect([code, stdout.split('\n').slice(-3)]).toEqual([
      0,
      ['applied 1 grant', '1 of 1 broker, 0 ms, 0 calls cancelled', ''],
    ]);
  });

  it('changes nothing with --dry-run', async () => {
    const cli = fakeCli();
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    const { code, stdout } = await cli.run('grant', 'apply', '--dry-run', '--json');
    expect([code, cli.state.grants.size, JSON.parse(stdout)]).toEqual([
      0,
      0,
      {
        dryRun: true,
        applied: [],
        grants: [
          {
            id: 'a',
            file: 'grants/a.yaml',
            action: 'create',
            waits: false,
            differences: ['+ permit files/read_*'],
          },
        ],
        brokers: null,
      },
    ]);
  });

  it('exits with 3 for an invalid file and 5 to reinstate what is not revoked', async () => {
    const cli = fakeCli();
    cli.files.set('grants/a.yaml', 'nonsense');
    const invalid = await cli.run('grant', 'apply');
    cli.files.clear();
    const unknown = await cli.run('grant', 'apply', '--reinstate', 'x');
    expect([invalid.code, unknown.code]).toEqual([3, 5]);
  });
});

describe('toolgrant grant diff', () => {
  it('exits with 1 and the difference, with 0 once applied', async () => {
    const cli = fakeCli();
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    const before = await cli.run('grant', 'diff');
    await cli.run('grant', 'apply', '--yes');
    const after = await cli.run('grant', 'diff', '--json');
    expect([before.code, before.stdout, after.code, after.stdout]).toEqual([
      1,
      'a: new (grants/a.yaml)\n  + permit files/read_*\n',
      0,
      '[]\n',
    ]);
  });
});

describe('toolgrant grant diff, where files and brokers disagree', () => {
  it('says that a tombstone stays, and what lifts it: exit 0', async () => {
    const cli = fakeCli();
    cli.state.grants.set('a', grantRecord({ id: 'a', revokedAt: cli.state.now }));
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    expect(await cli.run('grant', 'diff')).toEqual({
      code: 0,
      stdout: 'a: revoked (grants/a.yaml)\n  revoked 2026-11-22T12:00:00Z\n',
      stderr: [
        'a stays revoked, whatever grants/a.yaml says',
        'there is nothing else to apply',
        'next: npx toolgrant grant apply --reinstate a',
        '',
      ].join('\n'),
    });
  });

  it('says that a grant is in force without a file, and what ends it: exit 1', async () => {
    const cli = fakeCli();
    cli.state.grants.set('a', grantRecord({ id: 'a' }));
    expect(await cli.run('grant', 'diff')).toEqual({
      code: 1,
      stdout: 'a: no file (grants/a.yaml)\n  its file is gone\n',
      stderr: 'a is in force, though its file is gone\nnext: npx toolgrant grant apply --prune\n',
    });
  });

  it('finds them settled when a revoked grant’s file says so', async () => {
    const cli = fakeCli();
    cli.state.grants.set('a', grantRecord({ id: 'a', revokedAt: cli.state.now }));
    cli.files.set('grants/a.yaml', `${grantText({ id: 'a' })}revoked: 2026-11-22T12:00:00Z\n`);
    const { code, stderr } = await cli.run('grant', 'diff');
    expect([code, stderr]).toEqual([0, 'brokers obey what the files say\n']);
  });

  it('tells with waits what a broker that meets the files would leave to grant apply', async () => {
    const cli = fakeCli();
    const rules = [
      { effect: 'permit', pattern: 'files/read_*', line: 6 },
      { effect: 'permit', pattern: 'github/*', line: 7 },
    ] as const;
    const expiresAt = cli.state.now + 1000;
    cli.state.grants.set('narrower', grantRecord({ id: 'narrower', rules, expiresAt: 4e12 }));
    cli.state.grants.set('wider', grantRecord({ id: 'wider', expiresAt }));
    for (const id of ['narrower', 'new', 'wider']) {
      cli.files.set(`grants/${id}.yaml`, grantText({ id }));
    }
    const waits = (entries: readonly { id: string; waits: boolean }[]) =>
      entries.map((entry) => [entry.id, entry.waits]);
    const expected = [
      ['narrower', false],
      ['new', true],
      ['wider', true],
    ];
    const diff = await cli.run('grant', 'diff', '--json');
    const dry = await cli.run('grant', 'apply', '--dry-run', '--json');
    expect(waits(JSON.parse(diff.stdout))).toEqual(expected);
    expect(waits(JSON.parse(dry.stdout).grants)).toEqual(expected);
  });
});

describe('toolgrant grant validate', () => {
  it('prints file, line and column, and exits with 3', async () => {
    const cli = fakeCli();
    cli.files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: */*'] }));
    const { code, stdout } = await cli.run('grant', 'validate');
    expect([code, stdout]).toEqual([
      3,
      expect.stringMatching(/^grants\/a\.yaml:6:\d+: .*\n {2}hint: /),
    ]);
  });

  it('exits with 0 and an empty array when all is well', async () => {
    const cli = fakeCli();
    cli.files.set('grants/a.yaml', grantText({ id: 'a' }));
    const { code, stdout } = await cli.run('grant', 'validate', '--json');
    expect([code, stdout]).toEqual([0, '[]\n']);
  });
});

describe('toolgrant grant revoke', () => {
  it('prints how far the word has reached', async () => {
    const cli = withBroker();
    cli.state.brokers.set('ins_b', { instance: 'ins_b', pid: 78, socket: '/s', startedAt: 1 });
    cli.answers.set('ins_a', { kind: 'drained', cancelled: 1 });
    cli.state.grants.set('a', grantRecord({ id: 'a' }));
    expect(await cli.run('grant', 'revoke', 'a')).toEqual({
      code: 0,
      stdout: 'revoked a\n2 of 2 brokers, 0 ms, 1 call cancelled\n',
      stderr:
        'in force now for alice: nothing\nnext: npx toolgrant audit query --subject alice --since 1h\n',
    });
  });

  it('exits with 1 and names a silent broker with its open intents', async () => {
    const cli = withBroker();
    cli.answers.set('ins_a', { kind: 'silent' });
    cli.state.intents.push({
      seq: 9,
      instance: 'ins_a',
      session: 'ses_x',
      server: 'files',
      tool: 'write',
    });
    cli.state.grants.set('a', grantRecord({ id: 'a' }));
    const { code, stdout, stderr } = await cli.run('grant', 'revoke', 'a');
    expect([code, stdout]).toEqual([1, 'revoked a\n0 of 1 broker, 0 ms, 0 calls cancelled\n']);
    expect(stderr).toContain('error: broker ins_a (pid 77) did not answer; 1 call open\n');
    expect(stderr).toContain('open: event 9, files/write, session ses_x\n');
  });

  it('exits with 4 when it is not committed and 5 when nothing matched', async () => {
    const cli = fakeCli();
    cli.state.grants.set('a', grantRecord({ id: 'a' }));
    const unknown = await cli.run('grant', 'revoke', 'b');
    cli.state.failsToCommit = true;
    const failed = await cli.run('grant', 'revoke', 'a');
    expect([unknown.code, failed.code]).toEqual([5, 4]);
  });
});
