import { describe, expect, it } from 'vitest';
import { type FakeCli, fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import { NO_TERMS } from '../support/fakes/no-terms.ts';
import { fileServer, record, tool } from '../support/fakes/recorded.ts';

const RULE = {
  grant: 'a',
  revision: 1,
  index: 0,
  file: 'grants/a.yaml',
  line: 7,
  effect: 'permit',
  pattern: 'files/read',
};

/** Alice may read under a condition; `read` was called once, and `write` refused once. */
async function used(): Promise<FakeCli> {
  const cli = fakeCli();
  cli.state.servers.set('files', fileServer(['read', 'write']));
  const rules = ['{ permit: files/read, when: args.path == "/a" }'];
  cli.files.set('grants/a.yaml', grantText({ id: 'a', rules, extra: ['clients: [desk]'] }));
  await cli.run('grant', 'apply', '--yes');
  await record(cli, tool('read'), { args: { path: '/a' }, client: 'desk' });
  await record(cli, tool('write'), { args: { path: '/a' }, client: 'desk' });
  return cli;
}

const parse = (text: string): unknown => JSON.parse(text);

describe('toolgrant explain', () => {
  it('prints the decision, the rule, its condition, and what would be decided now', async () => {
    const cli = await used();
    cli.files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: files/write'] }));
    await cli.run('grant', 'apply', '--yes');
    const { code, stdout } = await cli.run('explain', '2');
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [
        '2  2026-11-22T12:00:00.000000Z  alice through desk: files/read',
        'permitted: a rule permits it (permit files/read, grants/a.yaml:7)',
        '  grants/a.yaml:7 (revision 1): permit files/read when args.path == "/a"',
        '  a: permit when args.path == "/a" (grants/a.yaml:7): held',
        'now: refused: no rule matches',
        '  since then: a, revision 1 -> 2: clients: desk -> any',
        '  since then: a, revision 1 -> 2: - permit files/read when args.path == "/a"',
        '  since then: a, revision 1 -> 2: + permit files/write',
        'fix: npx toolgrant grant create alice --permit files/read --client desk --ttl 8h',
        '',
      ],
    ]);
  });

  it('prints a stable shape with --json', async () => {
    const cli = await used();
    expect(parse((await cli.run('explain', '2', '--json')).stdout)).toEqual({
      seq: 2,
      at: 1_795_348_800_000_000,
      subject: 'alice',
      client: 'desk',
      session: 'ses_1',
      what: 'files/read',
      decision: 'permit',
      reason: 'permitted',
      words: expect.any(String),
      rule: RULE,
      ruleText: 'permit files/read when args.path == "/a"',
      conditions: [
        {
          grant: 'a',
          index: 0,
          effect: 'permit',
          when: 'args.path == "/a"',
          file: 'grants/a.yaml',
          line: 7,
          result: 'true',
        },
      ],
      wouldRefuse: null,
      approval: null,
      outcome: null,
      others: [],
      now: {
        allowed: true,
        reason: 'permitted',
        words: expect.any(String),
        rule: RULE,
        wouldRefuse: null,
        terms: [],
        remedy: null,
        remedyNote: null,
        toEnd: [['grant', 'revoke', 'a']],
      },
      changed: [],
      undecidable: [],
    });
  });

  it.each([
    ['9', 5],
    ['1', 2],
  ])('exits for event %s with %d', async (seq, code) => {
    expect((await (await used()).run('explain', seq)).code).toBe(code);
  });
});

describe('toolgrant simulate', () => {
  it('exits with 0 when everything would be decided as it was', async () => {
    const { code, stdout } = await (await used()).run('simulate');
    expect([code, stdout]).toEqual([
      0,
      '0 would be refused, 0 would be permitted, 0 undecidable, 2 same\n',
    ]);
  });

  it('lists what would be decided otherwise, and exits with 1', async () => {
    const cli = await used();
    cli.files.set('grants/a.yaml', grantText({ id: 'a', rules: ['permit: files/write'] }));
    const plain = await cli.run('simulate', '--since', '1h', '--subject', 'alice');
    expect([plain.code, plain.stdout.split('\n').map((line) => line.slice(0, 4).trim())]).toEqual([
      1,
      ['SEQ', '2', '3', '1 wo', ''],
    ]);
    const json = parse((await cli.run('simulate', '--json')).stdout);
    expect(json).toEqual({
      counts: { same: 0, refused: 1, permitted: 1, undecidable: 0 },
      onTrial: 0,
      uses: [
        {
          seq: 2,
          at: '2026-11-22T12:00:00Z',
          subject: 'alice',
          client: 'desk',
          what: 'files/read',
          result: 'refused',
          was: 'permitted',
          wasRule: RULE,
          reason: 'no_rule',
          rule: null,
          words: 'no rule matches',
          wouldRefuse: null,
        },
        expect.objectContaining({ seq: 3, result: 'permitted', was: 'no_rule', wasRule: null }),
      ],
    });
  });
});

describe('toolgrant grant suggest', () => {
  it('prints a grant that grant validate takes, and puts nothing in force', async () => {
    const cli = await used();
    const { code, stdout } = await cli.run('grant', 'suggest', '--subject', 'alice', '--ttl', '8h');
    expect([code, cli.state.epoch]).toEqual([0, 2]);
    cli.files.set('grants/alice-used.yaml', stdout);
    expect(await cli.run('grant', 'validate')).toMatchObject({ code: 0, stdout: '' });
  });

  it('prints a stable shape with --json, and exits with 1 when nothing was used', async () => {
    const cli = await used();
    const words = ['grant', 'suggest', '--ttl', '8h', '--json', '--subject'];
    expect(parse((await cli.run(...words, 'alice')).stdout)).toEqual({
      grant: expect.objectContaining({ id: 'alice-used', clients: null }),
      text: expect.stringContaining('permit: files/read'),
      uses: 1,
      leftOut: 0,
      unnamed: {},
    });
    const none = await cli.run(...words, 'bob');
    expect([none.code, parse(none.stdout)]).toMatchObject([1, { grant: null, text: null }]);
  });
});

describe('toolgrant grant show', () => {
  it('prints what the grant comes to, tool by tool', async () => {
    const cli = await used();
    const { stdout } = await cli.run('grant', 'show', 'a');
    expect(stdout.split('\n').slice(-3)).toEqual([
      'REACHES     EFFECT                         RULE',
      'files/read  permit when args.path == "/a"  grants/a.yaml:7',
      '',
    ]);
    const { reach } = parse((await cli.run('grant', 'show', 'a', '--json')).stdout) as {
      reach: unknown;
    };
    const by = [{ index: 0, line: 7, ...NO_TERMS, when: 'args.path == "/a"' }];
    expect(reach).toEqual([
      { kind: 'tool', thing: 'files/read', effect: 'permit', by, unless: [], held: null },
    ]);
  });

  it('prints what nobody used', async () => {
    const cli = await used();
    cli.state.grants.set(
      'b',
      grantRecord({ id: 'b', rules: [{ effect: 'permit', pattern: 'files/*', line: 6 }] }),
    );
    const plain = await cli.run('grant', 'show', 'b', '--unused', '30d');
    expect(plain.stdout).toBe(
      'unused  permit files/*  (grants/b.yaml:6)\nunused  files/read\nunused  files/write\n',
    );
    expect(plain.stderr).toMatch(/^0 uses admitted under b since /);
    expect((await cli.run('grant', 'show', 'a', '--unused', '30d')).stderr).toContain(
      '1 use admitted under a since ',
    );
    expect(
      parse((await cli.run('grant', 'show', 'a', '--unused', '30d', '--json')).stdout),
    ).toEqual({ id: 'a', since: '2026-10-23T12:00:00Z', uses: 1, rules: [], things: [] });
  });
});

describe('toolgrant grant diff', () => {
  it('names the calls that would change, below the difference and with --json', async () => {
    const cli = await used();
    cli.files.set(
      'grants/a.yaml',
      grantText({ id: 'a', rules: ['permit: files/write'], extra: ['clients: [desk]'] }),
    );
    const { stdout } = await cli.run('grant', 'diff');
    expect(stdout.split('\n').slice(-4)).toEqual([
      'CALL         SUBJECT  CLIENTS  CHANGE             BEFORE                         AFTER',
      'files/read   alice    desk     becomes refused    permit when args.path == "/a"  refused',
      'files/write  alice    desk     becomes permitted  refused                        permit',
      '',
    ]);
    expect(parse((await cli.run('grant', 'diff', '--json')).stdout)).toMatchObject([
      { id: 'a', calls: [{ thing: 'files/read', change: 'refused' }, { thing: 'files/write' }] },
    ]);
  });
});

describe('toolgrant can-i', () => {
  it('says what holds besides', async () => {
    const cli = await used();
    const rates = [{ count: 10, windowMs: 3_600_000 }];
    const rule = {
      effect: 'permit',
      pattern: 'prompt:files/*',
      line: 6,
      rates,
      approval: 'admin',
    } as const;
    cli.state.grants.set('b', grantRecord({ id: 'b', rules: [rule] }));
    const words = ['can-i', 'alice', 'prompt:files/triage', '--args', '{"x":"1"}'];
    const { code, stdout } = await cli.run(...words);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('  besides: limit 10/h, approval admin\n'),
    ]);
    expect(parse((await cli.run(...words, '--json')).stdout)).toMatchObject({
      terms: { ...NO_TERMS, limit: ['10/h'], approval: 'admin' },
    });
  });

  it('says of a yes for some hour that it is not now', async () => {
    const cli = await used();
    const rule = {
      effect: 'permit',
      pattern: 'files/write',
      line: 6,
      hours: '08:00-10:00 UTC',
    } as const;
    cli.state.grants.set('b', grantRecord({ id: 'b', rules: [rule] }));
    const some = await cli.run('can-i', 'alice', 'files/write');
    const opens = '2026-11-23T08:00:00Z';
    expect([some.code, some.stdout]).toEqual([
      0,
      expect.stringContaining(`  not at this hour; it is at ${opens}\n`),
    ]);
    const now = await cli.run('can-i', 'alice', 'files/write', '--args', '{}', '--json');
    expect([now.code, parse(now.stdout)]).toMatchObject([
      1,
      { reason: 'outside_hours', retryAt: opens },
    ]);
  });
});
