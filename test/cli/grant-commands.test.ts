import { describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';

function withBroker(overrides = {}) {
  const cli = fakeCli(overrides);
  cli.state.brokers.set('ins_a', { instance: 'ins_a', pid: 77, socket: '/s', startedAt: 1 });
  return cli;
}

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
