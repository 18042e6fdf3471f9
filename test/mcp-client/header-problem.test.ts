import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { headerProblem } from '../../src/mcp-client/header-problem.ts';

const on = (schema: JsonObject): string | undefined =>
  headerProblem({ name: 't', inputSchema: { type: 'object', ...schema } });
const named = (header: unknown, more: JsonObject = { type: 'string' }): JsonObject =>
  ({ ...more, 'x-mcp-header': header }) as JsonObject;

describe('a tool whose arguments are repeated in headers', () => {
  it.each<[string, JsonObject]>([
    ['has none', { properties: { a: { type: 'number' } } }],
    [
      'has one of each type, nested too',
      {
        properties: {
          a: named('A'),
          b: named('B', { type: 'integer' }),
          c: { type: 'object', properties: { d: named('D', { type: 'boolean' }) } },
        },
      },
    ],
    ['has a parameter of that name', { properties: { 'x-mcp-header': { type: 'string' } } }],
    ['has data that looks like one', { properties: { a: { default: named('no name') } } }],
  ])('can be used when it %s', (_, schema) => {
    expect(on(schema)).toBeUndefined();
  });

  it.each<[string, JsonObject]>([
    ['is empty', { properties: { a: named('') } }],
    ['is no text', { properties: { a: named(null) } }],
    ['holds a space', { properties: { a: named('a b') } }],
    ['ends the header', { properties: { a: named('a\r\nb') } }],
    ['has other letters', { properties: { a: named('é') } }],
    ['is there twice', { properties: { a: named('A'), b: named('a') } }],
    ['is on a number', { properties: { a: named('A', { type: 'number' }) } }],
    ['is on an object', { properties: { a: named('A', { type: 'object' }) } }],
    ['is on several types', { properties: { a: named('A', { type: ['string', 'null'] }) } }],
    ['is on the whole schema', named('A', {})],
    ['is on items', { properties: { a: { type: 'array', items: named('A') } } }],
    ['is below a choice', { anyOf: [{ properties: { a: named('A') } }] }],
    ['is in a definition', { $defs: { x: named('A') } }],
    ['is below a condition', { if: { properties: { a: named('A') } } }],
    ['is on other properties', { additionalProperties: named('A') }],
  ])('is left out when one %s', (_, schema) => {
    expect(on(schema)).toMatch(/^x-mcp-header /);
  });
});
