import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { isJsonObject, type Json } from '../../src/domain/json.ts';
import { MAX_JSON_DEPTH, parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { isRawNumber } from '../../src/domain/raw-number.ts';

describe('JSON text', () => {
  it.each([
    '{"n":12345678901234567890}',
    '[9007199254740993,-9007199254740993]',
    '{"pi":3.14159265358979323846}',
    '[1e400,1E-400]',
    '{"id":"12345678901234567890","n":1}',
  ])('writes %s as it was read', (text) => {
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it('keeps ordinary numbers numbers', () => {
    expect(parseJson('[1,1.5,9007199254740991,1234567890123456]')).toEqual([
      1, 1.5, 9007199254740991, 1234567890123456,
    ]);
  });

  it('keeps a member named __proto__ as data, with and without long numbers', () => {
    for (const text of [
      '{"__proto__":{"x":1}}',
      '{"__proto__":{"x":1},"n":12345678901234567890}',
    ]) {
      const value = parseJson(text);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(stringifyJson(value)).toBe(text);
    }
  });

  it('does not take an object for a number kept as text', () => {
    const value = parseJson('{"rawJSON":"1"}');
    expect([isRawNumber(value), isJsonObject(value)]).toEqual([false, true]);
  });

  it('does not take a number kept as text for an object', () => {
    const value = parseJson('12345678901234567890');
    expect([isRawNumber(value), isJsonObject(value)]).toEqual([true, false]);
  });

  it('gives numbers a double cannot tell apart different canonical forms', () => {
    expect(canonicalJson(parseJson('{"b":1,"a":9007199254740993}'))).toBe(
      '{"a":9007199254740993,"b":1}',
    );
  });

  it('refuses text nested too deeply and reads what is at the limit', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(() => parseJson(nested(MAX_JSON_DEPTH + 1))).toThrow(SyntaxError);
    expect(() => parseJson(nested(100_000))).toThrow(SyntaxError);
    expect(stringifyJson(parseJson(nested(MAX_JSON_DEPTH)))).toBe(nested(MAX_JSON_DEPTH));
  });

  it('does not count brackets inside strings', () => {
    const text = JSON.stringify(['['.repeat(2000), `\\"${'{'.repeat(2000)}\\`]);
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it.each(['', '{', '{"a":1}}', "{'a':1}", '[01]', 'NaN'])('refuses %j', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('reads and writes any JSON value unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(stringifyJson(parseJson(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('keeps integers of any size', () => {
    fc.assert(
      fc.property(fc.bigInt(), (n) => {
        expect(stringifyJson(parseJson(`{"n":${n}}`) as Json)).toBe(`{"n":${n}}`);
      }),
    );
  });
});
