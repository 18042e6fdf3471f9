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

/**
 * Collects where a text could hold credentials while it is gone through for something else: a long word
 * that is no plain number, hash or digest, a name of a secret before `:` or `=`, an address with a user in it.
 */
export class SecretSearch implements Pick<Aside, 'longWord' | 'sign'> {
  readonly text: string;
  /** Made where the first of them is: most texts have none. */
  #values: Values | undefined;
  #windows: [from: number, to: number][] | undefined;
  #digestEnd = 0;

  constructor(text: string) {
    this.text = text;
  }

  longWord(start: number, end: number): void {
    const { text } = this;
    if (start < this.#digestEnd) return;
    const is = whatIs(text, start, end);
    // Most long words are names in a program.
    if ((is & DIGIT) === 0 && end - start < 2 * BEFORE) return;
    if (is < OTHER && (is & LOWER) * (is & UPPER) === 0) return;
    if (!followsDigest(text, start)) this.#add(start, end);
    else {
      // Its slashes and signs end words, and the next one is part of it.
      let digestEnd = end;
      while (BASE64[text.charCodeAt(digestEnd)] === 1) digestEnd += 1;
      this.#digestEnd = digestEnd;
    }
  }

  sign(at: number): void {
    const { text } = this;
    if (text.charCodeAt(at) === AT) {
      const from = Math.max(0, at - 4 * MAX_NAME);
      if (text.slice(from, at).includes('://')) this.#add(from, at);
      return;
    }
    this.#values ??= new Values(text);
    const end = this.#values.endOf(at);
    if (end < 0) return;
    if (NAMES.test(text.slice(Math.max(0, at - MAX_NAME), at))) this.#add(at, end);
  }

  /** Where it does: the detector reads around what was collected, and an honest megabyte not twenty times. */
  spans(findShapes: FindShapes): readonly Span[] {
    if (this.#windows === undefined) return [];
    return this.#windows.flatMap(([from, to]) => {
      const window = this.text.slice(from, to);
      return findShapes(window)
        .filter(({ start, end, kind }) => !DOUBTFUL.has(kind) || isValue(window, start, end))
        .map(({ start, end, kind }) => ({ start: start + from, end: end + from, kind }));
    });
  }

  #add(start: number, end: number): void {
    const [from, to] = [Math.max(0, start - BEFORE), Math.min(this.text.length, end + AFTER)];
    this.#windows ??= [];
    const last = this.#windows.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else this.#windows.push([from, to]);
  }
}

const [AT, DASH, EQUALS] = [0x40, 0x2d, 0x3d] as const;
/** What a character of a word can be: of a hexadecimal number, in either case, or not. */
const [DIGIT, LOWER, UPPER, OTHER] = [1, 2, 4, 8] as const;

/** What the characters of a word are, all of them together. */
function whatIs(text: string, from: number, to: number): number {
  let is = 0;
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) is |= DIGIT;
    else if (code >= 0x61 && code <= 0x66) is |= LOWER;
    else is |= code >= 0x41 && code <= 0x46 ? UPPER : OTHER;
  }
  return is;
}

/** Characters of base64 between the head of a digest and a word that is still part of it. */
const MAX_DIGEST = 96;

/** Whether a word stands in a digest as package managers write it, `sha512-…`: it says itself what it is. */
function followsDigest(text: string, start: number): boolean {
  const least = Math.max(0, start - MAX_DIGEST);
  let at = start - 1;
  while (at >= least && BASE64[text.charCodeAt(at)] === 1 && text.charCodeAt(at) !== EQUALS)
    at -= 1;
  if (text.charCodeAt(at) !== DASH) return false;
  return /sha\d{1,3}$/.test(text.slice(Math.max(0, at - 6), at));
}

/** Whether a passage has both letters and digits, as what is generated has, in its last word. */
function isValue(text: string, from: number, to: number): boolean {
  const start = from + text.slice(from, to).lastIndexOf(' ') + 1;
  return to - start >= MIN_VALUE && isMixed(lastOf(text, start, to), from);
}

const MIN_VALUE = 6;

/** Where a letter and a digit stand last in a word; -1 where none does. */
interface LastOf {
  readonly letter: number;
  readonly digit: number;
}

function lastOf(text: string, from: number, to: number): LastOf {
  let [letter, digit] = [-1, -1];
  for (let at = to - 1; at >= from && (letter < 0 || digit < 0); at -= 1) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) digit = Math.max(digit, at);
    else if ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) letter = Math.max(letter, at);
  }
  return { letter, digit };
}

/** Whether a word has both from here on. */
const isMixed = ({ digit, letter }: LastOf, from: number): boolean =>
  digit >= from && letter >= from;

const SPACE = 0x20;
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/**
 * Finds the values that assignments of one text give, in the order they stand there. Attack: a text of
 * signs alone, each of which gives the same long value: what was read for one is not read again.
 */
class Values {
  readonly #text: string;
  #from = 0;
  #end = -1;
  #last: LastOf | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the value behind a sign ends; -1 when it is too far away, long, or looks like no secret. */
  endOf(sign: number): number {
    const text = this.#text;
    let start = sign + 1;
    while (start < sign + 9 && BESIDE[text.charCodeAt(start)] === 1) start += 1;
    if (start < this.#from || start > this.#end) {
      let end = start;
      while (end < text.length && ENDS[text.charCodeAt(end)] !== 1) end += 1;
      this.#from = start;
      this.#end = end;
      this.#last = undefined;
    }
    const end = this.#end;
    if (end === start || end - start > MAX_VALUE) return -1;
    // Signs and quotes right before a value count as part of it.
    let lead = start;
    while (lead > sign + 1 && text.charCodeAt(lead - 1) !== SPACE) lead -= 1;
    if (end - lead < MIN_VALUE) return -1;
    this.#last ??= lastOf(text, start, end);
    return isMixed(this.#last, start) ? end : -1;
  }
}

/** 1 at the codes of these characters. */
const codes = (letters: string): Uint8Array => {
  const table = new Uint8Array(128);
  for (const letter of letters) table[letter.charCodeAt(0)] = 1;
  return table;
};
const BESIDE = codes(' >="\'\\`');
const ENDS = codes(' \n\r\t"\'\\`,;');
const BASE64 = codes('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=');
