import { describe, expect, it } from 'vitest';
import { pickTools } from '../../src/cli/pick-tools.ts';
import type { PinnedServer } from '../../src/domain/catalog-record.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';
import { pinnedServer } from '../support/fakes/pinned-server.ts';

const TERMINAL = { stdin: true, stdout: true, stderr: true };

/** A tool server of which `read` says that it only reads, and `gone` is taken out. */
function server(): PinnedServer {
  const base = pinnedServer('files', ['gone', 'read', 'write']);
  return {
    ...base,
    tools: base.tools.map((tool) => {
      if (tool.name === 'gone') return { ...tool, quarantine: { reason: 'by_admin' } };
      if (tool.name !== 'read') return tool;
      return { ...tool, definition: { name: 'read', annotations: { readOnlyHint: true } } };
    }),
  };
}

/** A CLI in a terminal where these lines are typed, then the questions are ended. */
function typed(lines: readonly string[], isConfirmed = true) {
  const waiting = [...lines];
  const asked: string[] = [];
  const cli = fakeCli({
    isTerminal: TERMINAL,
    askLine: async (question) => {
      asked.push(question);
      return waiting.shift();
    },
    confirm: async (question) => {
      asked.push(question);
      return isConfirmed;
    },
  });
  cli.state.servers.set('files', server());
  return { cli, asked };
}

describe('grant create on a terminal', () => {
  it('asks who, what, how long and what for, shows the file, and writes it after a yes', async () => {
    const { cli, asked } = typed(['alice', 'r github/list_*', '', 'look around']);
    const { code, stdout, stderr } = await cli.run('grant', 'create');
    expect({ code, stdout, asked }).toEqual({
      code: 0,
      stdout: 'grants/alice-tools.yaml: in force until 2026-11-22T20:00:00Z\n',
      asked: [
        'who may:',
        'which: numbers, 2-5, r (all that say they only read), or patterns:',
        'for how long [8h]:',
        'what for:',
        'write grants/alice-tools.yaml and put it in force?',
      ],
    });
    expect(stderr).toContain(
      [
        '   TOOL',
        '1  files/read   says it only reads',
        '2  files/write',
        'github was never seen: `npx toolgrant tools approve github`, or write a pattern such as github/*',
      ].join('\n'),
    );
    expect(stderr).toContain('  - permit: files/read\n  - permit: github/list_*\n');
    expect(cli.state.grants.get('alice-tools')?.purpose).toBe('look around');
  });

  it('asks no more than what was not said', async () => {
    const { cli, asked } = typed(['2', '30m']);
    const words = ['grant', 'create', 'alice', '--purpose', 'x', '--client', 'desk'];
    expect((await cli.run(...words)).code).toBe(0);
    expect(asked.length).toBe(3);
    expect(cli.state.grants.get('alice-files')).toMatchObject({
      clients: ['desk'],
      purpose: 'x',
      expiresAt: cli.state.now + 1_800_000,
      rules: [{ effect: 'permit', pattern: 'files/write' }],
    });
  });

  it('asks again when an answer makes no sense', async () => {
    const { cli } = typed(['al*', 'alice', '7', 'none', 'r', 'for ever', '1h', '']);
    const { code, stderr } = await cli.run('grant', 'create');
    expect(code).toBe(0);
    for (const problem of [
      'no grant can name this subject',
      '7: the list goes from 1 to 2',
      'none: neither a number, r, nor a pattern server/tool',
      'a number and s, m, h or d, such as 30m or 8h',
    ]) {
      expect(stderr).toContain(`${problem}\n`);
    }
  });

  it.each([
    ['says no', ['alice', 'r', '', ''], false],
    ['ends the questions', ['alice'], true],
  ])('writes nothing when the person %s', async (_, lines, isConfirmed) => {
    const { cli } = typed(lines, isConfirmed);
    const { code, stdout, stderr } = await cli.run('grant', 'create');
    expect([code, stdout, cli.files.size, cli.state.grants.size]).toEqual([1, '', 0, 0]);
    expect(stderr).toMatch(/error: no grant was made\n$/);
  });

  it.each([[['--ttl', '8h']], [['--permit', 'files/*']], [['--deny', 'files/*']]])(
    'asks nothing when told %j: a script does not hang',
    async (words) => {
      const { cli, asked } = typed([]);
      expect([(await cli.run('grant', 'create', 'alice', ...words)).code, asked]).toEqual([2, []]);
    },
  );

  it('asks nothing where there is no terminal', async () => {
    const { code, stderr } = await fakeCli().run('grant', 'create');
    expect([code, stderr]).toEqual([
      2,
      "error: missing required argument 'subject'\nhint: see `npx toolgrant grant create --help`\n",
    ]);
  });
});

describe('pickTools', () => {
  const tools = ['a/r', 'a/s', 'b/t', 'b/u'].map((ref, at) => ({ ref, isReadOnly: at % 2 === 0 }));
  it.each([
    ['1', ['a/r']],
    ['2-3, 1', ['a/r', 'a/s', 'b/t']],
    ['r', ['a/r', 'b/t']],
    ['4 a/{x,y} 4', ['b/u', 'a/{x,y}']],
  ])('reads %j', (answer, patterns) => {
    expect(pickTools(answer, tools)).toEqual({ ok: true, patterns });
  });

  it.each(['', ' , ', '0', '5', '3-2', '1-9', '-1', 'all', '1.5'])('refuses %j', (answer) => {
    expect(pickTools(answer, tools).ok).toBe(false);
  });
});
