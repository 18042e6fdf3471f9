import { describe, expect, it } from 'vitest';
import { SERVER_INFO_KEY } from '../../src/domain/era.ts';
import { definitionToEra, toEra } from '../../src/respond/era-form.ts';

const us = { name: 'toolgrant', version: '1' };
const them = { name: 'them', version: '2' };

describe('toEra', () => {
  it('leaves a 2025 result to a 2025 client as it is', () => {
    const result = { content: [], resultType: 'mine', ttlMs: 1, extra: { a: null } };
    expect(toEra(result, 'tools/call', '2025', '2025', us)).toBe(result);
  });

  it('adds what 2026 requires to a 2025 result and keeps unknown members', () => {
    const result = { content: [{ type: 'hologram', x: 1 }], extra: 1, _meta: { own: true } };
    expect(toEra(result, 'tools/call', '2025', '2026', us)).toEqual({
      ...result,
      resultType: 'complete',
      _meta: { own: true, [SERVER_INFO_KEY]: us },
    });
  });

  it('does not let a 2025 server choose its own result type towards a 2026 client', () => {
    const result = { resultType: 'input_required', inputRequests: {} };
    expect(toEra(result, 'tools/call', '2025', '2026', us)).toMatchObject({
      resultType: 'complete',
    });
  });

  it('never overwrites the identity a server gave', () => {
    const result = { resultType: 'complete', _meta: { [SERVER_INFO_KEY]: them } };
    expect(toEra(result, 'tools/call', '2026', '2026', us)).toEqual(result);
  });

  it('keeps the result type of a 2026 server towards a 2026 client', () => {
    const result = { resultType: 'input_required', _meta: { [SERVER_INFO_KEY]: them } };
    expect(toEra(result, 'tools/call', '2026', '2026', us)).toEqual(result);
  });

  it('leaves a `_meta` that is no object alone', () => {
    expect(toEra({ _meta: 'odd' }, 'tools/call', '2025', '2026', us)).toEqual({
      _meta: 'odd',
      resultType: 'complete',
    });
  });

  it.each(['tools/list', 'server/discover', 'prompts/list'])(
    'makes %s private and short-lived for a 2026 client',
    (method) => {
      expect(toEra({ ttlMs: 1e9, cacheScope: 'public' }, method, '2026', '2026', us)).toMatchObject(
        {
          ttlMs: 5000,
          cacheScope: 'private',
        },
      );
    },
  );

  it('adds no cache members to a call', () => {
    const formed = toEra({ content: [] }, 'tools/call', '2025', '2026', us);
    expect(Object.keys(formed).sort()).toEqual(['_meta', 'content', 'resultType']);
  });

  it('takes what only 2026 has off a call, and nothing else', () => {
    const result = { resultType: 'complete', content: [], ttlMs: 3, _meta: { a: 1 } };
    expect(toEra(result, 'tools/call', '2026', '2025', us)).toEqual({
      content: [],
      ttlMs: 3,
      _meta: { a: 1 },
    });
  });

  it('takes the cache members off a list too', () => {
    const result = { resultType: 'complete', tools: [], ttlMs: 3, cacheScope: 'public', next: 1 };
    expect(toEra(result, 'tools/list', '2026', '2025', us)).toEqual({ tools: [], next: 1 });
  });

  it.each([
    ['2026', { ttlMs: 100, cacheScope: 'public' }, 100],
    ['2026', { ttlMs: 1e9 }, 5000],
    ['2026', { ttlMs: -1 }, 0],
    ['2025', { ttlMs: 100 }, 0],
  ] as const)(
    'lets what a %s server says of a read be kept no longer than it says: %j',
    (from, result, ttlMs) => {
      expect(toEra(result, 'resources/read', from, '2026', us)).toMatchObject({
        ttlMs,
        cacheScope: 'private',
      });
    },
  );

  it('gives a 2025 client structured content that is no object as text', () => {
    const result = { resultType: 'complete', content: [], structuredContent: [1, { a: 2 }] };
    expect(toEra(result, 'tools/call', '2026', '2025', us)).toEqual({
      content: [{ type: 'text', text: '[1,{"a":2}]' }],
    });
    const said = { content: [{ type: 'text', text: 'said' }], structuredContent: 5 };
    expect(toEra(said, 'tools/call', '2026', '2025', us)).toEqual({ content: said.content });
    const object = { content: [], structuredContent: { a: 1 } };
    expect(toEra(object, 'tools/call', '2026', '2025', us)).toEqual(object);
  });
});

describe('definitionToEra', () => {
  const array = { name: 'x', inputSchema: { type: 'object' }, outputSchema: { type: 'array' } };

  it('keeps an output schema that 2025 does not know from its clients', () => {
    const { outputSchema: _, ...rest } = array;
    expect(definitionToEra(array, '2026', '2025')).toEqual(rest);
  });

  it('leaves every other definition as it is', () => {
    expect(definitionToEra(array, '2026', '2026')).toBe(array);
    expect(definitionToEra(array, '2025', '2025')).toBe(array);
    const object = { name: 'x', outputSchema: { type: 'object' } };
    expect(definitionToEra(object, '2026', '2025')).toBe(object);
  });
});
