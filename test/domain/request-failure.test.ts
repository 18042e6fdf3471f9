import { describe, expect, it } from 'vitest';
import { requestFailure } from '../../src/domain/request-failure.ts';

describe('requestFailure', () => {
  it.each([
    [Object.assign(new Error('to hush'), { code: 'status 500' }), 'status 500'],
    [new TypeError('fetch failed', { cause: { code: 'ENOTFOUND', host: 'hush' } }), 'ENOTFOUND'],
    [new DOMException('hush', 'TimeoutError'), 'no answer in time'],
    [new DOMException('hush', 'AbortError'), 'it did not answer as it should'],
    [new TypeError('fetch failed', { cause: null }), 'it did not answer as it should'],
  ])('says of %s a code and no more', (error, why) => {
    expect(requestFailure(error)).toBe(why);
  });
});
