import { describe, expect, it } from 'vitest';
import { GrowingBytes } from '../../src/domain/growing-bytes.ts';

describe('GrowingBytes', () => {
  it('gives back what was added, whatever the pieces were', () => {
    const bytes = new GrowingBytes();
    const text = 'abc'.repeat(5000);
    for (const letter of text) bytes.append(Buffer.from(letter));
    expect([bytes.size, bytes.bytes().toString()]).toEqual([15_000, text]);
  });

  it('keeps a lone piece without a copy, and changes nothing of it when more comes', () => {
    const bytes = new GrowingBytes();
    const piece = Buffer.from('abc');
    bytes.append(piece);
    expect(bytes.bytes().buffer).toBe(piece.buffer);
    bytes.append(Buffer.from('def'));
    expect([piece.toString(), bytes.bytes().toString()]).toEqual(['abc', 'abcdef']);
  });

  it('takes at most twice its size, said before it is taken', () => {
    const bytes = new GrowingBytes();
    let taken = 0;
    for (let n = 0; n < 100_000; n += 1) {
      taken += bytes.growthFor(1);
      bytes.append(Buffer.from('x'));
    }
    expect(taken).toBeLessThan(200_000);
  });
});
