import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestJson, hmacJson } from '../../src/audit/digest.ts';
import type { Json } from '../../src/domain/json.ts';
import { parseJson, parseJsonAsSpelled, stringifyJson } from '../../src/domain/json-text.ts';

const key = Buffer.alloc(32, 1);

describe('hmacJson', () => {
  it('is the HMAC of the canonical text', () => {
    const expected = createHmac('sha256', key).update('{"a":[1,true,null],"b":"x"}').digest('hex');
    expect(hmacJson(key, { b: 'x', a: [1, true, null] })).toBe(expected);
  });

  it('differs by key and by value', () => {
    const digests = [hmacJson(key, 1), hmacJson(key, 2), hmacJson(Buffer.alloc(32, 2), 1)];
    expect(new Set(digests).size).toBe(3);
  });

  it('tells numbers apart that a double cannot', () => {
    const [one, two] = ['12345678901234567890', '12345678901234567891'].map((text) =>
      parseJson(text),
    );
    expect(hmacJson(key, one as Json)).not.toBe(hmacJson(key, two as Json));
  });

  it.each([
    ['a lone surrogate', { a: '\ud800' }],
    ['a number that is none', { a: Number.NaN }],
    ['nesting beyond the stack', JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as Json],
  ])('digests %s, which has no canonical form', (_, value) => {
    expect(hmacJson(key, value)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tells lone surrogates apart', () => {
    expect(hmacJson(key, ['\ud800'])).not.toBe(hmacJson(key, ['\ud801']));
  });
});

describe('digestJson', () => {
  const { result: spelled } = parseJsonAsSpelled(`{"result":{ "a":"${'x'.repeat(20_000)}" }}`) as {
    readonly result: Json;
  };

  it.each<[string, Json]>([
    ['members in any order', { b: 'ä', a: [1, -0, 1e21, null] }],
    ['ends of lines that are escaped', { a: '\u2028\u0085\n' }],
    ['a number that is kept as its text', parseJson('{"a":12345678901234567890}')],
    ['a lone surrogate', { a: '\ud800é' }],
    ['an object that is written as it was spelled', spelled],
  ])('says the digest and the size on the wire of %s', (_, value) => {
    expect(digestJson(key, value)).toEqual({
      hmac: hmacJson(key, value),
      bytes: Buffer.byteLength(stringifyJson(value)),
    });
  });
});
