import { WHITE_SPACE } from './white-space.ts';

/** A sentence, a line of a list, the text of an element. */
export interface Sentence {
  /** Where it stands in its text. */
  readonly start: number;
  readonly end: number;
  /** Where its first letter stands. */
  readonly letter: number;
  /** It goes on from the one before it: no blank line, tag or line end written as `\n` is between them. */
  readonly isGoingOn: boolean;
}

const MAX_SENTENCES = 2_000;
/** Longest one, characters: what never ends is cut. */
export const MAX_LENGTH = 600;

const BLANK_LINES = /\n\s*\n/y;
/** The end of a line before one of a list, or of fields. */
const LINE = /\n(?=[ \t]{0,32}(?:[-*|]|\w{1,32}:)\s)/y;
const TAG = /<!--|<\/?[a-z][^<>]{0,300}>/iy;
/** What an end can begin with. */
const [SPACE, QUOTE, BACKSLASH, LESS, DASH, STOP] = [1, 2, 3, 4, 5, 6] as const;
const KINDS: Uint8Array = (() => {
  const kinds = new Uint8Array(65_536);
  for (const space of WHITE_SPACE) kinds[space.charCodeAt(0)] = SPACE;
  for (const quote of '"\'') kinds[quote.charCodeAt(0)] = QUOTE;
  kinds['\\'.charCodeAt(0)] = BACKSLASH;
  kinds['<'.charCodeAt(0)] = LESS;
  kinds['-'.charCodeAt(0)] = DASH;
  for (const stop of '。！？：；') kinds[stop.charCodeAt(0)] = STOP;
  return kinds;
})();
/** What a space ends a sentence behind. */
const ENDING: Uint8Array = (() => {
  const ending = new Uint8Array(65_536);
  for (const end of '.!?:;>') ending[end.charCodeAt(0)] = 1;
  return ending;
})();
/** Blank lines at the beginning of a field, in any way to write them. */
const SET_OFF = /(?:^|[^\p{L}\p{N}.,!?\s\\])(?:[ \t]*(?:\r?\n|\\+n)){2}(?:\s|\\+n){0,32}$/u;
const LETTER = /\p{L}/u;
/** Codes of ASCII that are none. */
const NO_LETTER: Uint8Array = Uint8Array.from({ length: 0x80 }, (_, code) =>
  LETTER.test(String.fromCharCode(code)) ? 0 : 1,
);

/** The sentences of a text; `isWhole` unless there are more than are read. */
export function sentencesOf(text: string): {
  readonly sentences: readonly Sentence[];
  readonly isWhole: boolean;
} {
  const sentences: Sentence[] = [];
  let start = 0;
  let isGoingOn = false;
  const add = (until: number): void => {
    while (until - start > MAX_LENGTH) {
      const space = text.lastIndexOf(' ', start + MAX_LENGTH);
      const end = space > start ? space : start + MAX_LENGTH;
      push(end);
      start = end;
    }
    push(until);
  };
  const push = (until: number): void => {
    const letter = letterIn(text, start, until);
    if (letter < 0) return;
    sentences.push({ start, end: until, letter, isGoingOn });
    isGoingOn = true;
  };
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = KINDS[code] as number;
    // Nearly all of them are spaces between two words.
    if (kind === 0 || (code === 0x20 && !isEnding(text, at - 1))) continue;
    const length = lengthOfEnd(text, at, kind);
    if (length < 0) continue;
    // A stop of a script that puts no space behind it is part of what it ends.
    const end = kind === STOP ? at + 1 : at;
    add(end);
    start = end + length;
    if (length > 1) isGoingOn = false;
    if (sentences.length >= MAX_SENTENCES) return { sentences, isWhole: false };
    if (length > 0) at = start - 1;
  }
  add(text.length);
  return { sentences, isWhole: true };
}

const isEnding = (text: string, at: number): boolean => ENDING[text.charCodeAt(at)] === 1;

/** Where the first letter is, -1 where none is. */
function letterIn(text: string, start: number, until: number): number {
  let at = start;
  while (at < until && NO_LETTER[text.charCodeAt(at)] === 1) at += 1;
  if (at === until) return -1;
  if (text.charCodeAt(at) < 0x80) return at;
  const found = text.slice(at, until).search(LETTER);
  return found < 0 ? -1 : at + found;
}

/**
 * How long the end of a sentence is that stands at `at`, -1 where none does: blank lines, the end of a line
 * before one of a list, nothing behind a stop, a line end written as `\n`, a tag, one space behind `;` or a tag.
 */
function lengthOfEnd(text: string, at: number, kind: number): number {
  if (kind === STOP) return 0;
  if (kind === DASH) return text.startsWith('-->', at) ? 3 : -1;
  if (text.charAt(at) === '\n') {
    const lines = lengthOf(BLANK_LINES, text, at);
    if (lines > 0) return lines;
    if (lengthOf(LINE, text, at) > 0) return 1;
  }
  const before = text.charAt(at - 1);
  if (kind <= QUOTE && '.!?:'.includes(before) && before !== '') return 0;
  if (kind === SPACE) return before === ';' || before === '>' ? 1 : -1;
  if (kind === BACKSLASH) return text.charAt(at + 1).toLowerCase() === 'n' ? 2 : -1;
  return kind === LESS ? lengthOf(TAG, text, at) : -1;
}

function lengthOf(what: RegExp, text: string, at: number): number {
  what.lastIndex = at;
  return what.test(text) ? what.lastIndex - at : -1;
}

/** Whether a sentence begins a field or an element, and blank lines stand before it. */
export const isSetOff = (text: string, { letter }: Sentence): boolean =>
  SET_OFF.test(text.slice(Math.max(0, letter - 32), letter));
