import type { Span } from '../domain/span.ts';

/** Finds what is a secret by its shape, in a text of any length. */
export type FindShapes = (text: string) => readonly Span[];

/** Shortest word that could be a credential by itself. */
const MIN_WORD = 16;
/** What can stand before a word and makes it one (`Bearer`, a host), and after it, characters. */
const [BEFORE, AFTER] = [48, 8] as const;
/** What gives a value beside it away: `password=`, `"token":`. */
const NAMES = /pass|pwd|secret|token|key|auth|cookie|cred|signature|bearer/i;
const MAX_NAME = 48;
const MAX_VALUE = 512;
/** Shapes that are one only if the value looks generated: `token: string` is no secret. */
const DOUBTFUL: ReadonlySet<string> = new Set(['assignment', 'bearer', 'basic', 'api-key']);

/**
 * Where a text holds credentials. One pass that looks for what could be one: a long word that is no
 * plain number or hash, a name of a secret before `:` or `=`, an address with a user in it; the detector
 * reads around these alone. So an honest megabyte is not read twenty times.
 */
export function findSecrets(text: string, findShapes: FindShapes): readonly Span[] {
  const windows = candidates(text);
  if (windows.length === 0) return [];
  return windows.flatMap(([from, to]) => {
    const window = text.slice(from, to);
    return findShapes(window)
      .filter(({ start, end, kind }) => !DOUBTFUL.has(kind) || isValue(window.slice(start, end)))
      .map(({ start, end, kind }) => ({ start: start + from, end: end + from, kind }));
  });
}

/** Whether a text has both letters and digits, as what is generated has, in its last word. */
function isValue(text: string): boolean {
  const value = text.slice(text.lastIndexOf(' ') + 1);
  return value.length >= 6 && /[0-9]/.test(value) && /[A-Za-z]/.test(value);
}

/** Stretches that could hold a credential, in order, none touching another. */
function candidates(text: string): readonly (readonly [from: number, to: number])[] {
  const windows: [number, number][] = [];
  const add = (start: number, end: number): void => {
    const [from, to] = [Math.max(0, start - BEFORE), Math.min(text.length, end + AFTER)];
    const last = windows.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else windows.push([from, to]);
  };
  let start = -1;
  let isHex = true;
  let hasDigit = false;
  for (let at = 0; at <= text.length; at += 1) {
    const kind = at < text.length ? (KINDS[text.charCodeAt(at)] ?? END) : END;
    if (kind >= DIGIT) {
      if (start < 0) {
        start = at;
        isHex = true;
        hasDigit = false;
      }
      if (kind === DIGIT) hasDigit = true;
      else if (kind === LETTER) isHex = false;
      continue;
    }
    if (start >= 0) {
      const isLong = at - start >= MIN_WORD && !isHex;
      if (isLong && (hasDigit || at - start >= 2 * MIN_WORD) && !isDigest(text, start)) {
        add(start, at);
      }
      start = -1;
    }
    if (kind === ASSIGNS) {
      const end = valueEnd(text, at + 1);
      if (end < 0 || !isValue(text.slice(at + 1, end))) continue;
      if (NAMES.test(text.slice(Math.max(0, at - MAX_NAME), at))) add(at, end);
    } else if (kind === USER) {
      const from = Math.max(0, at - 4 * MAX_NAME);
      if (text.slice(from, at).includes('://')) add(from, at);
    }
  }
  return windows;
}

/** A digest as package managers write it says itself what it is. */
const isDigest = (text: string, at: number): boolean =>
  text.startsWith('sha', at) && /^sha\d{1,3}-/.test(text.slice(at, at + 8));

/** Where the value ends that an assignment gives; -1 when it is too far away, or long. */
function valueEnd(text: string, from: number): number {
  let at = from;
  while (at < from + 8 && BESIDE.has(text.charCodeAt(at))) at += 1;
  const start = at;
  while (at < text.length && at - start <= MAX_VALUE && !ENDS.has(text.charCodeAt(at))) at += 1;
  return at - start > MAX_VALUE || at === start ? -1 : at;
}

const codes = (letters: string): ReadonlySet<number> =>
  new Set([...letters].map((letter) => letter.charCodeAt(0)));
const BESIDE = codes(' >="\'\\`');
const ENDS = codes(' \n\r\t"\'\\`,;');

const [END, ASSIGNS, USER, DIGIT, HEX, LETTER] = [0, 1, 2, 3, 4, 5] as const;

/** What an ASCII unit is to this search; everything else ends a word. */
const KINDS: Uint8Array = (() => {
  const kinds = new Uint8Array(65_536);
  const put = (letters: string, kind: number): void => {
    for (const letter of letters) kinds[letter.charCodeAt(0)] = kind;
  };
  put('0123456789', DIGIT);
  put('abcdef', HEX);
  put('ghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', LETTER);
  put('-', HEX);
  put(':=', ASSIGNS);
  put('@', USER);
  return kinds;
})();
