import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJsonFile } from '../../src/domain/json-file.ts';
import { runs } from '../support/runs.ts';

describe('checkJsonFile', () => {
  it.each([
    ['', 1, 1, 'is empty'],
    [' \n ', 1, 1, 'is empty'],
    ['\ufeff{}', 1, 1, 'starts with a byte order mark'],
    ['{\n  "a": 1,\n  "a": 2\n}', 3, 3, 'the key "a" is there twice'],
    ['{"a":1,"\\u0061":2}', 1, 8, 'the key "a" is there twice'],
    ['{"a":[{"b":1,"b":1}]}', 1, 14, 'the key "b" is there twice'],
    ['{"__proto__":{}}', 1, 2, 'the key "__proto__" is refused'],
    ['{\n  // why\n}', 2, 3, 'comments are not JSON'],
    ['{"a":1,}', 1, 8, 'a comma before } is not JSON'],
    ['[1,]', 1, 4, 'a comma before ] is not JSON'],
    ["{'a':1}", 1, 2, 'strings take double quotes'],
    ['{"a" 1}', 1, 6, 'expected a colon after the key'],
    ['{"a":1', 1, 7, 'the text ends where a comma or } should be'],
    ['{"a":"x\ny"}', 1, 6, 'a string that is not closed or escaped'],
    ['{} {}', 1, 4, 'something follows the end of the value'],
    ['[01]', 1, 3, 'expected a comma or ]'],
  ])('finds in %j it at line %i, column %i: %s', (text, line, column, problem) => {
    expect(checkJsonFile(text)).toEqual({ line, column, problem });
  });

  it('refuses nesting beyond 64, before the stack does: it counts', () => {
    expect(checkJsonFile('['.repeat(100_000))?.problem).toBe('nested more than 64 deep');
  });

  it('never quotes the text around a mistake: a credential may stand there, and it stays there', () => {
    expect(JSON.stringify(checkJsonFile('{"k":"s3cret-canary" x}'))).not.toContain('canary');
  });

  it('accepts what JSON.stringify writes, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value, undefined, 2);
        expect(checkJsonFile(text)?.problem).toBe(
          text.includes('"__proto__":') ? 'the key "__proto__" is refused' : undefined,
        );
      }),
      runs(),
    );
  });

  it('accepts nothing that JSON.parse refuses: mutated texts, it agrees or is stricter', () => {
    const valid = '{"a":[1,-2.5e3,"x\\n",true,null],"b":{"c":""}}';
    fc.assert(
      fc.property(fc.nat(valid.length), fc.string({ maxLength: 2 }), (at, insert) => {
        const text = valid.slice(0, at) + insert + valid.slice(at + 1);
        if (checkJsonFile(text) === undefined) expect(() => JSON.parse(text)).not.toThrow();
      }),
      runs(2000),
    );
  });

  it('takes a string of a megabyte without backtracking: it ends', () => {
    const long = 'x'.repeat(1_000_000);
    expect(checkJsonFile(`"${long}"`)).toBeUndefined();
    expect(checkJsonFile(`"${long}`)?.problem).toBe('a string that is not closed or escaped');
  });

  it('reads a string of millions of escapes', () => {
    expect(checkJsonFile(`{"a":"${'\\n'.repeat(4_000_000)}"}`)).toBeUndefined();
  });
});
