import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from '../../src/mcp-server/line-reader.ts';
import { runs } from '../support/runs.ts';

const read = (reader: LineReader, ...chunks: (string | Uint8Array)[]): string[] => {
  const lines: string[] = [];
  for (const chunk of chunks) {
    for (const line of reader.push(Buffer.from(chunk as string))) {
      lines.push(line.kind === 'line' ? Buffer.from(line.bytes).toString() : '<too long>');
    }
  }
  return lines;
};

describe('LineReader', () => {
  it('cuts lines however they are cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''))),
        fc.array(fc.nat(50)),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const chunks: Uint8Array[] = [];
          let at = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(at, at + cut));
            at = Math.min(bytes.length, at + cut);
          }
          chunks.push(bytes.subarray(at));
          const expected = lines.filter((line) => line !== '');
          expect(read(new LineReader(10_000), ...chunks)).toEqual(expected);
        },
      ),
      runs(),
    );
  });

  it('takes a carriage return off', () => {
    expect(read(new LineReader(10), 'ab\r\n\r\ncd\n')).toEqual(['ab', 'cd']);
  });

  it('accepts a line at the limit and reports one beyond it, once', () => {
    const reader = new LineReader(4);
    expect(read(reader, 'abcd\nabcde', 'fghijkl', 'mno', '\nxy\n')).toEqual([
      'abcd',
      '<too long>',
      'xy',
    ]);
  });

  it('says nothing of a line that is not complete', () => {
    expect(read(new LineReader(10), 'abc')).toEqual([]);
  });
});
