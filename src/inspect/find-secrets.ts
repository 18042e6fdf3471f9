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
      const end = valueEnd(text, at + 1);
      if (end < 0 || !isValue(text, at + 1, end)) return;
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
  let [letters, digits, length] = [0, 0, 0];
  for (let at = to - 1; at >= from; at -= 1) {
    const code = text.charCodeAt(at);
    if (code === SPACE) break;
    length += 1;
    if (isDigit(code)) digits += 1;
    else if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) letters += 1;
  }
  return length >= 6 && digits > 0 && letters > 0;
}

function hasDigit(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (isDigit(text.charCodeAt(at))) return true;
  return false;
}

const SPACE = 0x20;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Where the value ends that an assignment gives; -1 when it is too far away, or long. */
function valueEnd(text: string, from: number): number {
  let at = from;
  while (at < from + 8 && BESIDE[text.charCodeAt(at)] === 1) at += 1;
  const start = at;
  while (at < text.length && at - start <= MAX_VALUE && ENDS[text.charCodeAt(at)] !== 1) at += 1;
  return at - start > MAX_VALUE || at === start ? -1 : at;
}

/** 1 at the codes of these characters. */
const codes = (letters: string): Uint8Array => {
  const table = new Uint8Array(128);
  for (const letter of letters) table[letter.charCodeAt(0)] = 1;
  return table;
};
const BESIDE = codes(' >="\'\\`');
const ENDS = codes(' \n\r\t"\'\\`,;');
