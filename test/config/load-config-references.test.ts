import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { ENV, failure, LINUX, load, server } from './loading.ts';
import { ref, writeConfig } from './temp-config.ts';

describe('loadConfig, references', () => {
  const header = (text: string) =>
    server({ url: 'https://example.com/mcp', headers: { Authorization: text } });

  it('resolves each kind wherever an entry has text: it puts the value there', () => {
    const env = { ...ENV, TOKEN: 'tok-123456', DIR: 'work', CMD: 'run' };
    const path = writeConfig({
      mcpServers: {
        a: {
          command: ref('CMD'),
          args: [`--token=${ref('env:TOKEN')}`, `${ref('NOPE:-fall:-back')}!`],
          env: { K: ref('file:secret.txt') },
          cwd: ref('DIR'),
        },
        b: {
          url: `https://example.com/${ref('DIR')}`,
          headers: { Authorization: `Bearer ${ref('TOKEN')}` },
        },
      },
    });
    writeFileSync(join(dirname(path), 'secret.txt'), 'from-file-1\n');
    const { specs, configDir, secrets } = loadConfig(path, env, LINUX);
    expect(specs[0]).toMatchObject({
      command: 'run',
      args: ['--token=tok-123456', 'fall:-back!'],
      env: { K: 'from-file-1' },
      cwd: join(configDir, 'work'),
    });
    expect(specs[1]).toMatchObject({
      url: 'https://example.com/work',
      headers: { Authorization: 'Bearer tok-123456' },
    });
    expect(secrets).toEqual(['Bearer tok-123456', 'from-file-1', 'tok-123456']);
  });

  it.each([
    ['unset', ref('TOKEN'), {}, 'mcpServers.github.headers.Authorization: TOKEN is not set'],
    [
      'empty',
      ref('TOKEN'),
      { TOKEN: '' },
      'mcpServers.github.headers.Authorization: TOKEN is not set',
    ],
    ['inherited from Object', ref('constructor'), {}, 'Authorization: constructor is not set'],
    [
      'of a missing file',
      ref('file:/none/at/all'),
      {},
      'Authorization: file:/none/at/all cannot be read: ENOENT',
    ],
    [
      'of an unknown kind',
      ref('input:tok'),
      {},
      'Authorization: a reference that is not known: "input:tok"',
    ],
    ['not closed', '${TOKEN', {}, 'Authorization: a reference is not closed with }'],
  ])('refuses a reference that is %s: it names key and reference', (_, text, env, message) => {
    const error = failure(header(`Bearer ${text}`), env);
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toContain(message);
  });

  it('takes the default of a variable that is empty: it is used', () => {
    const { specs } = load(header(`Bearer ${ref('TOKEN:-abc')}`), { TOKEN: '' });
    expect(specs[0]).toMatchObject({ headers: { Authorization: 'Bearer abc' } });
  });

  it('never shows a resolved value in an error (P7): it is absent', () => {
    const env = { CANARY: 'canary\n-canary' };
    const errors = [
      failure(header(ref('CANARY')), env),
      failure(server({ url: ref('CANARY') }), env),
      failure(server({ command: 'a', env: { [`X=${'y'}`]: ref('CANARY') } }), env),
    ];
    expect(errors.map((error) => error.code)).toEqual(['ERR_CONFIG', 'ERR_CONFIG', 'ERR_CONFIG']);
    expect(JSON.stringify(errors)).not.toContain('canary');
  });

  it('counts what every tool server inherits as no secret: it is not scrubbed from answers', () => {
    expect(load(server({ command: 'a', args: [ref('HOME')] })).secrets).toEqual([]);
  });

  it('counts credentials written out in the file as secrets: it remembers them', () => {
    const { secrets } = load({
      mcpServers: {
        a: {
          command: 'a',
          env: {
            API_KEY: 'literal-key',
            DSN: 'postgres://u:db-pass@h/',
            GIT_AUTHOR: 'Alice Smith',
            MAX_TOKENS: '100000',
          },
        },
        b: { url: 'https://x/', headers: { Authorization: 'Bearer literal-token' } },
      },
    });
    expect(secrets).toEqual(['Bearer literal-token', 'literal-token', 'literal-key', 'db-pass']);
  });

  it('warns when headers would travel in the clear: it names the key', () => {
    const entry = { headers: { A: 'b' } };
    expect(load(server({ url: 'http://example.com/', ...entry })).warnings).toHaveLength(1);
    expect(load(server({ url: 'http://127.0.0.1:9/', ...entry })).warnings).toEqual([]);
  });

  it.each([{ NODE_USE_ENV_PROXY: '1' }, { NODE_OPTIONS: '--use-env-proxy' }])(
    'warns when Node was told to hand headers to a proxy: %j',
    (env) => {
      const entry = { headers: { A: 'b' } };
      const warnings = (url: string) =>
        load(server({ url, ...entry }), { ...ENV, ...env }).warnings;
      expect(warnings('http://127.0.0.1:9/')).toEqual([expect.stringContaining('proxy')]);
      expect(warnings('https://example.com/')).toEqual([]);
    },
  );
});
