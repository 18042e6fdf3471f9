import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import { normaliseUri } from '../../src/authorize/normalise-uri.ts';
import { grant, NOW, rules, state } from '../authorize/sample-grants.ts';
import { seen } from '../support/fakes/server-view.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';

/** Asks for a resource of `files` under these rules. */
function reads(uri: string, ...texts: readonly string[]): boolean {
  const policy = {
    ...state(grant('g', { rules: rules(...texts) })),
    servers: new Map([['files', seen({ hasResources: true })]]),
  };
  const request = { kind: 'resource', server: 'files', uri } as const;
  return decide(policy, { subject: 'alice' }, request, NOW).kind === 'permit';
}

const PROJECT = '+resource:files/file:///home/alice/project/**';

describe('S13: a rule on a folder of files', () => {
  it.each([
    'file:///home/alice/project/notes.txt',
    'file:///home/alice/project/deep/er/notes.txt',
    'FILE://LOCALHOST/home/alice/project/notes.txt',
    'file:///home/alice/project/a/../notes.txt',
    'file:///home/alice/project/%6Eotes.txt',
    'file:///home/%61lice/project/caf\u{e9} 1.txt',
  ])('gives %j', (uri) => {
    expect(reads(uri, PROJECT)).toBe(true);
  });

  it.each([
    'file:///home/alice/project/../../etc/passwd',
    'file:///home/alice/project/%2e%2e/%2E%2E/etc/passwd',
    'file:///home/alice/project/.%2e/secret',
    'file:///home/alice/project/..%2fsecret',
    'file:///home/alice/project/%2e%2e%2fsecret',
    'file:///home/alice/project/%252e%252e/secret',
    'file:///home/alice/project/..%252fsecret',
    'file:///home/alice/project/..\\secret',
    'file:///home/alice/project/..%5csecret',
    'file:///home/alice/project/..\u{ff0f}secret',
    'file:///home/alice/project/..%E2%88%95secret',
    'file:///home/alice/project/%c0%ae%c0%ae/secret',
    'file:///home/alice/project/\u{ff0e}\u{ff0e}/secret',
    'file:///home/alice/project//../secret',
    'file:///home/alice/project/..;/secret',
    'file:///home/alice/project/..%00/secret',
    'file:///home/alice/project/a%00',
    'file:///home/alice/project/\u{0}',
    'file:///home/alice/project/?/../../../etc/passwd',
    'file:///home/alice/project/#/../../../etc/passwd',
    'file://evil/home/alice/project/notes.txt',
    'file://me@localhost/home/alice/project/notes.txt',
    'file:////home/alice/project/notes.txt',
    'file:///HOME/alice/project/notes.txt',
    'file:///home/alice/Project/notes.txt',
    'file:///home/alice/projects/notes.txt',
    'file:///home/alice/project',
    'file:home/alice/project/notes.txt',
    'http:///home/alice/project/notes.txt',
    '/home/alice/project/notes.txt',
    'home/alice/project/notes.txt',
    'file:///home/alice/project/{a}',
    '',
    '__proto__',
  ])('does not give %j', (uri) => {
    expect(reads(uri, PROJECT)).toBe(false);
  });
});

describe('S13: a deny on a resource', () => {
  it.each([
    'docs://h/secret',
    'DOCS://H/secret',
    'docs://h/%73ecret',
    'docs://h/a/../secret',
    'docs://h/./secret',
    'docs://h/secret/',
    'docs://h/secret?',
    'docs://h/secret?a=/b',
    'docs://h/secret/?a',
    'docs://h/secret#a',
    'docs://h//secret',
    'docs://h/sec%2572et',
    'docs://h/secret%00',
    'docs://h/%ff',
  ])('holds for %j, whatever permits it', (uri) => {
    expect(reads(uri, '+resource:**', '-resource:files/docs://h/secret')).toBe(false);
  });

  it('leaves what it does not name', () => {
    const others = [
      'docs://h/secrets',
      'docs://h/secret/a',
      'docs://h/a?secret',
      'docs://i/secret',
    ];
    expect(
      others.filter((uri) => !reads(uri, '+resource:**', '-resource:files/docs://h/secret')),
    ).toEqual([]);
  });

  it('on everything of tools leaves resources, and one on resources leaves tools', () => {
    expect(reads('docs://h/a', '+resource:**', '-**')).toBe(true);
    expect(reads('docs://h/a', '+**')).toBe(false);
    const policy = state(
      grant('g', { rules: rules('+**', '-resource:**', '-prompt:**', '-ask:**') }),
    );
    const tool = { kind: 'tool', server: 'files', tool: 'read_file' } as const;
    expect(decide(policy, { subject: 'alice' }, tool, NOW).kind).toBe('permit');
  });
});

describe('S13: any URI', { timeout: PATIENCE_MS }, () => {
  /** Texts that readers of URIs quarrel about, and ordinary ones. */
  const PIECES = [
    '/',
    '/',
    '/',
    '.',
    '..',
    '...',
    '%2e',
    '%2E%2e',
    '%2f',
    '%5C',
    '\\',
    '//',
    '%25',
    '%252e',
    '%',
    '%00',
    '\u{0}',
    '\n',
    '%0d',
    ' ',
    '%20',
    '+',
    ';',
    '..;',
    '?',
    '?a=',
    '&',
    '#',
    '@',
    ':',
    ':80',
    '[',
    ']',
    '{',
    '}',
    '\u{ff0e}',
    '\u{ff0f}',
    '\u{2025}',
    '\u{2215}',
    '\u{ff05}',
    '\u{200d}',
    '\u{e9}',
    '%c3%a9',
    '%c0%ae',
    '\u{d800}',
    'home',
    'alice',
    'project',
    'etc',
    'passwd',
    'a',
    'B',
    '%41',
    'localhost',
    '~',
    '%7E',
  ];
  const HEADS = [
    'file:///home/alice/project/',
    'file:///',
    'file:',
    'file://localhost/',
    'FILE:///home/',
    'docs://h/project/',
    'docs://',
    'https://h',
    'http://',
    'note:',
    '',
  ];
  const uris = fc
    .tuple(fc.constantFrom(...HEADS), fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }))
    .map(([head, pieces]) => head + pieces.join(''));

  it('has a normal form that is its own, and that the web’s own reader reads alike', () => {
    let normal = 0;
    fc.assert(
      fc.property(uris, (uri) => {
        const found = normaliseUri(uri);
        if (found === undefined) return;
        normal += 1;
        expect(normaliseUri(found)).toBe(found);
        expect(found).toMatch(/^[a-z][a-z0-9+.-]*:[\w\-.~!$&'()*+,;=:@/?%[\]]*$/);
        expect(/\/\.{1,2}(\/|$)/.test(found.split('?')[0] ?? '')).toBe(false);
        if (/^(https?|file):/.test(found)) {
          expect(decodeURIComponent(new URL(uri).href)).toBe(decodeURIComponent(found));
        }
      }),
      runs(5_000),
    );
    expect(normal).toBeGreaterThan(200);
  });

  /** Tool servers that read a URI each in a way of their own, as the path of a file. */
  const READERS: Readonly<Record<string, (uri: string) => string>> = {
    'by the book': (uri) => fileURLToPath(uri),
    'decoded once more': (uri) => decodeURIComponent(fileURLToPath(uri)),
    'cut, not decoded': (uri) => uri.replace(/^file:(\/\/(localhost)?)?/i, ''),
    'cut and decoded': (uri) => decodeURIComponent(uri.replace(/^file:(\/\/(localhost)?)?/i, '')),
    'cut and decoded twice': (uri) =>
      decodeURIComponent(decodeURIComponent(uri.replace(/^file:(\/\/(localhost)?)?/i, ''))),
    'with backslashes as slashes': (uri) =>
      decodeURIComponent(uri.replace(/^file:(\/\/(localhost)?)?/i, '')).replaceAll('\\', '/'),
    'with look-alikes mapped': (uri) =>
      decodeURIComponent(uri.replace(/^file:(\/\/(localhost)?)?/i, '')).normalize('NFKC'),
    'without parameters': (uri) =>
      decodeURIComponent(uri.replace(/^file:(\/\/(localhost)?)?/i, '')).replace(/;[^/]*/g, ''),
    'cut at NUL': (uri) =>
      decodeURIComponent(uri.replace(/^file:(\/\/(localhost)?)?/i, '')).split('\0')[0] ?? '',
  };

  it('that a rule on a folder gives stays in the folder, however a tool server reads it', () => {
    let given = 0;
    const escapes: string[] = [];
    fc.assert(
      fc.property(uris, (uri) => {
        if (!reads(uri, PROJECT)) return;
        given += 1;
        for (const [reader, read] of Object.entries(READERS)) {
          let file: string;
          try {
            file = path.posix.resolve('/srv', read(uri));
          } catch {
            // Read by nobody, then.
            continue;
          }
          if (!`${file}/`.startsWith('/home/alice/project/')) escapes.push(`${reader}: ${uri}`);
        }
      }),
      runs(20_000),
    );
    expect(escapes).toEqual([]);
    expect(given).toBeGreaterThan(100);
  });
});
