import { describe, expect, it } from 'vitest';
import { fakeCli } from '../support/fakes/fake-cli.ts';

describe('runCli', () => {
  it.each([
    [['frob'], "unknown command 'frob'", 'see `npx toolgrant --help`'],
    [['grant', 'creat'], "unknown command 'creat'", 'did you mean create?'],
    [['grant', 'list', '--al'], "unknown option '--al'", 'did you mean --all?'],
    [
      ['session', 'show'],
      "missing required argument 'id'",
      'see `npx toolgrant session show --help`',
    ],
    [['serve', '--port', 'x'], "option '--port <number>' argument 'x' is invalid", 'see `npx'],
    [['grant', 'list', 'x'], "too many arguments for 'list', expected 0 arguments", 'see `npx'],
  ])('explains %j on standard error and exits with 2', async (argv, message, hint) => {
    const { code, stdout, stderr } = await fakeCli().run(...argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')).toEqual([
      expect.stringContaining(`error: ${message}`),
      expect.stringContaining(`hint: ${hint}`),
      '',
    ]);
  });

  it('has no --token, and does not repeat one', async () => {
    const { code, stderr } = await fakeCli().run('stdio', '--token=eyJhbGciOi.secret');
    expect([code, stderr.includes('secret')]).toEqual([2, false]);
  });

  it.each([[[]], [['grant']], [['audit']]])(
    'prints help on standard error for %j',
    async (argv) => {
      const { code, stdout, stderr } = await fakeCli().run(...argv);
      expect([code, stdout, stderr.startsWith('Usage: ')]).toEqual([2, '', true]);
    },
  );

  it.each([
    [['--help'], 'Usage: toolgrant '],
    [['grant', 'create', '--help'], 'Usage: toolgrant grant create '],
    [['--version'], '9.9.9\n'],
  ])('prints %j on standard output and exits with 0', async (argv, start) => {
    const { code, stdout, stderr } = await fakeCli().run(...argv);
    expect([code, stdout.startsWith(start), stderr]).toEqual([0, true, '']);
  });

  it('shows nothing of a bug but its kind, exits with 4 and closes the context', async () => {
    const cli = fakeCli({
      mintToken: async () => {
        throw new TypeError('holds a secret');
      },
    });
    await cli.run('grant', 'create', 'alice', '--permit', 'files/*', '--ttl', '1h');
    const { code, stdout, stderr } = await cli.run('session', 'open', '--subject', 'alice');
    expect([code, stdout, stderr.includes('secret'), cli.closed.count]).toEqual([4, '', false, 2]);
    expect(stderr).toContain('error: internal error (TypeError)\nhint: ');
  });

  it('prints warnings of the configuration', async () => {
    const cli = fakeCli();
    const warned = fakeCli({
      openAdmin: async () => ({
        context: cli.context,
        config: { configPath: '/c', warnings: ['odd key\nforged'], keychainReferences: [] },
        close: async () => {},
      }),
    });
    expect((await warned.run('grant', 'list')).stderr).toBe('warning: odd key\\u{a}forged\n');
  });
});
