import { describe, expect, it } from 'vitest';
import { keyedDigest } from '../../src/monitor/keyed-digest.ts';

const KEY = Uint8Array.from({ length: 16 }, (_, at) => at);
/** The first bytes 0, 1, 2 … as the text whose UTF-16LE form they are. */
const textOf = (bytes: number): string =>
  String.fromCharCode(
    ...Array.from({ length: bytes / 2 }, (_, at) => 2 * at + ((2 * at + 1) << 8)),
  );
/** A published result, least significant byte first: its upper 21 bits and its lower half. */
function cut(published: string): number {
  const whole = BigInt(`0x${published.match(/../g)?.reverse().join('')}`);
  return Number(((whole >> 43n) << 32n) | (whole & 0xffffffffn));
}

describe('a keyed digest', () => {
  it.each([
    [0, '310e0edd47db6f72'],
    [2, '5a4fa9d909806c0d'],
    [4, 'b7877127e09427cf'],
    [6, 'cee3fe586e46c9cb'],
    [8, '6224939a79f5f593'],
    [10, 'f3b9dd94c5bb5d7a'],
    [14, 'eef27a8e90ca23f7'],
  ])('is SipHash-2-4 of %i bytes as published', (bytes, published) => {
    expect(keyedDigest(KEY)(textOf(bytes))).toBe(cut(published));
  });

  it('differs with the key', () => {
    expect(keyedDigest(new Uint8Array(16))('a host')).not.toBe(keyedDigest(KEY)('a host'));
  });

  it('refuses a key of another length', () => {
    expect(() => keyedDigest(new Uint8Array(8))).toThrow(RangeError);
  });
});
