import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../src/authorize/glob.ts';
import { hostileTexts, TEXT_READERS } from '../support/hostile-texts.ts';
import { codeLines, hasRepeatedGroup, regexLiterals } from '../support/regex-literals.ts';
import { runs } from '../support/runs.ts';

describe('S20 expressions of the product', () => {
  it('are never made of a text from outside', () => {
    const made = codeLines().filter(({ line }) => /\bRegExp\(/.test(line));
    // Of constants in the same file.
    expect(made.map(({ file }) => file)).toEqual([
      'audit/secret-keys.ts',
      'audit/secret-shapes.ts',
      'audit/secret-shapes.ts',
      'audit/secret-shapes.ts',
      'audit/secret-shapes.ts',
      'inspect/find-hidden.ts',
    ]);
  });

  it('repeat no group without bound', () => {
    const literals = regexLiterals();
    expect(literals.length).toBeGreaterThan(100);
    expect(literals.filter(({ source }) => hasRepeatedGroup(source))).toEqual([]);
  });

  it.each(['(a+)+', '(?:a*b)*', '(?:x[a)]{2,}){3,}', '((a|b))*'])(
    'would be found when they did: %s',
    (source) => {
      expect(hasRepeatedGroup(source)).toBe(true);
    },
  );

  it.each(['(?:a+){0,4}', 'a+b+', '[(a)+]+', '(?:ab){3}', '\\(a+\\)+'])(
    'are not mistaken for that: %s',
    (source) => {
      expect(hasRepeatedGroup(source)).toBe(false);
    },
  );
});

describe('S20 a quarter of a million hostile characters', () => {
  const hostile = Object.values(hostileTexts(250_000));

  // Linear work takes milliseconds each; a backtracking one would not end within the test's limit.
  it.each(Object.entries(TEXT_READERS))('is read to its end by %s', (_, read) => {
    for (const text of hostile) expect(() => read(text)).not.toThrow();
  });
});

describe('S20 a glob of a grant against hostile names', () => {
  const pattern = fc
    .array(fc.constantFrom('*', '**', '?', 'a', '/', '{,a}', '{*,**}', '{a,aa,aaa}'), {
      minLength: 1,
      maxLength: 60,
    })
    .map((pieces) => pieces.join(''));
  const name = fc
    .array(fc.constantFrom('a', 'aa', '/', '*', '\u{1f600}', '\ud800'), {
      minLength: 1,
      maxLength: 40,
    })
    .map((pieces) => pieces.join('').repeat(25));

  it('takes at most one step for each character of the name and of the pattern', () => {
    let most = 0;
    fc.assert(
      fc.property(pattern, name, (glob, text) => {
        const compiled = compileGlob(glob);
        if (!compiled.ok) return;
        const meter = { steps: 0 };
        compiled.glob.matches(text, meter);
        most = Math.max(most, meter.steps);
        expect(meter.steps).toBeLessThanOrEqual(text.length * (glob.length + 1));
      }),
      runs(),
    );
    expect(most).toBeGreaterThan(1_000);
  });
});
