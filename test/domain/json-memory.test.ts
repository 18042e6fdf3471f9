import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type Json, member } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const MEGABYTE = 1024 * 1024;

/** Bytes of memory that are in use because of what `keep` returns. */
function bytesHeldBy(keep: () => readonly unknown[]): number {
  const used = (): number => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  const kept = keep();
  const held = used() - before;
  expect(kept.length).toBeGreaterThan(0);
  return held;
}

describe('a string that is remembered of a message of megabytes', () => {
  it.each([
    ['mostly one string', '"x"', 'x'.repeat(2 * MEGABYTE)],
    [
      'read number by number',
      '9007199254740993',
      Array(MEGABYTE / 4)
        .fill('yes')
        .join(' '),
    ],
  ])('does not hold on to the message, %s', (_, other, long) => {
    const uris = (): readonly (Json | undefined)[] =>
      Array.from({ length: 16 }, (_, n) => {
        const uri = `file:///home/alice/notes/${n}.md`;
        return member(parseJson(`{"other":${other},"uri":"${uri}","long":"${long}"}`), 'uri');
      });
    expect(bytesHeldBy(uris)).toBeLessThan(4 * MEGABYTE);
  });
});
