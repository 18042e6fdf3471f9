import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { member } from '../../src/domain/json.ts';
import { parseJsonAsSpelled, stringifyJson } from '../../src/domain/json-text.ts';
import { withMembers } from '../../src/domain/spelling.ts';
import { runs } from '../support/runs.ts';

const long = 'x'.repeat(20_000);
/** The object that is `result` of a message with this text as it. */
const read = (result: string): JsonObject =>
  member(
    parseJsonAsSpelled(`{"result":${result} ,"jsonrpc":"2.0","id":1}`),
    'result',
  ) as JsonObject;

describe('the spelling of a long object', () => {
  it('is written as it was read: white space, numbers, order', () => {
    const text = `{ "n" : 1.0, "e": 1E2, "a": [ "${long}", {"result":{}} ], "b": {} }`;
    expect(stringifyJson(read(text))).toBe(text);
  });

  it.each(['\\u001b[1m\\u0000\\u001f', '\\\\u0061', '\\\\/ \\\\\\n', '\\"\\\\'])(
    'is kept with escapes as we write them: %s',
    (escapes) => {
      const text = `{ "a":"${long}${escapes}" }`;
      expect(stringifyJson(read(text))).toBe(text);
      expect(JSON.stringify(JSON.parse(text))).toBe(`{"a":"${long}${escapes}"}`);
    },
  );

  it.each([
    ...['\\u001B', '\\u000a', '\\u007f', '\\u00e9', '\\\\\\u0061', '\\\\\\/'].map((said) => [
      `the escape ${said}`,
      `{"a":"${long}${said}"}`,
    ]),
    ['an end of a line', `{"a":"${long}",\n"b":1}`],
    ['a carriage return', `{"a":"${long}",\r"b":1}`],
    ['what some take for the end of a line', `{"a":"${long}\u2028\u0085"}`],
    ['an escaped letter', `{"a":"${long}\\u0061\\u2028"}`],
    ['an escaped slash', `{"a":"${long}\\/"}`],
  ])('is ours where it has %s', (_, text) => {
    const written = stringifyJson(read(text));
    expect(written).toBe(
      JSON.stringify(JSON.parse(text)).replace('\u2028', '\\u2028').replace('\u0085', '\\u0085'),
    );
  });

  it('is ours where the object is short, or has been rebuilt', () => {
    expect(stringifyJson(read('{ "a" : 1 }'))).toBe('{"a":1}');
    expect(stringifyJson({ ...read(`{ "a" : "${long}" }`) })).toBe(`{"a":"${long}"}`);
  });

  it('is of the member that is read, never of one of the same name elsewhere', () => {
    const text = `{"other":{"result":{"deep" : "${long}"}},"result":{"a" : "${long}"}}`;
    const message = parseJsonAsSpelled(text);
    expect(stringifyJson(member(message, 'result') ?? null)).toBe(`{"a" : "${long}"}`);
    expect(stringifyJson(message)).toBe(JSON.stringify(JSON.parse(text)));
  });

  it('goes on with members that are added, and not where one is replaced', () => {
    const object = read(`{ "a" : "${long}" }`);
    expect(stringifyJson(withMembers(object, { b: 'é', c: { d: 1 } }))).toBe(
      `{ "a" : "${long}" ,"b":"é","c":{"d":1}}`,
    );
    expect(stringifyJson(withMembers(object, { a: 1, b: 2 }))).toBe('{"a":1,"b":2}');
    expect(withMembers(object, {})).toBe(object);
    const twice = withMembers(withMembers(object, { b: 1, c: [] }), { d: 2, b: { e: 'é' } });
    expect(stringifyJson(twice)).toBe(`{ "a" : "${long}" ,"b":{"e":"é"},"c":[],"d":2}`);
    expect(stringifyJson(withMembers(twice, { c: 3, a: 4 }))).toBe(
      '{"a":4,"b":{"e":"é"},"c":3,"d":2}',
    );
  });

  it.each<[string, string, unknown, string]>([
    ['it has no members', `{${' '.repeat(20_000)}}`, { b: 1 }, '{"b":1}'],
    ['those have no value', `{ "a" : "${long}" }`, { b: undefined }, `{"a":"${long}"}`],
  ])('goes on as ours where %s', (_, text, members, written) => {
    expect(stringifyJson(withMembers(read(text), members as JsonObject))).toBe(written);
  });

  it('says what the object says, whatever stands in it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (members, more) => {
        const object = read(
          JSON.stringify({ ...members, long }, undefined, ' '.repeat(more.length % 2)),
        );
        const whole = withMembers(withMembers(object, { added: more }), { again: 1, added: 2 });
        expect(JSON.parse(stringifyJson(whole))).toEqual(JSON.parse(JSON.stringify(whole)));
        expect(stringifyJson(whole)).not.toMatch(/[\n\r\u0085\u2028\u2029]/);
      }),
      runs(),
    );
  });
});
