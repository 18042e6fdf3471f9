import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacJson } from '../../src/audit/digest.ts';
import { ShortHmac } from '../../src/audit/short-hmac.ts';
import { runs } from '../support/runs.ts';

const byOpenSsl = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex');

describe('the HMAC of a short text', () => {
  it.each([0, 1, 31, 32, 33, 63, 64, 65, 200])('is that of OpenSSL with a key of %i bytes', (n) => {
    const key = Buffer.from(Array.from({ length: n }, (_, at) => (at * 7 + 3) & 0xff));
    const short = new ShortHmac(key);
    for (const text of ['', 'a', 'ä€\u{1f600}\0', '"'.repeat(2_048), '€'.repeat(2_048), 'b']) {
      const said = { hmac: byOpenSsl(key, text), bytes: Buffer.byteLength(text) };
      expect(short.of(text)).toEqual(said);
    }
  });

  it('is that of OpenSSL whatever was digested before', () => {
    const key = fc.uint8Array({ maxLength: 100 });
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { minLength: 1 });
    fc.assert(
      fc.property(key, texts, (bytes, each) => {
        const short = new ShortHmac(bytes);
        for (const text of each.map((one) => one.toWellFormed())) {
          expect(short.of(text)?.hmac).toBe(byOpenSsl(bytes, text));
        }
      }),
      runs(100),
    );
  });

  it('leaves a longer one to OpenSSL', () => {
    const key = Buffer.alloc(32, 1);
    expect(new ShortHmac(key).of('a'.repeat(2_049))).toBeUndefined();
    for (const length of [2_046, 2_047, 100_000]) {
      const text = 'é'.repeat(length);
      expect(hmacJson(key, text)).toBe(byOpenSsl(key, `"${text}"`));
    }
  });
});
