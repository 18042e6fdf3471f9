import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  JsonLimitError,
  type JsonLimits,
  MAX_JSON_DEPTH,
  scanJson,
} from '../../src/domain/json-scan.ts';
import { runs } from '../support/runs.ts';

const hasDuplicateMember = (text: string): boolean => {
  try {
    scanJson(text);
    return false;
  } catch (error) {
    if (error instanceof JsonLimitError) throw error;
    return true;
  }
};

describe('a member given twice', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"0":1,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1,"0":1}',
    '{"a":1,"b":{"0":1,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1},"a":1}',
    '{"a":1,"b":{"c":1,"c":2}}',
    '[{"x":[]},{"a":{},"b":[1,{"a":1}],"a":[]}]',
    '{"a":1,"\\u0061":2}',
    '{"\\"":1,"\\u0022":2}',
    '{"method":"ping","params":{},"method":"tools/call"}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    ' { "a" : "},{" , "a" : 1 } ',
    '{"a":"\\\\","a":1}',
  ])('finds it in %s', (text) => {
    expect(hasDuplicateMember(text)).toBe(true);
  });

  it.each([
    '{"a":1,"b":2}',
    '{"a":{"0":1,"1":1,"2":1,"3":1,"4":1,"5":1,"6":1,"7":1,"8":1,"9":1},"0":1}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":2}]',
    '{"a":"a","b":["a","a"]}',
    '{"a":"\\",\\"a\\":1","b":2}',
    '{"A":1,"a":2}',
    '"a"',
    '[]',
    '',
  ])('finds none in %s', (text) => {
    expect(hasDuplicateMember(text)).toBe(false);
  });

  it('finds none in whatever was written from a value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(hasDuplicateMember(text)).toBe(false);
      }),
      runs(),
    );
  });

  it('finds the member that was put in twice, wherever it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (object) => {
        const [name = ''] = Object.keys(object);
        const text = JSON.stringify({ deep: [object] });
        const again = `${text.slice(0, -3)},${JSON.stringify(name)}:0}]}`;
        expect(hasDuplicateMember(again)).toBe(true);
      }),
      runs(),
    );
  });
});

describe('limits of a text', () => {
  const refused = (text: string, limits?: JsonLimits): string | undefined => {
    try {
      scanJson(text, limits);
      return undefined;
    } catch (error) {
      return error instanceof JsonLimitError ? error.limit : String(error);
    }
  };
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  it.each<[string, JsonLimits]>([
    ['{"a":[{}]}', { maxDepth: 3 }],
    ['[1,[2,3],{"a":4}]', { maxMembers: 6 }],
    ['{"abcd":"abcd"}', { maxStringLength: 4 }],
    ['["[[[[","{{{{,,,,"]', { maxDepth: 1, maxMembers: 2 }],
    [nested(MAX_JSON_DEPTH), {}],
  ])('takes %s at %j', (text, limits) => {
    expect(refused(text, limits)).toBeUndefined();
  });

  it.each<[string, JsonLimits, keyof JsonLimits]>([
    ['{"a":[{}]}', { maxDepth: 2 }, 'maxDepth'],
    ['[1,[2,3],{"a":4}]', { maxMembers: 5 }, 'maxMembers'],
    ['{"abcde":1}', { maxStringLength: 4 }, 'maxStringLength'],
    ['["abcde"]', { maxStringLength: 4 }, 'maxStringLength'],
    ['["\\u0061"]', { maxStringLength: 5 }, 'maxStringLength'],
    [nested(MAX_JSON_DEPTH + 1), {}, 'maxDepth'],
    [nested(MAX_JSON_DEPTH + 1), { maxDepth: 1e9 }, 'maxDepth'],
    ['['.repeat(100_000), {}, 'maxDepth'],
    ['{"a":'.repeat(100_000), {}, 'maxDepth'],
  ])('refuses %.40s at %j', (text, limits, limit) => {
    expect(refused(text, limits)).toBe(limit);
  });

  it('stops at the limit and reads no further', () => {
    expect(refused(`[${'0,'.repeat(100)}{"a":1,"a":2}]`, { maxMembers: 50 })).toBe('maxMembers');
  });
});
