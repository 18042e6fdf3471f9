import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTE_SIZE, formatByteSize, parseByteSize } from '../../src/authorize/byte-size.ts';
import { formatRate, parseRate, RATE } from '../../src/authorize/rate.ts';
import { runs } from '../support/runs.ts';

describe('a rate', () => {
  it.each<[string, number, number]>([
    ['10/h', 10, 3_600_000],
    ['1/s', 1, 1_000],
    ['5/10m', 5, 600_000],
    ['10000/31d', 10_000, 31 * 86_400_000],
    ['100/1d', 100, 86_400_000],
  ])('%s is %i in %i ms', (text, count, windowMs) => {
    expect(parseRate(text)).toEqual({ ok: true, rate: { count, windowMs } });
  });

  it('is read back as it was written, and in no other form than editors are told', () => {
    const rate = fc.record({
      count: fc.integer({ min: 1, max: 10_000 }),
      windowMs: fc.integer({ min: 1, max: 31 * 86_400 }).map((seconds) => seconds * 1_000),
    });
    fc.assert(
      fc.property(rate, (each) => {
        expect(parseRate(formatRate(each))).toEqual({ ok: true, rate: each });
        expect(formatRate(each)).toMatch(RATE);
      }),
      runs(),
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{0,6}\/?[0-9]{0,5}[smhdw]?$/), (text) => {
        if (parseRate(text).ok) expect(text).toMatch(RATE);
      }),
      runs(),
    );
  });
});

describe('a size', () => {
  it.each<[string, number | undefined]>([
    ['500B', 500],
    ['64KB', 65_536],
    ['2MB', 2_097_152],
    ['0B', undefined],
    ['064KB', undefined],
    ['64', undefined],
    ['64kB', undefined],
    ['1.5MB', undefined],
    ['64 KB', undefined],
    ['99999999MB', undefined],
  ])('%s is %j bytes', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it('is read back as it was written', () => {
    const unit = fc.constantFrom('B', 'KB', 'MB');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_999_999 }), unit, (count, of) => {
        const bytes = parseByteSize(`${count}${of}`) ?? Number.NaN;
        expect(formatByteSize(bytes)).toMatch(BYTE_SIZE);
        expect(parseByteSize(formatByteSize(bytes))).toBe(bytes);
      }),
      runs(),
    );
  });
});
