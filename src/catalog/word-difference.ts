import { diffWordsWithSpace } from 'diff';
import { spellHidden } from './spell-hidden.ts';

/** A piece of a text: in both, only before, or only after. Hidden characters are spelled out. */
export interface DifferencePart {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Longest texts that are compared word by word, characters. */
const MAX_WORDS_CHARS = 16_384;
/** Most words that differ, added and removed, before a text counts as rewritten. */
const MAX_EDITS = 300;
/** Shown of what is equal around a part of a long text, characters. */
const CONTEXT = 200;

/**
 * How one text differs from another, word by word, white space included. A text that is long or
 * rewritten is one piece removed and one added, between what is equal at its ends: comparing costs the
 * product of length and difference, and both are the tool server's choice.
 *
 * @param room Most characters of a piece; the rest is counted.
 */
export function wordDifference(
  before: string,
  after: string,
  room: number,
): readonly DifferencePart[] {
  const spelled = (kind: DifferencePart['kind'], text: string): DifferencePart => ({
    kind,
    text: spellHidden(text, { maxChars: room }),
  });
  if (before.length + after.length <= MAX_WORDS_CHARS) {
    const changes = diffWordsWithSpace(before, after, { maxEditLength: MAX_EDITS });
    if (changes !== undefined) {
      return changes.map(({ value, added, removed }) =>
        spelled(added ? 'added' : removed ? 'removed' : 'same', value),
      );
    }
  }
  const start = equalStart(before, after);
  const end = equalEnd(before, after, start);
  const parts = [
    spelled('same', shortened(before.slice(0, start), 'end')),
    spelled('removed', before.slice(start, before.length - end)),
    spelled('added', after.slice(start, after.length - end)),
    spelled('same', shortened(before.slice(before.length - end), 'start')),
  ];
  return parts.filter(({ text }) => text !== '');
}

/** Equal text of which only the side next to the difference is kept. */
function shortened(text: string, kept: 'start' | 'end'): string {
  if (text.length <= 2 * CONTEXT) return text;
  const left = `[${text.length - CONTEXT} equal characters]`;
  return kept === 'end'
    ? `${left} … ${text.slice(-CONTEXT)}`
    : `${text.slice(0, CONTEXT)} … ${left}`;
}

function equalStart(before: string, after: string): number {
  const most = Math.min(before.length, after.length);
  let at = 0;
  while (at < most && before.charCodeAt(at) === after.charCodeAt(at)) at += 1;
  return at > 0 && isHighSurrogate(before.charCodeAt(at - 1)) ? at - 1 : at;
}

function equalEnd(before: string, after: string, start: number): number {
  const most = Math.min(before.length, after.length) - start;
  let length = 0;
  while (
    length < most &&
    before.charCodeAt(before.length - 1 - length) === after.charCodeAt(after.length - 1 - length)
  ) {
    length += 1;
  }
  return length > 0 && isLowSurrogate(before.charCodeAt(before.length - length))
    ? length - 1
    : length;
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;
