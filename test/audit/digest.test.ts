import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestJson, hmacJson } from '../../src/audit/digest.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { parseJson, parseJsonAsSpelled, stringifyJson } from '../../src/domain/json-text.ts';
import { spellingOfStrings, withMembers } from '../../src/domain/spelling.ts';
import { runs } from '../support/runs.ts';

const key = Buffer.alloc(32, 1);

describe('hmacJson', () => {
  it('is the HMAC of the canonical text', () => {
    const expected = createHmac('sha256', key).update('{"a":[1,true,null],"b":"x"}').digest('hex');
    expect(hmacJson(key, { b: 'x', a: [1, true, null] })).toBe(expected);
  });

  it('differs by key and by value', () => {
    const digests = [hmacJson(key, 1), hmacJson(key, 2), hmacJson(Buffer.alloc(32, 2), 1)];
    expect(new Set(digests).size).toBe(3);
  });

  it('tells numbers apart that a double cannot', () => {
    const [one, two] = ['12345678901234567890', '12345678901234567891'].map((text) =>
      parseJson(text),
    );
    expect(hmacJson(key, one as Json)).not.toBe(hmacJson(key, two as Json));
  });

  it.each([
    ['a lone surrogate', { a: '\ud800' }],
    ['a number that is none', { a: Number.NaN }],
    ['nesting beyond the stack', JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as Json],
  ])('digests %s, which has no canonical form', (_, value) => {
    expect(hmacJson(key, value)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tells lone surrogates apart', () => {
    expect(hmacJson(key, ['\ud800'])).not.toBe(hmacJson(key, ['\ud801']));
  });
});

describe('digestJson', () => {
  const { result: spelled } = parseJsonAsSpelled(`{"result":{ "a":"${'x'.repeat(20_000)}" }}`) as {
    readonly result: Json;
  };

  it.each<[string, Json]>([
    ['members in any order', { b: 'ä', a: [1, -0, 1e21, null] }],
    ['ends of lines that are escaped', { a: '\u2028\u0085\n' }],
    ['a number that is kept as its text', parseJson('{"a":12345678901234567890}')],
    ['a lone surrogate', { a: '\ud800é' }],
    ['an object that is written as it was spelled', spelled],
  ])('says the digest and the size on the wire of %s', (_, value) => {
    expect(digestJson(key, value)).toEqual({
      hmac: hmacJson(key, value),
      bytes: Buffer.byteLength(stringifyJson(value)),
    });
  });

  const token = fc.oneof(
    fc.constantFrom('null', 'true', 'false', '[]', '{}', '[ ]', '{ }', '0', '-0', '-0.0', '1.0'),
    fc.constantFrom('1E2', '1e400', '12345678901234567890', '0.1e-7', '-1.50', '1e21', '123'),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
    fc.constantFrom('"\\n\\t\\b\\f\\r\\\\\\""', '"\u007f\u{1f600}ä"', '"\\u0000"', '"\ud83d"'),
  );
  const name = fc.constantFrom(
    'a',
    'b',
    'B',
    '10',
    '9',
    '__proto__',
    'ä',
    'a\n',
    '"',
    '\u{1f600}',
    '\uffff',
  );
  const space = fc.constantFrom('', '', '', ' ', '\t  ');
  const { value: anySpelling } = fc.letrec<{ value: string; object: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      token,
      tie('object'),
      fc
        .tuple(space, fc.array(tie('value'), { maxLength: 3 }), space)
        .map(
          ([before, items, behind]) => `[${before}${items.join(`${behind},${before}`)}${behind}]`,
        ),
    ),
    object: fc
      .tuple(
        space,
        fc.uniqueArray(name, { maxLength: 4 }),
        fc.array(tie('value'), { minLength: 4, maxLength: 4 }),
      )
      .map(
        ([gap, names, values]) =>
          `{${names.map((one, n) => `${gap}${JSON.stringify(one)}${gap}:${gap}${values[n]}`).join(',')}${gap}}`,
      ),
  }));

  it('is the same of a long object, however it is spelled, and of an equal one that was not read', () => {
    let kept = 0;
    fc.assert(
      fc.property(anySpelling, fc.string({ unit: 'grapheme' }), fc.nat(40), (odd, unit, shift) => {
        const long = JSON.stringify(
          `${'x'.repeat(shift)}${(unit || '😀').repeat(30_000)}`.slice(0, 60_000).toWellFormed(),
        );
        const text = `{"m":${odd},"l":${long},"k":${odd}}`;
        const { result } = parseJsonAsSpelled(`{"result":${text}}`) as {
          readonly result: JsonObject;
        };
        for (const value of [result, withMembers(result, { z: [1.5, 'ä'], c: null })]) {
          if (spellingOfStrings(value) !== undefined) kept += 1;
          expect(digestJson(key, value)).toEqual({
            hmac: hmacJson(key, value),
            bytes: Buffer.byteLength(stringifyJson(value)),
          });
        }
      }),
      runs(100),
    );
    expect(kept).toBeGreaterThan(50);
  });
});
