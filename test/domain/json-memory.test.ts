import { describe, expect, it } from 'vitest';
import { type Json, member } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';
import { bytesHeldBy, MEGABYTE } from '../support/bytes-held-by.ts';

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
