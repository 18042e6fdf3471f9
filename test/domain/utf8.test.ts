import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reuse, utf8Bytes, utf8Reader } from '../../src/domain/utf8.ts';
import { runs } from '../support/runs.ts';

const read = utf8Reader({ ignoreBOM: true });

describe('UTF-8', () => {
  it('is read and written as a decoder and an encoder do', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (parts) => {
        const bytes = Buffer.from(parts.join(''));
        const written = utf8Bytes(parts);
        expect(written).toEqual(bytes);
        reuse(written);
        expect(read(bytes)).toBe(parts.join(''));
      }),
      runs(),
    );
  });

  it('is refused where it is none', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const decode = () =>
          new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
        let wanted: string | undefined;
        try {
          wanted = decode();
        } catch {}
        if (wanted === undefined) expect(() => read(Buffer.from(bytes))).toThrow();
        else expect(read(Buffer.from(bytes))).toBe(wanted);
      }),
      runs(),
    );
  });

  it('keeps a byte order mark where it is said to, and drops it elsewhere', () => {
    const bytes = Buffer.from('\ufeffa');
    expect([read(bytes), utf8Reader({ ignoreBOM: false })(bytes)]).toEqual(['\ufeffa', 'a']);
  });

  it('is written to memory that was given back, once, and not kept where there is much of it', () => {
    const [long, short] = ['a'.repeat(9_000), 'é'.repeat(4_000)];
    const first = utf8Bytes([long]);
    reuse(first);
    const [second, third] = [utf8Bytes([short]), utf8Bytes([short])];
    expect(second.buffer).toBe(first.buffer);
    expect(third.buffer).not.toBe(first.buffer);
    expect([`${second}`, `${third}`]).toEqual([short, short]);
    const huge = utf8Bytes(['a'.repeat(1_100_000)]);
    reuse(huge);
    expect(utf8Bytes(['a'.repeat(1_050_000)]).buffer).not.toBe(huge.buffer);
  });

  it('is not written to memory of which it leaves most unused', () => {
    reuse(utf8Bytes(['a'.repeat(1_000_000)]));
    expect(utf8Bytes(['a'.repeat(20_000)]).buffer.byteLength).toBe(20_000);
  });

  it('is never written to memory that others share', () => {
    const shared = Buffer.from('of the pool');
    reuse(shared);
    expect(utf8Bytes(['a'.repeat(shared.buffer.byteLength)]).buffer).not.toBe(shared.buffer);
  });
});
