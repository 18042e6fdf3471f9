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

  it('takes its own memory again once it is cleared, and never that of a piece', () => {
    const bytes = new GrowingBytes();
    const add = (...pieces: readonly string[]) => {
      const added = pieces.map((piece) => Buffer.from(piece));
      for (const piece of added) bytes.append(piece);
      const { buffer } = bytes.bytes();
      const text = bytes.bytes().toString();
      bytes.clear();
      return { buffer, text, added: added.map(String) };
    };
    const first = add('abc', 'def');
    const lone = add('xyz');
    const next = add('gh', 'ij', 'k');
    expect(next.buffer).toBe(first.buffer);
    expect([next.text, next.added]).toEqual(['ghijk', ['gh', 'ij', 'k']]);
    expect(lone.buffer).not.toBe(first.buffer);
    expect([bytes.size, bytes.bytes().length]).toEqual([0, 0]);
  });

  it('keeps no memory of a megabyte and more', () => {
    const bytes = new GrowingBytes();
    const grow = (size: number) => {
      bytes.append(Buffer.alloc(1));
      bytes.append(Buffer.alloc(size));
      const { buffer } = bytes.bytes();
      bytes.clear();
      return buffer;
    };
    expect([grow(1_048_576) === grow(9), grow(1_000_000) === grow(9)]).toEqual([false, true]);
  });
});
