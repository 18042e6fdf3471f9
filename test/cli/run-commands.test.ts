import { describe, expect, it } from 'vitest';
import type { CallOptions, ServeOptions, StdioOptions } from '../../src/cli/cli-deps.ts';
import type { BrokerReply } from '../../src/domain/broker.ts';
import { fakeCli } from '../support/fakes/fake-cli.ts';

describe('toolgrant serve', () => {
  it('passes its options on and ends with the broker’s exit code', async () => {
    const asked: ServeOptions[] = [];
    const cli = fakeCli({
      runServe: async (options) => {
        asked.push(options);
        return 4;
      },
    });
    const argv = ['serve', '--port', '0', '--apply', '--config', 'c.json', '--log-level', 'debug'];
    expect((await cli.run(...argv)).code).toBe(4);
    await cli.run('serve', '--accept-rollback');
    expect(asked).toEqual([
      {
        port: 0,
        apply: true,
        insecureHttp: false,
        acceptRollback: false,
        configPath: 'c.json',
        logLevel: 'debug',
      },
      { apply: false, insecureHttp: false, acceptRollback: true },
    ]);
  });
});

describe('toolgrant stdio', () => {
  const run = async (argv: readonly string[], env = {}, files: Record<string, string> = {}) => {
    const asked: StdioOptions[] = [];
    const cli = fakeCli({
      env,
      runStdio: async (options) => {
        asked.push(options);
        return 0;
      },
      readTextFile: async (file) => {
        const text = files[file];
        if (text === undefined) throw new Error('ENOENT');
        return text;
      },
    });
    return { ...(await cli.run('stdio', ...argv)), asked };
  };

  it.each([
    ['a profile', ['--profile', 'p'], { TOOLGRANT_TOKEN: 'ignored' }, [{ profile: 'p' }]],
    ['the environment', [], { TOOLGRANT_TOKEN: ' tok\n' }, [{ token: 'tok' }]],
    ['a file', ['--token-file', 'f'], { TOOLGRANT_TOKEN: 'ignored' }, [{ token: 'filed' }]],
    ['nothing', [], {}, [{}]],
  ])('takes its session from %s and prints nothing', async (_, argv, env, expected) => {
    const { asked, stdout, code } = await run(argv, env, { f: 'filed\n' });
    const whole = expected.map((one) => ({ acceptRollback: false, ...one }));
    expect([asked, stdout, code]).toEqual([whole, '', 0]);
  });

  it.each([
    [['--profile', 'p', '--token-file', 'f']],
    [['--token-file', 'missing']],
    [['--token-file', 'empty']],
  ])('exits with 2 for %j and starts nothing', async (argv) => {
    const { asked, code } = await run(argv, {}, { f: 'x', empty: ' \n' });
    expect([asked, code]).toEqual([[], 2]);
  });
});

describe('toolgrant call', () => {
  const run = async (reply: BrokerReply, ...argv: readonly string[]) => {
    const asked: CallOptions[] = [];
    const cli = fakeCli({
      runCall: async (options) => {
        asked.push(options);
        return reply;
      },
      readStdin: async () => '{"from":"stdin"}',
      readTextFile: async () => '{"from":"file"}',
    });
    return { ...(await cli.run('call', 'files/read', '--as', 'alice', ...argv)), asked };
  };
  const result = { kind: 'result', result: { content: [{ type: 'text', text: 'a\nb\u001b[2J' }] } };

  it.each([
    ['{"n":1}', { n: 1 }],
    ['-', { from: 'stdin' }],
    ['@f', { from: 'file' }],
  ])('reads arguments from %s', async (given, args) => {
    const { asked } = await run(result as BrokerReply, '--args', given);
    expect(asked).toEqual([{ subject: 'alice', ref: { server: 'files', tool: 'read' }, args }]);
  });

  it.each(['[1]', '1', 'null', 'secret}'])('exits with 2 for arguments %s', async (given) => {
    const { asked, code, stderr } = await run(result as BrokerReply, '--args', given);
    expect([asked, code, stderr.includes('secret')]).toEqual([[], 2, false]);
  });

  it('prints text so that it cannot act on the terminal', async () => {
    const { stdout, code } = await run(result as BrokerReply);
    expect([stdout, code]).toEqual(['a\nb\\u{1b}[2J\n', 0]);
  });

  it('exits with 1 for a result that is an error', async () => {
    const { code } = await run({ kind: 'result', result: { content: [], isError: true } });
    expect(code).toBe(1);
  });

  it('exits with 1 when refused, and prints the command that explains it', async () => {
    const error = { code: -32_602, message: 'Unknown tool: files__read' };
    const { code, stdout, stderr } = await run({ kind: 'error', error }, '--client', 'desk');
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      'error: Unknown tool: files__read (-32602)\nnext: npx toolgrant can-i alice files/read --client desk\n',
    ]);
  });

  it('exits with 4 when the machinery failed', async () => {
    const error = { code: -32_603, message: 'Internal error' };
    const { code, stdout } = await run({ kind: 'error', error }, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([4, { error }]);
  });
});

describe('toolgrant connect', () => {
  it('prints the entry alone on standard output', async () => {
    const { code, stdout, stderr } = await fakeCli().run(
      'connect',
      'claude-desktop',
      '--subject',
      'alice',
      '--print',
    );
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        mcpServers: {
          tg: {
            command: '/n/node',
            args: [
              '/t/cli.js',
              'stdio',
              '--profile',
              'claude-desktop',
              '--config',
              '/conf/mcp.config.json',
            ],
          },
        },
      },
    ]);
    expect(stderr).toContain('profile claude-desktop is ready');
  });

  it.each([
    [['emacs', '--subject', 'alice', '--print']],
    [['claude-desktop', '--print']],
    [['claude-desktop', '--subject', 'alice', '--print', '--dry-run']],
    [['claude-desktop', '--subject', 'alice', '--http']],
    [['chatgpt', '--subject', 'alice', '--print']],
  ])('exits with 2 for %j and makes no profile', async (argv) => {
    const cli = fakeCli();
    expect((await cli.run('connect', ...argv)).code).toBe(2);
    expect(cli.state.profiles.size).toBe(0);
  });
});
