import type { Aside } from '../domain/find-phrases.ts';
import type { Span } from '../domain/span.ts';

/** Finds what is a secret by its shape, in a text of any length. */
export type FindShapes = (text: string) => readonly Span[];

/** What can stand before a word and makes it one (`Bearer`, a host), and after it, characters. */
const [BEFORE, AFTER] = [48, 8] as const;
/** What gives a value beside it away: `password=`, `"token":`. */
const NAMES = /pass|pwd|secret|token|key|auth|cookie|cred|signature|bearer/i;
const MAX_NAME = 48;
const MAX_VALUE = 512;
/** Shapes that are one only if the value looks generated: `token: string` is no secret. */
const DOUBTFUL: ReadonlySet<string> = new Set(['assignment', 'bearer', 'basic', 'api-key']);

/** Collects where a text could hold credentials while it is gone through for something else. */
export interface SecretSearch extends Aside {
  /** Where it does: the detector reads around what was collected, and an honest megabyte not twenty times. */
  spans(findShapes: FindShapes): readonly Span[];
}

/**
 * Makes the search for credentials in one text: a long word that is no plain number, hash or digest, a
 * name of a secret before `:` or `=`, an address with a user in it.
 */
export function searchSecrets(text: string): SecretSearch {
  const windows: [from: number, to: number][] = [];
  let digestEnd = 0;
  const valueEnd = createValues(text);
  const add = (start: number, end: number): void => {
    const [from, to] = [Math.max(0, start - BEFORE), Math.min(text.length, end + AFTER)];
    const last = windows.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else windows.push([from, to]);
  };
  return {
    longWord(start, end) {
      if (start < digestEnd) return;
      // Without a piece of the text for each: most long words are names in a program.
      if (end - start < 2 * BEFORE && !hasDigit(text, start, end)) return;
      if (HEX.test(text.slice(start, end))) return;
      const isDigest = DIGEST.test(text.slice(Math.max(0, start - 104), start));
      if (!isDigest) add(start, end);
      else {
        // Its slashes and signs end words, and the next one is part of it.
        digestEnd = end;
        while (BASE64.test(text.charAt(digestEnd))) digestEnd += 1;
      }
    },
    sign(at) {
      if (text.charCodeAt(at) === AT) {
        const from = Math.max(0, at - 4 * MAX_NAME);
        if (text.slice(from, at).includes('://')) add(from, at);
        return;
      }
      const end = valueEnd(at);
      if (end < 0) return;
      if (NAMES.test(text.slice(Math.max(0, at - MAX_NAME), at))) add(at, end);
    },
    spans: (findShapes) =>
      windows.flatMap(([from, to]) => {
        const window = text.slice(from, to);
        return findShapes(window)
          .filter(({ start, end, kind }) => !DOUBTFUL.has(kind) || isValue(window, start, end))
          .map(({ start, end, kind }) => ({ start: start + from, end: end + from, kind }));
      }),
  };
}

const AT = 0x40;
const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/;
/** A digest as package managers write it says itself what it is. */
const DIGEST = /sha\d{1,3}-[A-Za-z0-9+/]{0,96}$/;
const BASE64 = /[A-Za-z0-9+/=]/;

/** Whether a passage has both letters and digits, as what is generated has, in its last word. */
function isValue(text: string, from: number, to: number): boolean {
  const word = lastWord(text, from, to);
  return to - word.from >= MIN_VALUE && isMixed(word, from);
}

const MIN_VALUE = 6;

/** The last word of a passage, and where a letter and a digit stand last in it; -1 where none does. */
interface LastWord {
  readonly from: number;
  readonly letter: number;
  readonly digit: number;
}

function lastWord(text: string, from: number, to: number): LastWord {
  let [letter, digit] = [-1, -1];
  let at = to - 1;
  for (; at >= from; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === SPACE) break;
    if (digit < 0 && isDigit(code)) digit = at;
    else if (letter < 0 && (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) letter = at;
  }
  return { from: at + 1, letter, digit };
}

/** Whether a word has both from here on. */
const isMixed = ({ digit, letter }: LastWord, from: number): boolean =>
  digit >= from && letter >= from;

function hasDigit(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (isDigit(text.charCodeAt(at))) return true;
  return false;
}

const SPACE = 0x20;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/**
 * Finds the values that assignments of one text give, in the order they stand there. Attack: a text of
 * signs alone, each of which gives the same long value: what was read for one is not read again.
 *
 * @returns where the value behind a sign ends; -1 when it is too far away, long, or looks like no secret.
 */
function createValues(text: string): (at: number) => number {
  let [from, end] = [0, -1];
  let word: LastWord | undefined;
  return (sign) => {
    let start = sign + 1;
    while (start < sign + 9 && BESIDE[text.charCodeAt(start)] === 1) start += 1;
    if (start < from || start > end) {
      from = start;
      end = start;
      while (end < text.length && ENDS[text.charCodeAt(end)] !== 1) end += 1;
      word = undefined;
    }
    if (end === start || end - start > MAX_VALUE) return -1;
    word ??= lastWord(text, start, end);
    // Signs and quotes right before a value count as part of it.
    let lead = start;
    while (lead > sign + 1 && text.charCodeAt(lead - 1) !== SPACE) lead -= 1;
    return end - lead >= MIN_VALUE && isMixed(word, start) ? end : -1;
  };
}

/** 1 at the codes of these characters. */
const codes = (letters: string): Uint8Array => {
  const table = new Uint8Array(128);
  for (const letter of letters) table[letter.charCodeAt(0)] = 1;
  return table;
};
const BESIDE = codes(' >="\'\\`');
const ENDS = codes(' \n\r\t"\'\\`,;');
