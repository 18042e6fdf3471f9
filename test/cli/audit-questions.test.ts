import { describe, expect, it } from 'vitest';
import type { EventDraft } from '../../src/domain/event.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';

const RULE = {
  grant: 'g',
  revision: 3,
  index: 0,
  file: 'grants/g.yaml',
  line: 7,
  effect: 'permit',
  pattern: 'files/*',
} as const;
const READ = { subject: 'alice', server: 'files', tool: 'read' } as const;

/** A call that waited for its approval, another one, and a refusal. */
const LOG: readonly EventDraft[] = [
  { code: 'TG1003', ...READ, decision: 'deny', reason: 'approval_needed', approval: 'apr_1' },
  { code: 'TG8001', ...READ, approval: 'apr_1' },
  {
    code: 'TG8002',
    actor: { uid: 7, pid: 1, terminal: true, command: 'approvals approve' },
    approval: 'apr_1',
  },
  {
    code: 'TG1001',
    ...READ,
    decision: 'permit',
    rule: RULE,
    conditions: [{ grant: 'g', index: 0, result: 'true' }],
    approval: 'apr_1',
    argsHmac: 'aa',
  },
  { code: 'TG1001', subject: 'bob', server: 'files', tool: 'list', decision: 'permit', rule: RULE },
  { code: 'TG1007', ...READ, intent: 4, method: 'elicitation/create' },
  { code: 'TG1002', ...READ, intent: 4, outcome: 'ok', durationUs: 1_500, resultBytes: 40 },
  { code: 'TG1002', subject: 'bob', intent: 5, outcome: 'failed', durationUs: 90_000 },
];

function withLog(isTerminal = false) {
  const cli = fakeCli({ isTerminal: { stdin: false, stdout: isTerminal, stderr: false } });
  for (const draft of LOG) cli.state.append(draft);
  return cli;
}

const seqsOf = (stdout: string): readonly number[] =>
  (JSON.parse(stdout) as readonly { readonly seq: number }[]).map(({ seq }) => seq);

describe('audit query', () => {
  it.each([
    ['--denied', [1]],
    ['--tool files/read --outcome ok', [7]],
    ['--server files --tool list', [5]],
    ['--rule grants/g.yaml:7', [4, 5]],
    ['--grant g --subject bob', [5]],
    ['--approval apr_1', [1, 2, 3, 4]],
    ['--args aa', [4]],
    ['--intent 4', [6, 7]],
    ['--method elicitation/create', [6]],
    ['--from 3 --to 5 --sort newest', [5, 4, 3]],
    ['--sort newest --limit 2', [8, 7]],
    ['--limit 2', [7, 8]],
    ['--slower-than 1ms', [7, 8]],
    ['--slower-than 2ms', [8]],
    ['--larger-than 40B', [7]],
    ['--larger-than 41B --tool read', []],
    ['--where actor.uid=7', [3]],
    ['--where actor.terminal=true', [3]],
    ['--where conditions.result=true --subject alice', [4]],
    ['--where rule.revision=3 --where subject=bob', [5]],
    ['--where rule.pattern=files', []],
    ['--where __proto__.x=1', []],
  ])('answers %s', async (options, seqs) => {
    const { code, stdout } = await withLog().run('audit', 'query', ...options.split(' '), '--json');
    expect([code, seqsOf(stdout)]).toEqual([0, seqs]);
  });

  it.each([
    '--denied --decision permit',
    '--from 5 --to 4',
    '--since 1h --until 2h',
    '--where subject',
    '--where =alice',
    '--slower-than 2',
    '--larger-than 2GB',
  ])('refuses %s', async (options) => {
    expect((await withLog().run('audit', 'query', ...options.split(' '))).code).toBe(2);
  });

  it('says which value of a question without an answer no event has', async () => {
    const { code, stderr } = await withLog().run(
      ...['audit', 'query', '--outcome', 'okk', '--subject', 'bob', '--tool', 'files/re*'],
    );
    expect([code, stderr]).toEqual([0, expect.stringContaining('no event has outcome okk')]);
    expect(stderr).toContain('no event has tool re*: values are exact, without patterns');
    expect(stderr).not.toContain('bob');
  });
});

describe('audit tail', () => {
  it('takes conditions', async () => {
    const { stdout } = await withLog().run('audit', 'tail', '--subject', 'bob', '--json');
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('follows to no end that was named', async () => {
    for (const end of ['--to', '--until']) {
      const ran = await withLog().run('audit', 'tail', '-f', end, end === '--to' ? '5' : '1h');
      expect(ran.code).toBe(2);
    }
  });
});

describe('audit show', () => {
  it('gives the whole life of a call, whichever of its events is asked for', async () => {
    const cli = withLog();
    for (const seq of ['4', '7']) {
      const { stdout } = await cli.run('audit', 'show', seq, '--json', '--life');
      expect(seqsOf(stdout)).toEqual([1, 2, 3, 4, 6, 7]);
    }
  });

  it('says by which rule, on which line, with which approval, and how long it took', async () => {
    const { stdout } = await withLog().run('audit', 'show', '7');
    expect(stdout).toContain('by rule         grants/g.yaml:7  permit files/*');
    expect(stdout).toContain('condition       of g, rule 1: true');
    expect(stdout).toContain('approval        apr_1');
    expect(stdout).toContain('uid 7: approvals approve');
    expect(stdout).toContain('ok, 40 bytes, in 1.5 ms');
  });

  it('shows an event of no call by itself', async () => {
    const cli = withLog();
    cli.state.append({ code: 'TG5001' });
    const { stdout } = await cli.run('audit', 'show', '9');
    expect(stdout).not.toContain('AFTER');
  });
});

describe('audit stats', () => {
  it('counts by subject, tool, hour and outcome', async () => {
    const { stdout } = await withLog().run('audit', 'stats', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      total: { uses: 3, outcomes: { failed: 1, ok: 1, refused: 1 } },
      subjects: [
        { subject: 'alice', uses: 2, outcomes: { ok: 1, refused: 1 } },
        { subject: 'bob', uses: 1, outcomes: { failed: 1 } },
      ],
      tools: [{ tool: 'files/read', uses: 2 }],
      hours: [{ uses: 3 }],
      outcomes: [
        { outcome: 'failed', uses: 1 },
        { outcome: 'ok', uses: 1 },
      ],
    });
  });

  it('takes conditions, and one field', async () => {
    const { stdout } = await withLog().run(
      ...['audit', 'stats', '--by', 'tool', '--subject', 'alice', '--json'],
    );
    expect(Object.keys(JSON.parse(stdout) as object)).toEqual(['total', 'tools']);
  });

  it('draws bars on a terminal alone', async () => {
    expect((await withLog(true).run('audit', 'stats')).stdout).toContain('█');
    expect((await withLog().run('audit', 'stats')).stdout).not.toContain('█');
  });
});
