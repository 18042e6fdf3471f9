import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import { isJsonObject, type Json } from '../../src/domain/json.ts';
import { MAX_JSON_DEPTH } from '../../src/domain/json-scan.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { isRawNumber } from '../../src/domain/raw-number.ts';
import { runs } from '../support/runs.ts';

describe('JSON text', () => {
  it.each([
    '{"n":12345678901234567890}',
    '[9007199254740993,-9007199254740993]',
    '{"pi":3.14159265358979323846}',
    '[99999999999999.99,-123456789012345.678,9999999999.999999999]',
    '[1e400,1E-400]',
    '[-0,-0.0,-0e5]',
    '{"id":"12345678901234567890","n":1}',
  ])('writes %s as it was read', (text) => {
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it('refuses a member given twice', () => {
    expect(() => parseJson('{"a":{"b":1,"\\u0062":1}}')).toThrow(SyntaxError);
  });

  it('reads a name spelled with a backslash as that name, whatever was read before', () => {
    const before = ['{"x":1,"\\\\":1}', '{"x":1,"\\\\u00":1}', '{"x":1,"a\\\\":1}'];
    for (const text of ['{"x":1,"\\n":2}', '{"x":1,"\\u006eame":2}', '{"x":1,"a\\t":2}']) {
      for (const read of before) JSON.parse(read);
      const [, name = ''] = /,("[^"]*")/.exec(text) ?? [];
      expect(Object.keys(parseJson(text) as object)).toEqual(['x', JSON.parse(name)]);
    }
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

  it('writes a name in canonical form as the serialiser does, the first time and the hundredth', () => {
    const names = Array.from({ length: 2_000 }, (_, n) => `${n % 3 === 0 ? 'x' : '\n"é'}${n}`);
    const object = Object.fromEntries(names.map((name, n) => [name, n]));
    const expected = `{${names
      .toSorted()
      .map((name) => `${JSON.stringify(name)}:${names.indexOf(name)}`)
      .join(',')}}`;
    for (let again = 0; again < 3; again += 1) expect(canonicalJson(object)).toBe(expected);
    for (const name of ['\ud800', `${'x'.repeat(200)}\udfff`]) {
      expect(() => canonicalJson({ [name]: 1 })).toThrow(TypeError);
      expect(() => canonicalJson({ [name]: 1 })).toThrow(TypeError);
    }
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
      runs(),
    );
  });

  it('reads names, numbers and white space of any spelling as JSON.parse does', () => {
    const space = fc.constantFrom('', ' ', '\n\t', '\r');
    const { json } = fc.letrec<{ json: string }>((tie) => ({
      json: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.constantFrom('true', 'false', 'null', '0', '-1.5', '1e3', '""', '"\\ud800"', '"\\""'),
        fc.array(tie('json'), { maxLength: 3 }).map((items) => `[${items.join(' ,\n')}]`),
        fc
          .tuple(space, fc.array(tie('json'), { maxLength: 3 }))
          .map(
            ([gap, items]) =>
              `{${items.map((item, at) => `${gap}"\\u00${at}0${at}"${gap}:${gap}${item}`).join(',')}${gap}}`,
          ),
      ),
    }));
    fc.assert(
      fc.property(json, (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
      runs(),
    );
  });

  describe('of hardly anything but long strings', () => {
    const long = (letter: string) => letter.repeat(40_000);

    it('is read as JSON.parse does', () => {
      const [a, b] = [`"${long('a')}\x7f"`, `"${long('\ud800é')}"`];
      for (const text of [
        a,
        ` { "x" : [ ${a} , 1.0 , ${b}\t, ${b.replace('é', '\\n')} ] , "__proto__" : { "\\u0062" : 0 } } `,
        `{"${long('n')}":${a},${a}:"","y":${b},"z":null}`,
      ]) {
        expect(JSON.stringify(parseJson(text)) === JSON.stringify(JSON.parse(text))).toBe(true);
      }
      expect(stringifyJson(parseJson(`[${a},12345678901234567890]`)).slice(-22)).toBe(
        ',12345678901234567890]',
      );
    });

    it('is refused with a control character in one of them, and with any that JSON.parse refuses', () => {
      for (let code = 0; code < 0x20; code += 1) {
        const inside = `["${long('a')}${String.fromCharCode(code)}"]`;
        expect(() => parseJson(inside)).toThrow(SyntaxError);
      }
      const [a, b] = [`"${long('a')}"`, `"${long('b')}"`];
      const none = [
        `[${a}`,
        `[${a}${b}]`,
        `[${a},]`,
        `{${a}}`,
        `"${long('a')}`,
        `${a}"`,
        `[x${a}]`,
      ];
      for (const text of [...none, `[${a},01]`, `{"a":${a},"\\u0061":${b}}`, `[${a},"\\x"]`]) {
        expect(() => parseJson(text)).toThrow(SyntaxError);
      }
    });
  });

  it('keeps integers of any size', () => {
    fc.assert(
      fc.property(fc.bigInt(), (n) => {
        expect(stringifyJson(parseJson(`{"n":${n}}`) as Json)).toBe(`{"n":${n}}`);
      }),
      runs(),
    );
  });
});
