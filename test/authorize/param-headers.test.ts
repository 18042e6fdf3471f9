import { describe, expect, it } from 'vitest';
import { disagreeingParamHeader } from '../../src/authorize/param-headers.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';

const SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'N' } } },
    free: { type: 'string' },
  },
};

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
const compare = (args: Json, headers: Record<string, string>, schema: Json = SCHEMA) =>
  disagreeingParamHeader(schema, args, new Map(Object.entries(headers)));

describe('Mcp-Param headers and the arguments', () => {
  it.each<[string, Json, Record<string, string>]>([
    ['nothing on either side', {}, {}],
    ['a string', { region: 'eu' }, { region: 'eu' }],
    ['an encoded string', { region: 'Grüße\n' }, { region: base64('Grüße\n') }],
    ['a string that looks encoded', { region: '=?base64?x?=' }, { region: base64('=?base64?x?=') }],
    ['a string with the prefix alone', { region: '=?base64?SGk=' }, { region: '=?base64?SGk=' }],
    ['an empty string', { region: '' }, { region: '' }],
    ['an integer', { count: 42 }, { count: '42' }],
    ['an integer written with a fraction', { count: 42 }, { count: '42.0' }],
    ['a negative integer', { count: -7 }, { count: '-7' }],
    ['a boolean', { dry: false }, { dry: 'false' }],
    ['a value further down', { deep: { n: 1 } }, { n: '1' }],
    ['a null', { region: null }, {}],
    ['a header the schema does not know', {}, { other: 'x' }],
    ['an argument no header repeats', { free: 'x' }, {}],
    ['text where an integer belongs', { count: 'abc' }, { count: 'abc' }],
  ])('agree: %s', (_, args, headers) => {
    expect(compare(args, headers)).toBeUndefined();
  });

  it.each<[string, Json, Record<string, string>, string]>([
    ['another string', { region: 'eu' }, { region: 'us' }, 'region'],
    ['a missing header', { region: 'eu' }, {}, 'region'],
    ['a header without an argument', {}, { region: 'eu' }, 'region'],
    ['a header beside a null', { region: null }, { region: 'eu' }, 'region'],
    ['a header beside an object', { region: {} }, { region: 'eu' }, 'region'],
    ['another case', { region: 'eu' }, { region: 'EU' }, 'region'],
    ['another integer', { count: 42 }, { count: '43' }, 'count'],
    [
      'a fraction no double tells apart',
      { count: 42 },
      { count: `42.${'0'.repeat(30)}1` },
      'count',
    ],
    ['an integer in another base', { count: 42 }, { count: '0x2a' }, 'count'],
    ['an integer with an exponent', { count: 100 }, { count: '1e2' }, 'count'],
    ['another boolean', { dry: true }, { dry: 'True' }, 'dry'],
    ['another value further down', { deep: { n: 1 } }, { n: '2' }, 'n'],
    ['base64 without its padding', { region: 'Hello' }, { region: '=?base64?SGVsbG8?=' }, 'region'],
    [
      'base64 of other characters',
      { region: 'Hello' },
      { region: '=?base64?SGVs!!bG8=?=' },
      'region',
    ],
    ['base64 of what is no UTF-8', { region: '\ufffd' }, { region: '=?base64?/w==?=' }, 'region'],
    ['two headers', { region: 'eu\nus' }, { region: 'eu\nus' }, 'region'],
    ['characters no header may hold', { region: 'é' }, { region: 'é' }, 'region'],
  ])('disagree: %s', (_, args, headers, name) => {
    expect(compare(args, headers)).toBe(name);
  });

  it('disagree when a header repeats an integer beyond 2^53', () => {
    const args = parseJson('{"count":9007199254740993}', {});
    expect(compare(args, { count: '9007199254740993' })).toBe('count');
    expect(compare(args, {})).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    [
      'shared by two',
      { a: { 'x-mcp-header': 'X', type: 'string' }, b: { 'x-mcp-header': 'x', type: 'string' } },
    ],
    ['no token', { a: { 'x-mcp-header': 'X Y', type: 'string' } }],
    ['on an object', { a: { 'x-mcp-header': 'X', type: 'object' } }],
    ['no text', { a: { 'x-mcp-header': 1, type: 'string' } }],
  ])('are not compared when a declaration is %s', (_, properties) => {
    expect(compare({ a: 'eu' }, { x: 'us' }, { properties })).toBeUndefined();
  });

  it('a schema that declares nothing says nothing of another', () => {
    const plain = { type: 'object', properties: { region: { type: 'string' } } };
    expect(compare({ region: 'eu' }, { region: 'us' }, plain)).toBeUndefined();
    expect(compare({ region: 'eu' }, { region: 'us' }, plain)).toBeUndefined();
    expect(compare({ region: 'eu' }, { region: 'us' })).toBe('region');
  });
});
