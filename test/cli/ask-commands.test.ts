import { describe, expect, it } from 'vitest';
import { checkpointAudit } from '../../src/admin/checkpoint-audit.ts';
import { createCheckpointSigner } from '../../src/audit/checkpoint.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { grantText } from '../support/fakes/grant-text.ts';
import { pinnedServer } from '../support/fakes/pinned-server.ts';

describe('toolgrant can-i', () => {
  function granted() {
    const cli = fakeCli();
    cli.state.servers.set('files', pinnedServer('files', ['read_file', 'write_file']));
    cli.state.grants.set('a', grantRecord({ id: 'a' }));
    return cli;
  }

  it('exits with 0 for yes, with the rule, its file and line', async () => {
    expect(await granted().run('can-i', 'alice', 'files/read_file')).toEqual({
      code: 0,
      stdout: [
        'yes: alice may call files/read_file: a rule permits it (permit files/read_*, grants/a.yaml:6)',
        '  a (grants/a.yaml): a rule permits it (permit files/read_*, grants/a.yaml:6)',
        'to end it: npx toolgrant grant revoke a',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it.each([
    [
      'prompt:files/triage',
      'yes: alice may get the prompt files/triage: a rule permits it (permit prompt:files/*, grants/b.yaml:3)',
    ],
    [
      'prompt:files/other',
      'no: alice may not get the prompt files/other: the tool server is not known to have it (permit prompt:files/*, grants/b.yaml:3)',
    ],
    [
      'resource:files/FILE:///home/./a',
      'yes: alice may read FILE:///home/./a of files: a rule permits it (permit resource:files/file:///home/*, grants/b.yaml:4)',
    ],
    [
      'resource:files/file:///home/..%2fa',
      'no: alice may not read file:///home/..%2fa of files: the URI can be read in more than one way, so that no rule can permit it',
    ],
    [
      'ask:files/roots',
      'yes: files may ask clients of alice for roots: a rule permits it (permit ask:files/roots, grants/b.yaml:5)',
    ],
    [
      'ask:files/sampling',
      'no: files may not ask clients of alice for sampling: no rule lets the tool server ask that of the client',
    ],
  ])('answers for %s', async (thing, line) => {
    const cli = granted();
    const prompts = [{ name: 'triage', definition: {}, hash: 'a'.repeat(64) }];
    const files = pinnedServer('files', ['read_file']);
    cli.state.servers.set('files', { ...files, prompts, capabilities: { resources: {} } });
    const patterns = ['prompt:files/*', 'resource:files/file:///home/*', 'ask:files/roots'];
    const rules = patterns.map((pattern, at) => ({
      effect: 'permit' as const,
      pattern,
      line: 3 + at,
    }));
    cli.state.grants.set('b', grantRecord({ id: 'b', rules }));
    const { code, stdout } = await cli.run('can-i', 'alice', thing);
    expect([code, stdout.split('\n')[0]]).toEqual([line.startsWith('yes') ? 0 : 1, line]);
  });

  it('exits with 1 for no, with the command that would change it', async () => {
    const { code, stdout } = await granted().run('can-i', 'bob', 'files/write_file');
    expect([code, stdout]).toEqual([
      1,
      [
        'no: bob may not call files/write_file: no grant names this subject',
        'fix: npx toolgrant grant create bob --permit files/write_file --ttl 8h',
        '',
      ].join('\n'),
    ]);
  });

  it('prints a stable shape with --json', async () => {
    const { stdout } = await granted().run('can-i', 'alice', 'files/write_file', '--json');
    expect(JSON.parse(stdout)).toEqual({
      allowed: false,
      reason: 'no_rule',
      words: 'no rule matches',
      rule: null,
      conditions: [],
      terms: null,
      wouldRefuse: null,
      retryAt: null,
      grants: [{ id: 'a', file: 'grants/a.yaml', reason: 'no_rule', rule: null }],
      waiting: [],
      remedy: 'npx toolgrant grant create alice --permit files/write_file --ttl 8h',
      remedyNote: null,
      toEnd: [],
    });
  });

  it('names every grant to revoke for a yes, as words with --json', async () => {
    const cli = granted();
    cli.state.grants.set('b', grantRecord({ id: 'b' }));
    const plain = await cli.run('can-i', 'alice', 'files/read_file');
    const json = await cli.run('can-i', 'alice', 'files/read_file', '--json');
    expect(plain.stdout.split('\n').slice(-4)).toEqual([
      'a, b: each of these permits it, so all must be revoked',
      'to end it: npx toolgrant grant revoke a',
      'to end it: npx toolgrant grant revoke b',
      '',
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      allowed: true,
      remedy: null,
      toEnd: [
        ['grant', 'revoke', 'a'],
        ['grant', 'revoke', 'b'],
      ],
    });
  });

  it('prints the commands of a note as invoked', async () => {
    const { stdout } = await granted().run('can-i', 'alice', 'files/nope');
    expect(stdout).toContain(
      'fix: files has no such tool; see `npx toolgrant tools list`; if the server offers it now: `npx toolgrant tools approve files`\n',
    );
  });

  it('leads to grant apply with --json when the answer waits in a file', async () => {
    const cli = granted();
    cli.files.set('grants/w.yaml', grantText({ id: 'w', rules: ['permit: files/*'] }));
    const { stdout } = await cli.run('can-i', 'alice', 'files/write_file', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      waiting: ['grants/w.yaml'],
      remedy: 'npx toolgrant grant apply',
    });
  });

  it('takes arguments, which change nothing without a condition', async () => {
    const argv = ['can-i', 'alice', 'files/read_file', '--args', '{"path":"/"}'];
    const { code, stderr } = await granted().run(...argv);
    expect([code, stderr]).toEqual([0, '']);
  });

  it.each([
    [['can-i', 'alice', 'read_file']],
    [['can-i', 'alice', 'prompt:files']],
    [['can-i', 'alice', 'resource:/x']],
    [['can-i', 'alice', 'ask:']],
    [['can-i', 'alice', 'files/read_file', '--args', '[]']],
    [['can-i', 'alice']],
  ])('exits with 2 for %j and answers nothing', async (argv) => {
    const { code, stdout } = await granted().run(...argv);
    expect([code, stdout]).toEqual([2, '']);
  });
});

describe('toolgrant audit', () => {
  function logged() {
    const cli = fakeCli();
    cli.state.append({ code: 'TG5001' });
    cli.state.append({
      code: 'TG1003',
      subject: 'alice',
      server: 'files',
      tool: 'x\nforged \u001b[31m',
      decision: 'deny',
      reason: 'no_rule',
    });
    return cli;
  }

  it('tails the newest events as a table in which no field can forge a row', async () => {
    const { stdout } = await logged().run('audit', 'tail', '-n', '1');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^SEQ {2}AT .*EVENT .*SUBJECT .*WHAT .*RESULT .*RULE$/),
      expect.stringMatching(
        /^2 .*TG1003 call\.refused {2}alice {4}files\/x\\u\{a\}forged \\u\{1b\}\[31m {2}deny no_rule {2}-$/,
      ),
      '',
    ]);
  });

  it('names in the table what of a tool server was used, of every kind', async () => {
    const cli = fakeCli();
    const used = [{ tool: 'a' }, { prompt: 'b' }, { resource: 'c:d' }, { template: 'c:{d}' }, {}];
    for (const of of used) cli.state.append({ code: 'TG1001', server: 's', ...of });
    const { stdout } = await cli.run('audit', 'tail');
    expect(stdout.match(/(?:\w+:)?s(?:\/\S+)?(?= {2,})/g)).toEqual([
      's/a',
      'prompt:s/b',
      'resource:s/c:d',
      'template:s/c:{d}',
      's',
    ]);
  });

  it('tails JSON Lines, and follows until stopped', async () => {
    const stop = new AbortController();
    const cli = fakeCli({
      signal: stop.signal,
      wait: async () => {
        cli.state.append({ code: 'TG5002' });
        if (cli.state.events.length > 2) stop.abort();
      },
    });
    cli.state.append({ code: 'TG5001' });
    const { stdout } = await cli.run('audit', 'tail', '-f', '--json');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual(cli.state.events.slice(0, lines.length));
    expect(lines.length).toBeGreaterThan(1);
  });

  it('queries by name, and prints an array', async () => {
    const cli = logged();
    const { stdout } = await cli.run('audit', 'query', '--code', 'call.refused', '--json');
    expect(JSON.parse(stdout)).toEqual([cli.state.events[1]]);
    expect((await cli.run('audit', 'query', '--subject', 'bob', '--json')).stdout).toBe('[]\n');
  });

  it.each([
    [['--code', 'nonsense']],
    [['--since', 'yesterday']],
    [['--since', '2026-11-22T12:00:00']],
    [['--limit', '0']],
    [['--decision', 'maybe']],
  ])('exits with 2 for the condition %j', async (argv) => {
    expect((await logged().run('audit', 'query', ...argv)).code).toBe(2);
  });

  it('shows one event, and exits with 5 for one that is not there', async () => {
    const cli = logged();
    const found = await cli.run('audit', 'show', '2', '--json');
    const missing = await cli.run('audit', 'show', '99');
    expect([JSON.parse(found.stdout), missing.code]).toEqual([cli.state.events[1], 5]);
  });

  it('verifies against a checkpoint kept elsewhere', async () => {
    const texts: string[] = [];
    const cli = fakeCli({ readTextFile: async () => texts[0] ?? '' });
    cli.state.append({ code: 'TG5001' });
    texts.push((await checkpointAudit(cli.context)).note);
    cli.state.append({ code: 'TG5002' });
    const good = await cli.run('audit', 'verify', '--against', 'f');
    cli.state.events.length = 1;
    const bad = await cli.run('audit', 'verify', '--against', 'f', '--json');
    expect([good.code, good.stdout]).toEqual([
      0,
      'ok: 3 events, unbroken; signed up to 2, 1 beyond\n',
    ]);
    expect([bad.code, JSON.parse(bad.stdout)]).toMatchObject([1, { ok: false, problemCount: 1 }]);
  });

  it('leads to a first checkpoint, and not to another once one was made', async () => {
    const texts: string[] = [];
    const cli = fakeCli({ readTextFile: async () => texts[0] ?? '' });
    cli.state.append({ code: 'TG5001' });
    cli.state.append({ code: 'TG5002' });
    const bare = await cli.run('audit', 'verify');
    expect([bare.stdout, bare.stderr]).toEqual([
      'ok: 2 events, unbroken; no signed checkpoint covers them yet\n',
      'no checkpoint kept elsewhere was given; see --against\nnext: npx toolgrant audit checkpoint\n',
    ]);
    const made = await cli.run('audit', 'checkpoint');
    texts.push(made.stdout);
    const again = await cli.run('audit', 'verify');
    expect(again.stderr).toContain('next: npx toolgrant audit verify --against FILE\n');
    const signed = await cli.run('audit', 'verify', '--against', 'f');
    expect([signed.stdout, signed.stderr]).toEqual([
      'ok: 3 events, unbroken; signed up to 3, 0 beyond\n',
      '',
    ]);
  });

  it('leads to another checkpoint when more than 1,000 events lie beyond the newest', async () => {
    const texts: string[] = [];
    const cli = fakeCli({ readTextFile: async () => texts[0] ?? '' });
    texts.push((await cli.run('audit', 'checkpoint')).stdout);
    const append = (count: number) => {
      for (let at = 0; at < count; at += 1) cli.state.append({ code: 'TG5001' });
    };
    append(500);
    const head = cli.state.events.at(-1);
    if (head === undefined) throw new Error('the log has no head');
    const sign = createCheckpointSigner(await cli.context.keys.checkpointKey());
    cli.state.checkpoints.push(sign(head));
    append(500);
    const verify = async () => (await cli.run('audit', 'verify', '--against', 'f')).stderr;
    const uncovered = 'are covered by no checkpoint kept elsewhere\n';
    expect(await verify()).toBe(`events 2 to 1001 ${uncovered}`);
    cli.state.append({ code: 'TG5001' });
    expect(await verify()).toBe(
      `events 2 to 1002 ${uncovered}next: npx toolgrant audit checkpoint\n`,
    );
  });

  it('says what is wrong, what is left of the proof, and what to keep', async () => {
    const cli = logged();
    cli.state.append({ code: 'TG5002' });
    cli.state.events.splice(1, 1);
    const { code, stdout, stderr } = await cli.run('audit', 'verify');
    expect([code, stdout.split('\n')[0]]).toEqual([1, 'not ok: 2 events, 2 problems']);
    expect(stdout).toContain('event 3: event 2 is missing\n');
    expect(stderr).toBe(
      'hint: keep a copy of the state directory; what follows event 2 proves nothing\n',
    );
  });

  it.each([
    [
      { code: 'TG2003', session: `ses_${'7'.repeat(32)}`, subject: 'alice' },
      `ses_${'7'.repeat(32)}`,
    ],
    [{ code: 'TG3003', detail: { grant: 'alice-files' } }, 'alice-files'],
    [{ code: 'TG2006', client: 'claude-desktop', subject: 'alice' }, 'claude-desktop'],
    [
      { code: 'TG6001', actor: { uid: 501, pid: 7, terminal: true, command: 'grant list' } },
      'uid 501: grant list',
    ],
    [
      { code: 'TG2001', detail: { failures: { expired: 2, malformed: 1 } } },
      'expired 2, malformed 1',
    ],
    [
      { code: 'TG9001', detail: { signal: 'data_driven', step: 'hold', thing: 's/send' } },
      'data_driven hold s/send',
    ],
    [{ code: 'TG9003', detail: { undoes: 1, signal: 'flow' } }, 'flow'],
    [{ code: 'TG9004', detail: { grant: 'a', frozen: true } }, 'a'],
  ] as const)('shows the object of %j', async (event, what) => {
    const cli = fakeCli();
    cli.state.append(event);
    const { stdout } = await cli.run('audit', 'tail');
    expect(stdout.split('\n')[1]?.split(/ {2,}/)[4]).toBe(what);
  });

  it('prints a checkpoint as JSON', async () => {
    const { code, stdout } = await logged().run('audit', 'checkpoint', '--json');
    expect([code, Object.keys(JSON.parse(stdout))]).toEqual([
      0,
      ['chain', 'seq', 'hash', 'at', 'kid', 'signature'],
    ]);
  });
});
