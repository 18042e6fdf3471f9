import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob, type Glob, MAX_GLOB_LENGTH } from '../../src/authorize/glob.ts';
import { leavesUncovered, overlaps } from '../../src/authorize/glob-cover.ts';
import { runs } from '../support/runs.ts';

function glob(pattern: string): Glob {
  const compiled = compileGlob(pattern);
  if (!compiled.ok) throw new Error(`${pattern}: ${compiled.problem.message}`);
  return compiled.glob;
}

const problemOf = (pattern: string) => {
  const compiled = compileGlob(pattern);
  return compiled.ok ? undefined : compiled.problem;
};

describe('a glob', () => {
  it.each<[string, string, boolean]>([
    ['files/read_file', 'files/read_file', true],
    ['files/read_file', 'files/read_files', false],
    ['files/read_file', 'xfiles/read_file', false],
    ['files/read_file', 'files/read_fil', false],
    ['Files/x', 'files/x', false],
    ['files/*', 'files/x', true],
    ['files/*', 'files/', true],
    ['files/*', 'files/a/b', false],
    ['files/*', 'files', false],
    ['files/**', 'files/a/b', true],
    ['files/**', 'files/', true],
    ['**', 'files/a/b', true],
    ['**', '', true],
    ['*', 'a/b', false],
    ['*/*', 'a/b', true],
    ['*/*', 'a/b/c', false],
    ['*/*delete*', 'db/undelete_row', true],
    ['*/*delete*', 'db/drop', false],
    ['**/b', 'a/b', true],
    ['**/b', 'b', false],
    ['a/?', 'a/x', true],
    ['a/?', 'a/', false],
    ['a/?', 'a//', false],
    ['a/?', 'a/😀', true],
    ['a/??', 'a/😀', false],
    ['a/?', 'a/\ud83d', true],
    ['a/😀*', 'a/😀x', true],
    ['a/é', 'a/e\u0301', false],
    ['a/{b,c}', 'a/b', true],
    ['a/{b,c}', 'a/c', true],
    ['a/{b,c}', 'a/d', false],
    ['a/{b,c}', 'a/bc', false],
    ['a/{b,}c', 'a/c', true],
    ['a/{,b}c', 'a/bc', true],
    ['a/x{}', 'a/x', true],
    ['a/{b,{c,d{e,f}}}g', 'a/dfg', true],
    ['a/{b,{c,d{e,f}}}g', 'a/dg', false],
    ['{a/b,c/*}', 'c/anything', true],
    ['{a/b,c/*}', 'a/c', false],
    ['github/{list,get,search}_*', 'github/get_issue', true],
    ['github/{list,get,search}_*', 'github/create_issue', false],
    ['a/b,c', 'a/b,c', true],
    ['a/(b|c)', 'a/b', false],
    ['a/(b|c)', 'a/(b|c)', true],
    ['a/.', 'a/x', false],
    ['a/x+', 'a/xx', false],
    ['a/x\n', 'a/x', false],
    ['a/x*', 'a/x\ny', true],
  ])('%j against %j is %j', (pattern, text, matches) => {
    expect(glob(pattern).matches(text)).toBe(matches);
  });

  it.each<[string, number]>([
    ['a/[bc]', 2],
    ['a/b]', 3],
    ['a/\\*', 2],
    ['a/{b', 2],
    ['a/{b,{c}', 2],
    ['a/b}', 3],
    ['a/{b}}', 5],
    ['a/***', 2],
    ['a/\ud83d', 0],
    [`${'{'.repeat(9)}a${'}'.repeat(9)}`, 8],
    ['a'.repeat(MAX_GLOB_LENGTH + 1), MAX_GLOB_LENGTH],
  ])('refuses %j at its place', (pattern, offset) => {
    expect(problemOf(pattern)?.offset).toBe(offset);
  });

  it.each<[string, string, boolean]>([
    ['files/*', 'files/', true],
    ['files/read', 'files/', true],
    ['files/read', 'files/read', false],
    ['files/{,x}', 'files/', true],
    ['files/{}', 'files/', false],
    ['{files,mail}/a', 'mail/', true],
    ['*/a', 'mail/', true],
    ['mail/a', 'files/', false],
    ['**', 'anything/', true],
    ['fil?s/*', 'files/', true],
  ])('%j can match beyond %j: %j', (pattern, prefix, can) => {
    expect(glob(pattern).canMatchUnder(prefix)).toBe(can);
  });

  it.each([
    ['*a*a*a*a*a*a*a*a*a*a*a*b', 'a'],
    ['{a,{a,{a,{a,a}}}}{a,a}{a,a}{a,a}{a,a}**{a,a}**{a,a}**b', 'a'],
    ['{*,**}{*,**}{*,**}{*,**}{*,**}{*,**}b', 'a'],
    [`${'{,a}'.repeat(100)}b`, 'a'],
    ['**?**?**?**?**?**?**?b', 'x'],
  ])('reads a long text against %j in one pass', (pattern, character) => {
    const compiled = glob(pattern);
    const steps = (length: number): number => {
      const meter = { steps: 0 };
      expect(compiled.matches(character.repeat(length), meter)).toBe(false);
      return meter.steps;
    };
    expect(steps(2_000)).toBeLessThanOrEqual(2_000 * pattern.length * 4);
    expect(steps(4_000)).toBeLessThanOrEqual(steps(2_000) * 2.1 + 1_000);
  });

  it('agrees with an independent reading, whatever the pattern', () => {
    const tree = fc.letrec<{ piece: string; choice: string }>((tie) => ({
      piece: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('a', 'b', '/', '*', '**', '?', 'a/'),
        tie('choice'),
      ),
      choice: fc
        .array(
          fc.array(tie('piece'), { maxLength: 3 }).map((pieces) => pieces.join('')),
          { minLength: 1, maxLength: 3 },
        )
        .map((alternatives) => `{${alternatives.join(',')}}`),
    }));
    const pattern = fc
      .array(tree.piece, { maxLength: 6 })
      .map((pieces) => pieces.join(''))
      .filter((text) => compileGlob(text).ok);
    const text = fc
      .array(fc.constantFrom('a', 'b', '/', 'c'), { maxLength: 8 })
      .map((characters) => characters.join(''));
    let matched = 0;
    fc.assert(
      fc.property(pattern, text, (written, read) => {
        const expected = asRegExp(written).test(read);
        if (expected) matched += 1;
        expect(glob(written).matches(read)).toBe(expected);
      }),
      runs(3_000),
    );
    expect(matched).toBeGreaterThan(50);
  });
});

/** The oracle: the same language as a regular expression. In tests only; the product builds none. */
function asRegExp(pattern: string): RegExp {
  let source = '';
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (pattern.startsWith('**', at)) {
      source += '[^]*';
      at += 1;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '{') {
      source += '(?:';
      depth += 1;
    } else if (character === '}') {
      source += ')';
      depth -= 1;
    } else if (character === ',' && depth > 0) source += '|';
    else source += character.replace(/[.+^$()|/\\]/, '\\$&');
  }
  return new RegExp(`^(?:${source})$`, 'u');
}

describe('covering one glob by others', () => {
  it.each<[string, readonly string[], string, 'some' | 'none']>([
    ['files/read_*', ['files/*'], '', 'none'],
    ['files/*', ['files/read_*'], '', 'some'],
    ['files/*', ['files/**'], '', 'none'],
    ['files/**', ['files/*'], '', 'some'],
    ['a/{b,c}', ['a/b', 'a/c'], '', 'none'],
    ['a/{b,c}', ['a/b', '*/d'], '', 'some'],
    ['a/?', ['a/*'], '', 'none'],
    ['a/*', ['a/?', 'a/'], '', 'some'],
    ['a/*x*', ['a/*'], 'a/', 'none'],
    ['**', ['*/*'], 'files/', 'some'],
    ['*/*', ['files/**'], 'files/', 'none'],
    ['*/*', ['files/**'], 'mail/', 'some'],
    ['files/read', [], 'files/', 'some'],
    ['mail/read', [], 'files/', 'none'],
  ])('%j by %j under %j leaves %s', (pattern, covers, prefix, left) => {
    expect(leavesUncovered([glob(pattern)], covers.map(glob), prefix)).toBe(left);
  });

  it.each<[string, string, string, boolean]>([
    ['a/*', '*/b', '', true],
    ['a/*', 'b/*', '', false],
    ['a/?', 'a/**/b', '', false],
    ['a/?', 'a/**', 'a/', true],
    ['a/', 'a/**', 'a/', false],
    ['a/*x', 'a/y*', '', true],
    ['a/*', 'a/?/?', '', false],
    ['a/**', 'a/?/?', '', true],
    ['{a,b}/c', '{b,d}/{c,e}', '', true],
    ['{a,b}/c', '{b,d}/e', '', false],
    ['?', '/', '', false],
    ['**', '/', '', true],
  ])('%j and %j overlap under %j: %j', (a, b, prefix, answer) => {
    expect(overlaps(glob(a), glob(b), prefix)).toBe(answer);
    expect(overlaps(glob(b), glob(a), prefix)).toBe(answer);
    expect(leavesUncovered([glob(a), glob(b)], [], prefix)).toBe(answer ? 'some' : 'none');
  });

  it('gives up on a pair that would take too long, with bounded work', () => {
    const hard = glob(`*x${'?'.repeat(40)}`);
    expect(leavesUncovered([glob('*')], [hard, glob(`*y${'?'.repeat(41)}`)], '')).toBe('some');
    expect(
      leavesUncovered([glob(`*x${'?'.repeat(40)}`)], [glob(`*{x,y}${'?'.repeat(40)}`)], ''),
    ).toBe('unknown');
  });
});
