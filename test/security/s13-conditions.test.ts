import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { realPathOnDisk } from '../../src/admin/real-path.ts';
import { decide } from '../../src/authorize/decide.ts';
import type { Json } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';
import { NOW } from '../authorize/sample-grants.ts';
import { conditional, stateOf } from '../support/conditions.ts';

const dir = realpathSync(mkdtempSync(join(tmpdir(), 'tg-s13-')));
const root = join(dir, 'root');
mkdirSync(join(root, 'sub'), { recursive: true });
mkdirSync(join(dir, 'secret', 'deep'), { recursive: true });
writeFileSync(join(root, 'file'), '');
symlinkSync(join(dir, 'secret', 'deep'), join(root, 'out'));
symlinkSync(join(dir, 'nothing'), join(root, 'dangling'));
symlinkSync('ring', join(root, 'ring'));
symlinkSync(root, join(dir, 'in'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const ALICE = { subject: 'alice' };

/** `permit` or the reason of a call of `files/read`. */
function answer(rule: '+' | '-', when: string, args: Json): string {
  const rules = rule === '+' ? [] : ([['+files/read']] as const);
  const state = stateOf(conditional(...rules, [`${rule}files/read`, when]), realPathOnDisk);
  const request = { kind: 'tool', server: 'files', tool: 'read', args } as const;
  const decision = decide(state, ALICE, request, NOW);
  return decision.kind === 'permit' ? 'permit' : decision.reason;
}

/** Paths that are not plainly below the root. */
const PATHS: readonly (readonly [string, Json])[] = [
  ['a step out', `${root}/../secret`],
  ['a step out behind a folder', `${root}/sub/../../secret`],
  ['a step out behind a link', `${root}/out/../file`],
  ['steps above everything', '/../../..'],
  ['a step encoded', `${root}/%2e%2e/secret`],
  ['a step half encoded', `${root}/.%2E/secret`],
  ['a step encoded twice', `${root}/%252e%252e/secret`],
  ['an encoded slash', `${root}/..%2fsecret`],
  ['an encoded NUL', `${root}/file%00`],
  ['a NUL', `${root}/file\u0000/../../secret`],
  ['a line break', `${root}/file\n`],
  ['a backslash', `${root}\\..\\secret`],
  ['a fraction slash', `${root}/..\u2044secret`],
  ['a division slash', `${root}/..\u2215secret`],
  ['a full-width slash', `${root}/..\uff0fsecret`],
  ['a full-width dot', `${root}/\uff0e\uff0e/secret`],
  ['a two-dot leader', `${root}/\u2025/secret`],
  ['a zero-width space', `${root}/.\u200b./secret`],
  ['half a surrogate pair', `${root}/\ud800`],
  ['a link out', `${root}/out/file`],
  ['a link out, and what is not there yet', `${root}/out/new/file`],
  ['a link that leads nowhere', `${root}/dangling`],
  ['a ring of links', `${root}/ring/file`],
  ['a link in', `${dir}/in/file`],
  ['another case', root.toUpperCase()],
  ['a name that begins like it', `${root}-not/file`],
  ['its parent', dir],
  ['a relative path', 'file'],
  ['a home', '~/file'],
  ['somebody’s home', '/~root/file'],
  ['two slashes first', `/${root}/file`],
  ['a URI', `file://${root}/file`],
  ['a drive', 'C:\\file'],
  ['nothing', ''],
  ['three dots', `${root}/.../secret`],
  ['a space behind', `${root}/.. /secret`],
  ['too long a path', `${root}/${'x'.repeat(5_000)}`],
  ['a list', [`${root}/file`]],
  ['an object', { path: `${root}/file` }],
  ['an object that is like a text', { toString: `${root}/file`, length: 1 }],
  ['a number', 1],
  ['true', true],
  ['null', null],
];

/** Of these, those with one reading, and elsewhere by it. */
const PLAIN = new Set([
  'a step out',
  'a step out behind a folder',
  'another case',
  'a name that begins like it',
  'its parent',
]);

describe('S13: a rule about paths', () => {
  const within = `within(args.path, "${root}")`;

  it.each([
    root,
    `${root}/file`,
    `${root}/new/file`,
    `${root}/sub/../file`,
    `${root}/./sub//x`,
    `${root}/100%.txt`,
  ])('permits what is below its root: %#', (path) => {
    expect(answer('+', within, { path })).toBe('permit');
  });

  it.each(PATHS)('permits nothing for %s', (_what, path) => {
    expect(answer('+', within, { path })).toMatch(/^condition_(false|failed)$/);
  });

  it.each(PATHS)('turned round, permits only what is plainly elsewhere: %s', (what, path) => {
    const isPlain = PLAIN.has(what);
    expect(answer('+', `!${within}`, { path })).toBe(isPlain ? 'permit' : 'condition_failed');
  });

  it.each(PATHS)('as a deny, denies unless it is plainly elsewhere: %s', (what, path) => {
    const isElsewhere = PLAIN.has(what);
    expect(answer('-', within, { path })).toBe(isElsewhere ? 'permit' : 'condition_failed');
  });

  it('denies what lies below a denied root', () => {
    expect(answer('-', within, { path: `${root}/file` })).toBe('denied_by_condition');
  });

  it('fails without its argument', () => {
    expect([answer('+', within, {}), answer('-', within, {})]).toEqual([
      'condition_failed',
      'condition_failed',
    ]);
  });

  it.each(['{"__proto__":{"path":"ROOT/file"}}', '{"constructor":{"path":"ROOT/file"}}'])(
    'takes nothing from a prototype: %s',
    (text) => {
      const args = parseJson(text.replace('ROOT', root)) as Json;
      expect(answer('+', within, args)).toBe('condition_failed');
    },
  );

  it.each([[`${root}/file`], 'path', 7, null])(
    'fails on arguments that are no object: %#',
    (args) => {
      expect(answer('+', within, args as Json)).toBe('condition_failed');
    },
  );

  it('fails where links cannot be followed', () => {
    const state = { ...stateOf(conditional(['+files/read', within])), realPath: () => undefined };
    const args = { path: `${root}/file` };
    const request = { kind: 'tool', server: 'files', tool: 'read', args } as const;
    const { realPath: _, ...without } = state;
    for (const each of [state, without])
      expect(decide(each, ALICE, request, NOW)).toMatchObject({ reason: 'condition_failed' });
  });

  it('holds for every path of a list, or fails', () => {
    const all = `args.paths.all(each, within(each, "${root}"))`;
    const paths = [`${root}/file`, `${root}/sub`];
    expect(answer('+', all, { paths })).toBe('permit');
    expect(answer('+', all, { paths: [...paths, '/etc'] })).toBe('condition_false');
    expect(answer('+', all, { paths: [...paths, `${root}/out`] })).toBe('condition_failed');
    expect(answer('+', all, { paths: [...paths, [root]] })).toBe('condition_failed');
    expect(answer('+', all, { paths: root })).toBe('condition_failed');
  });
});

describe('S13: a rule about hosts', () => {
  const when = 'host(args.url) == "api.example"';

  it.each([
    'https://api.example/x',
    'https://API.example:8443',
    'http://api.example?q',
    'wss://api.example#f',
  ])('permits %s', (url) => {
    expect(answer('+', when, { url })).toBe('permit');
  });

  it.each([
    'https://api.example@evil.example/',
    'https://evil.example\\@api.example/',
    'https://evil.example#@api.example/',
    'https://api.example.evil.example/',
    'https://api.example\t.evil.example/',
    'https://api.example./',
    'https:api.example',
    'https:///api.example',
    '//api.example/',
    'https://api%2eexample/',
    'https://api\u3002example/',
    'https://\u0430pi.example/',
    'https://0x7f.1/',
    'javascript://api.example/%0aalert(1)',
    'file://api.example/etc/passwd',
    ' https://api.example/',
    'https://api.example:99999/',
    `https://api.example/${'x'.repeat(9_000)}`,
    ['https://api.example/'],
    { href: 'https://api.example/' },
    null,
  ])('permits nothing for %j', (url) => {
    expect(answer('+', when, { url })).toMatch(/^condition_(false|failed)$/);
    const host = typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : undefined;
    // What is not `api.example` for every reader is not permitted by its negation either.
    const isPlain = host !== undefined && /^https:\/\/[a-z.]+[/#]/.test(String(url));
    if (!isPlain || String(url).includes('./'))
      expect(answer('+', `!(${when})`, { url })).toBe('condition_failed');
  });
});

describe('S13: a rule by a pattern', () => {
  const when = 'glob(args.path, "docs/*.md")';

  it.each([
    ['docs/a.md', 'permit'],
    ['docs/a/b.md', 'condition_false'],
    ['Docs/a.md', 'condition_false'],
    ['docs/a.md\n', 'condition_false'],
    [['docs/a.md'], 'condition_failed'],
    [{ '0': 'docs/a.md' }, 'condition_failed'],
  ] as const)('answers for %j: %s', (path, expected) => {
    expect(answer('+', when, { path: path as Json })).toBe(expected);
  });

  it.each([
    ['args.count <= 5', { count: 5 }, 'permit'],
    ['args.count <= 5', { count: 5.5 }, 'condition_failed'],
    ['args.count <= 5', { count: '5' }, 'condition_failed'],
    ['args.count <= 5', { count: [5] }, 'condition_failed'],
    ['args.count == 9007199254740993', parseJson('{"count":9007199254740993}') as Json, 'permit'],
    ['args.count == 9007199254740993', { count: 9007199254740992 }, 'condition_failed'],
    ['args.count < 5', parseJson('{"count":-99999999999999999999}') as Json, 'condition_failed'],
    ['!args.isForced', { isForced: false }, 'permit'],
    ['!args.isForced', { isForced: 0 }, 'condition_failed'],
    ['!args.isForced', {}, 'condition_failed'],
    ['!has(args.isForced) || !args.isForced', {}, 'permit'],
    ['args.path != "/etc"', { path: ['/etc'] }, 'condition_failed'],
    ['args.options.mode == "r"', { options: { mode: 'r' } }, 'permit'],
    ['args.options.mode == "r"', { options: {} }, 'condition_failed'],
    ['args.options.mode == "r"', { options: { constructor: 'x', mode: ['r'] } }, 'condition_false'],
  ] as const)('%s with %j: %s', (text, args, expected) => {
    expect(answer('+', text, args as Json)).toBe(expected);
  });
});
