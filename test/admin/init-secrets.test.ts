import { describe, expect, it } from 'vitest';
import type { ServerWords } from '../../src/admin/init-ports.ts';
import { inputIdsOf, replaceSecrets, secretsOf } from '../../src/admin/init-secrets.ts';

/** A reference, as clients and we write it. */
const reference = (name: string): string => `\${${name}}`;
const stdio = (args: readonly string[], env: Record<string, string> = {}): ServerWords => ({
  command: 'run',
  args,
  env,
});
const http = (url: string, headers: Record<string, string> = {}): ServerWords => ({
  type: 'http',
  url,
  headers,
});
const found = (entry: ServerWords) => secretsOf(entry).map(({ label, value }) => [label, value]);

describe('secrets of an entry', () => {
  it.each([
    ['a variable named for one', stdio([], { API_TOKEN: 'abc' }), [['API_TOKEN', 'abc']]],
    ['a shape', stdio([], { X: `ghp_${'a1'.repeat(18)}` }), [['X', `ghp_${'a1'.repeat(18)}`]]],
    [
      'the password of an address',
      stdio([], { DATABASE_URL: 'postgres://me:hunter22@db/x' }),
      [['DATABASE_URL', 'me:hunter22']],
    ],
    ['a flag and its value', stdio(['--api-key', 'k-1']), [['api-key', 'k-1']]],
    ['a flag with =', stdio(['--api-key=k-1']), [['api-key', 'k-1']]],
    ['an assignment, as docker takes it', stdio(['-e', 'GH_TOKEN=t-1']), [['GH_TOKEN', 't-1']]],
    [
      'a header in an argument',
      stdio(['--header', 'Authorization: Bearer t0ken-of-mine']),
      [['Authorization', 't0ken-of-mine']],
    ],
    ['a header of any vendor', stdio(['--header', 'X-Key: k-1']), [['X-Key', 'k-1']]],
    ['a variable named for a key', stdio([], { OPENAI_KEY: 'k-1' }), [['OPENAI_KEY', 'k-1']]],
    [
      'a flag named for a key',
      stdio(['--key', 'k-1', '--myKey=k-2']),
      [
        ['key', 'k-1'],
        ['myKey', 'k-2'],
      ],
    ],
    [
      'base64 with a slash',
      stdio(['-e', 'STORAGE_KEY=Eby8/vdM02']),
      [['STORAGE_KEY', 'Eby8/vdM02']],
    ],
    [
      'a generated part of an address in a variable',
      stdio([], { HOOK_URL: 'https://h/api/hooks/12/AbC9dEfGh2IjKlMnOp4QrStUv' }),
      [['HOOK_URL', 'AbC9dEfGh2IjKlMnOp4QrStUv']],
    ],
    [
      'a header, its scheme aside',
      http('https://h/mcp', { Authorization: 'Bearer t-1' }),
      [['Authorization', 't-1']],
    ],
    ['a parameter of an address', http('https://h/mcp?api_key=k-1&x=2'), [['url', 'k-1']]],
    [
      'a generated part of a path',
      http('https://h/s/Zm9vYmFy9x8Qw7e6R5t4Y3u2I1o0/mcp'),
      [['url', 'Zm9vYmFy9x8Qw7e6R5t4Y3u2I1o0']],
    ],
    ['a key of several lines', stdio([], { KEY_SECRET: 'a\nb\n' }), [['KEY_SECRET', 'a\nb']]],
  ])('takes %s', (_, entry, expected) => {
    expect(found(entry)).toEqual(expected);
  });

  it.each([
    ['an ordinary variable', stdio([], { LOG_LEVEL: 'debug', PORT: '8080', HOTKEY: 'F5' })],
    ['a word that ends like one', stdio(['--monkey', 'patch', '--compat', 'old'])],
    ['a switch or a count', stdio([], { AUTH: 'true', MAX_TOKENS: '4096' })],
    ['a path', stdio(['--token-file', '/home/a/t'], { GOOGLE_CREDENTIALS: '/home/a/key.json' })],
    ['a package and its version', stdio(['-y', '@modelcontextprotocol/server-github@2025.4.8'])],
    ['a folder with a generated name', stdio(['/home/a/9f8e7d6c5b4a39281706f5e4d3c2b1a0/work'])],
    ['a reference', stdio(['--api-key', reference('KEY')], { API_TOKEN: reference('env:T') })],
    [
      'a scheme before a reference',
      http('https://h/mcp', { Authorization: `Bearer ${reference('T')}` }),
    ],
    ['an address', http('https://example.com/mcp/v1?verbose=true')],
  ])('leaves %s', (_, entry) => {
    expect(found(entry)).toEqual([]);
  });

  it('puts references in their place and keeps every other character', () => {
    const entry = stdio(['--api-key=k-1', 'x'], { URL: 'postgres://me:hunter22@db/x', N: '1' });
    let at = 0;
    expect(replaceSecrets(entry, () => `<${at++}>`)).toEqual({
      command: 'run',
      args: ['--api-key=<0>', 'x'],
      env: { URL: 'postgres://<1>@db/x', N: '1' },
    });
  });

  it('keeps what a person gave for an input, and leaves what nobody gave', () => {
    const entry = http(`https://h/${reference('input:org')}`, {
      'X-Team': reference('input:team'),
      Authorization: `Bearer ${reference('input:tok')}`,
    });
    const given = new Map([
      ['tok', 't-1'],
      ['team', 'a'],
    ]);
    expect(inputIdsOf(entry)).toEqual(['org', 'team', 'tok']);
    expect(replaceSecrets(entry, ({ label, value }) => `<${label} ${value}>`, given)).toEqual(
      http(`https://h/${reference('input:org')}`, {
        'X-Team': '<team a>',
        Authorization: 'Bearer <tok t-1>',
      }),
    );
  });
});
