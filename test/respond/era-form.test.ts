import { describe, expect, it } from 'vitest';
import { SERVER_INFO_KEY } from '../../src/domain/era.ts';
import { toEra } from '../../src/respond/era-form.ts';

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

  it.each(['tools/list', 'server/discover', 'resources/read'])(
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
});
