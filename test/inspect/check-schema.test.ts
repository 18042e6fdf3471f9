import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';
import { checkSchema } from '../../src/inspect/check-schema.ts';

/** Schema, what it takes, what it does not. */
const CASES: readonly (readonly [Json, readonly Json[], readonly Json[]])[] = [
  [true, [1], []],
  [false, [], [1]],
  [{ type: 'string' }, ['a'], [1, null, [], {}]],
  [{ type: ['integer', 'null'] }, [1, 1.0, null], [1.5, '1']],
  [{ enum: [1, { a: 1, b: 2 }] }, [1, { b: 2, a: 1 }], [2, { a: 1 }]],
  [{ const: [1] }, [[1]], [[2]]],
  [{ minimum: 1, exclusiveMaximum: 3, multipleOf: 2 }, [2, 'x'], [0, 1, 3, 4]],
  [{ minLength: 2, maxLength: 3 }, ['ab', '👍👍', 5], ['a', 'abcd']],
  [{ minItems: 1, maxItems: 2, uniqueItems: true }, [[1], [1, 2]], [[], [1, 1], [1, 2, 3]]],
  [
    { prefixItems: [{ type: 'number' }], items: { type: 'string' } },
    [[1, 'a'], []],
    [['a'], [1, 1]],
  ],
  [{ items: [{ type: 'number' }] }, [[1, 'a']], [['a']]],
  [{ contains: { const: 1 }, maxContains: 1 }, [[1, 2]], [[2], [1, 1]]],
  [
    { properties: { a: { type: 'number' } }, required: ['a'], additionalProperties: false },
    [{ a: 1 }],
    [{}, { a: 'x' }, { a: 1, b: 1 }],
  ],
  [
    { minProperties: 1, maxProperties: 1, propertyNames: { maxLength: 1 } },
    [{ a: 1 }],
    [{}, { ab: 1 }],
  ],
  [{ dependentRequired: { a: ['b'] } }, [{ b: 1 }, { a: 1, b: 1 }], [{ a: 1 }]],
  [{ allOf: [{ minimum: 1 }, { maximum: 2 }] }, [1], [3]],
  [{ anyOf: [{ const: 1 }, { type: 'string' }] }, [1, 'x'], [2]],
  [{ oneOf: [{ minimum: 1 }, { maximum: 2 }] }, [0, 3], [1]],
  [{ not: { type: 'null' } }, [1], [null]],
  [
    parseJson('{"if":{"type":"number"},"then":{"minimum":1},"else":{"minLength":1}}'),
    [1, 'a'],
    [0, ''],
  ],
  [
    {
      $ref: '#/$defs/node',
      $defs: { node: { properties: { next: { $ref: '#/$defs/node' }, v: { type: 'number' } } } },
    },
    [{ next: { next: { v: 1 } } }],
    [{ next: { next: { v: 'x' } } }],
  ],
  [{ $ref: '#/$defs/a~1b', $defs: { 'a/b': { const: 1 } } }, [1], [2]],
  [{ title: 'x', format: 'uuid', unheardOf: 5 }, ['not a uuid'], []],
];

const LONG = 'a'.repeat(400_000);
const LONG_NUMBER = parseJson(`1${'0'.repeat(200_000)}`);
const times = (count: number, value: Json): readonly Json[] => Array(count).fill(value);
const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${at}`);
const named = (count: number): JsonObject =>
  Object.fromEntries(numbered(count).map((name) => [`p${name}`, true]));

describe('checkSchema', () => {
  it.each(CASES)('%j', (schema, good, bad) => {
    expect(good.map((value) => checkSchema(value, schema))).toEqual(good.map(() => 'yes'));
    expect(bad.map((value) => checkSchema(value, schema))).toEqual(bad.map(() => 'no'));
  });

  it.each<[string, Json, Json]>([
    ['a pattern', 'x', { pattern: '^(a+)+$' }],
    ['the negation of a pattern', 'x', { not: { pattern: 'y' } }],
    ['names by pattern', { a: 1 }, { patternProperties: { '(a+)+$': { type: 'string' } } }],
    ['another document', 1, { $ref: 'http://127.0.0.1:1/schema' }],
    ['a circle of references', 1, { $ref: '#' }],
    ['a number no double holds', parseJson('12345678901234567890'), { maximum: 5 }],
    ['a schema that is none', 1, { allOf: 'x' }],
  ])('does not judge %s', (_, value, schema) => {
    expect(checkSchema(value, schema)).toBe('unknown');
  });

  it('is certain of what an unread part cannot change', () => {
    expect(checkSchema('x', { pattern: 'y', type: 'number' })).toBe('no');
    expect(checkSchema('x', { anyOf: [{ pattern: 'y' }, { type: 'string' }] })).toBe('yes');
  });

  it.each<[string, Json, Json]>([
    ['circles that fork', 1, { allOf: [{ $ref: '#' }, { $ref: '#' }] }],
    ['long lists of values compared', times(3_000, '2999'), { items: { enum: numbered(3_000) } }],
    ['many long texts compared', times(9, [LONG]), { items: { not: { const: [`${LONG}b`] } } }],
    [
      'many names asked of many items',
      times(900, { a: 1 }),
      { items: { required: times(900, 'a') } },
    ],
    ['many members of many items', times(900, {}), { items: { properties: named(900) } }],
    ['a long text measured again and again', LONG, { allOf: times(99, { minLength: 1 }) }],
    [
      'many members counted again and again',
      named(9_000),
      { allOf: times(99, { minProperties: 1 }) },
    ],
    [
      'many members judged again and again',
      named(900),
      { allOf: times(900, { additionalProperties: true }) },
    ],
    ['many items judged again and again', times(900, 1), { allOf: times(900, { items: true }) }],
    [
      'many types of many items',
      times(900, 1),
      { items: { type: [...times(900, 'string'), 'number'] } },
    ],
    [
      'many names that need others',
      times(900, { a: 1 }),
      { items: { dependentRequired: { a: times(900, 'a') } } },
    ],
    [
      'many keywords read again and again',
      1,
      { anyOf: times(900, { $ref: '#/$defs/a' }), $defs: { a: { type: 'null', ...named(900) } } },
    ],
    ['long references', times(9_000, 1), { items: { $ref: `#${'/a'.repeat(500)}` } }],
    ['a long number', times(99, LONG_NUMBER), { items: { type: 'integer' } }],
  ])('gives up on what is made to take long: %s', (_, value, schema) => {
    expect(checkSchema(value, schema)).toBe('unknown');
  });

  it.each<[string, Json, Json, string]>([
    [
      'no text where kinds differ',
      named(9_000),
      { allOf: times(99, { not: { const: 1 } }) },
      'yes',
    ],
    ['no list copied', times(9_000, 1), { anyOf: times(900, { items: false }) }, 'no'],
    [
      'no further than the one that fits',
      times(9_000, '0'),
      { items: { enum: numbered(3_000) } },
      'yes',
    ],
  ])('takes few steps: %s', (_, value, schema, is) => {
    expect(checkSchema(value, schema)).toBe(is);
  });

  it('reads references as draft 7 did, where a schema says that it is of that draft', () => {
    const schema = { $ref: '#/definitions/a', type: 'string', definitions: { a: { const: 1 } } };
    expect(checkSchema(1, schema)).toBe('no');
    const $schema = 'http://json-schema.org/draft-07/schema#';
    expect(checkSchema(1, { $schema, ...schema })).toBe('yes');
  });

  it('does not follow references past a schema of its own name', () => {
    const inner = { $id: 'inner', $ref: '#/$defs/b', $defs: { b: { type: 'string' } } };
    const schema = { $ref: '#/$defs/a', $defs: { a: inner, b: { type: 'null' } } };
    expect(checkSchema('x', schema)).toBe('unknown');
    expect(checkSchema('x', { properties: {}, allOf: [inner] })).toBe('unknown');
  });

  it('takes no inherited member for one that is there', () => {
    expect(checkSchema({}, { required: ['constructor'] })).toBe('no');
    expect(checkSchema(1, { $ref: '#/constructor' })).toBe('unknown');
  });
});
