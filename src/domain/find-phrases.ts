import { type PhraseSet, PLACES } from './order-phrases.ts';

/** One passage, `[start, end)` in UTF-16 units. */
export interface Passage {
  readonly start: number;
  readonly end: number;
}

/** Most words between two parts of a phrase. */
const MAX_GAP = 6;
/** Looks at words of one text before it counts as made to be slow, which no honest text is. */
const MAX_STEPS = 4_000_000;

/** UTF-16 units of a text that are looked at together: an array is read in a third of the time. */
const SLICE = 8_192;
/** Most words of a slice: a letter and an `@`, which count as two, and what ends the last one. */
const SLICE_WORDS = SLICE + 1;
/** Words of a text that are kept from slice to slice. More of them are looked at. */
const WORDS_KEPT = 8_192;
/** Words a phrase can reach over: what begins before the kept ones end is looked at with the next. */
const REACH = 128;

/**
 * Makes the search for passages that hold a phrase of a set: one pass over the text that turns words
 * into numbers, and comparisons of numbers behind it. No expression that could backtrack; time linear in
 * the text and bounded, memory constant. Case, accents of width, letters of other scripts that look
 * Latin, and characters nobody sees make no difference.
 *
 * @returns finds at most `most` passages that do not overlap, in order; one that ends with the text says
 * that the rest was not looked at.
 */
export function phraseFinder(
  ...sets: readonly PhraseSet[]
): (text: string, most: number, aside?: Aside) => readonly Passage[] {
  let words: Words | undefined;
  let kept: KeptWords | undefined;
  return (text, most, aside) => {
    const found: Passage[] = [];
    if (text.length < MIN_TEXT) return found;
    // At the first text: most commands meet none, and each start would wait for it.
    words ??= compile(sets.flatMap(({ phrases }) => phrases));
    kept ??= {
      ids: new Int32Array(WORDS_KEPT + SLICE_WORDS),
      starts: new Int32Array(WORDS_KEPT + SLICE_WORDS),
      ends: new Int32Array(WORDS_KEPT + SLICE_WORDS),
    };
    const search: Search = {
      found,
      most,
      steps: 0,
      free: 0,
      count: 0,
      hasKnown: false,
      start: -1,
      hash: SEED,
    };
    for (let from = 0; from <= text.length; from += SLICE) {
      readSlice(text, from, words, kept, search, aside);
      if (search.count >= WORDS_KEPT) look(text, words, kept, search.count - REACH, search);
    }
    look(text, words, kept, search.count, search);
    return found;
  };
}

/** Words of a text as numbers, 0 for one that no phrase has; where each other one stands. */
interface KeptWords {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** What else is told of a text while it is gone through: a second pass would cost as much again. */
export interface Aside {
  /** A word of at least `LONG_WORD` letters and digits. */
  longWord(start: number, end: number): void;
  /** A `:`, `=` or `@`. */
  sign(at: number): void;
  /**
   * A stretch in which something is beyond printable ASCII, tabs and line ends.
   *
   * @param units of it, and of nothing else; not to be kept.
   */
  odd(from: number, units: Uint16Array): void;
}

/** Fewest characters of a word that is told of. */
export const LONG_WORD = 12;

/** How far a search is. */
interface Search {
  readonly found: Passage[];
  readonly most: number;
  steps: number;
  /** Where no passage that was found reaches. */
  free: number;
  /** Words that are kept, and whether a phrase has one of those that were read. */
  count: number;
  hasKnown: boolean;
  /** The word that has not ended yet: where it begins, -1 when there is none, and its hash so far. */
  start: number;
  hash: number;
}

type Words = ReturnType<typeof compile>;

/**
 * Turns a slice of a text into words.
 *
 * Intentionally not one loop over the whole text: of a function that is called seldom and runs long, the
 * engine has no good code for minutes, and what it has takes twice the time.
 */
function readSlice(
  text: string,
  from: number,
  words: Words,
  { ids, starts, ends }: KeptWords,
  search: Search,
  aside: Aside | undefined,
): void {
  const { hashes, ids: numbers } = words;
  const size = takeSlice(text, from);
  let { count, start, hash } = search;
  let seen = 0;
  for (let n = 0; n < size; n += 1) {
    let code = UNITS[n] as number;
    let letter = LETTERS[code] as number;
    if (letter > 1) {
      if (start < 0) {
        start = from + n;
        const mayBeDotFile = n === 0 || UNITS[n - 1] === DOT;
        hash = mayBeDotFile && isDotFile(text, start) ? mix(SEED, DOT) : SEED;
      }
      // Nearly all the time of this search goes by here, and with what is beside a word.
      do {
        hash = mix(hash, letter);
        seen |= code;
        n += 1;
        code = UNITS[n] as number;
        letter = LETTERS[code] as number;
      } while (letter > 1);
      if (n === size) break;
    }
    const sign = SIGNS[code] as number;
    seen |= code | sign;
    if (start >= 0 ? letter === 1 : sign !== SIGN) continue;
    const at = from + n;
    if (sign === SIGN) aside?.sign(at);
    if (start >= 0) {
      if (at - start >= LONG_WORD) aside?.longWord(start, at);
      const id = numbers[slotOf(hashes, numbers, hash)] as number;
      ids[count] = id;
      if (id !== 0) {
        search.hasKnown = true;
        starts[count] = start;
        ends[count] = at;
      }
      count += 1;
      start = -1;
    }
    // `me@` ends a word and is part of an address.
    if (sign === SIGN && isAddress(text, at)) {
      search.hasKnown = true;
      ids[count] = ADDRESS_ID;
      starts[count] = at;
      ends[count] = at + 1;
      count += 1;
    }
  }
  search.count = count;
  search.start = start;
  search.hash = hash;
  if (seen >= ODD) aside?.odd(from, UNITS.subarray(0, Math.min(size, text.length - from)));
}

/** Longest text that is put there unit by unit: names, numbers and dates cost less so. */
const SHORT = 48;
const BYTES = Buffer.alloc(2 * SLICE + 2);
/** Behind a slice stands one that ends a word. */
const UNITS = new Uint16Array(BYTES.buffer, BYTES.byteOffset, SLICE + 1);
const SPACE = 0x20;
UNITS[SLICE] = SPACE;
const isBigEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0;

/**
 * Puts the next units of a text into `UNITS`.
 *
 * @returns how many are there; the one that ends the last word of the text counts too.
 */
function takeSlice(text: string, from: number): number {
  if (text.length <= SHORT) {
    for (let at = 0; at < text.length; at += 1) UNITS[at] = text.charCodeAt(at);
    UNITS[text.length] = SPACE;
    return text.length + 1;
  }
  const slice = text.length <= SLICE ? text : text.slice(from, from + SLICE);
  BYTES.write(slice, 'utf16le');
  if (isBigEndian) BYTES.swap16();
  const left = text.length - from;
  if (left >= SLICE) return SLICE;
  UNITS[left] = SPACE;
  return left + 1;
}

/** Looks at the words before `until`, and keeps what the next ones could belong to. */
function look(
  text: string,
  { byFirst }: Words,
  { ids, starts, ends }: KeptWords,
  until: number,
  search: Search,
): void {
  const { count, found, most } = search;
  const isOver = !search.hasKnown || found.length >= most || search.steps > MAX_STEPS;
  for (let at = 0; at < until && !isOver; at += 1) {
    const id = ids[at] as number;
    if (id === 0) continue;
    const phrases = byFirst[id];
    if (phrases === undefined || (starts[at] ?? 0) < search.free) continue;
    const start = starts[at] ?? 0;
    for (const parts of phrases) {
      const end = endOfPhrase(ids, count, at + 1, parts);
      search.steps += MAX_GAP * parts.length;
      if (end < 0) continue;
      search.free = ends[end - 1] ?? text.length;
      found.push({ start, end: search.free });
      break;
    }
    if (search.steps > MAX_STEPS) found.push({ start, end: text.length });
    if (search.steps > MAX_STEPS || found.length >= most) break;
  }
  for (const list of [ids, starts, ends]) list.copyWithin(0, until, count);
  search.count = count - until;
}

const MIN_TEXT = 8;
/** The word that stands for a URL or an e-mail address. */
const ADDRESS = '<address>';
const ADDRESS_ID = 1;

/** A part of a phrase: which words fit, and whether others may stand before it. */
interface Part {
  /** By the number of a word, 1 for those that fit. */
  readonly words: Uint8Array;
  readonly gap: number;
}

/** Words that some phrase has, numbered from 1 by their hash; what follows each first word. */
function compile(phrases: readonly string[]) {
  const numbers = new Map<string, number>([[ADDRESS, ADDRESS_ID]]);
  const numberOf = (word: string): number => {
    const number = numbers.get(word) ?? numbers.size + 1;
    numbers.set(word, number);
    return number;
  };
  const byFirst: ((readonly Part[])[] | undefined)[] = new Array(MAX_WORDS).fill(undefined);
  for (const phrase of phrases) {
    const parts: Part[] = [];
    let firstWords: readonly number[] = [];
    let gap = 0;
    for (const choice of phrase.split(' ')) {
      if (choice === '~') {
        gap = MAX_GAP;
        continue;
      }
      const words = choice
        .split('|')
        .flatMap((word) => (word === '<place>' ? PLACES.split('|') : word));
      const numbers = words.map(numberOf);
      if (parts.length === 0) firstWords = numbers;
      parts.push({ words: fitting(numbers), gap });
      gap = 0;
    }
    const rest = parts.slice(1);
    for (const number of new Set(firstWords)) {
      byFirst[number] = [...(byFirst[number] ?? []), rest];
    }
  }
  const hashes = new Int32Array(SLOTS);
  const ids = new Int32Array(SLOTS);
  for (const [word, number] of numbers) {
    const hash = hashOf(word);
    const slot = slotOf(hashes, ids, hash);
    hashes[slot] = hash;
    ids[slot] = number;
  }
  return { hashes, ids, byFirst };
}

/** Places in the table of words: far more than words, so that most of a text's words meet an empty one. */
const SLOTS = 4096;

/** Where a word with this hash stands, or the empty place where it would. */
function slotOf(hashes: Int32Array, ids: Int32Array, hash: number): number {
  let slot = hash >>> 20;
  while (ids[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) % SLOTS;
  return slot;
}

/** Words that phrases are made of, all of them together. */
const MAX_WORDS = 2_048;

function fitting(numbers: readonly number[]): Uint8Array {
  const words = new Uint8Array(MAX_WORDS);
  for (const number of numbers) words[number] = 1;
  return words;
}

/** Where a phrase ends that goes on at `at`; -1 when it does not. Takes the first word that fits and never comes back. */
function endOfPhrase(ids: Int32Array, count: number, at: number, parts: readonly Part[]): number {
  let next = at;
  for (const { words, gap } of parts) {
    const last = Math.min(next + gap, count - 1);
    while (next <= last && words[ids[next] ?? 0] !== 1) next += 1;
    if (next > last) return -1;
    next += 1;
  }
  return next;
}

const SEED = 0x811c9dc5 | 0;
const mix = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);

function hashOf(word: string): number {
  let hash = SEED;
  for (let at = 0; at < word.length; at += 1) hash = mix(hash, word.charCodeAt(at));
  return hash;
}

/** What a UTF-16 unit is to a word: 0 its end, 1 nothing, otherwise the letter it counts as. */
const LETTERS: Uint16Array = (() => {
  const letters = new Uint16Array(65_536);
  for (let code = 0x80; code < 65_536; code += 1) {
    // Other scripts have words of their own; halves of a pair are letters of one.
    letters[code] = code >= 0x2000 && code < 0x2c00 ? 0 : code;
  }
  const put = (from: number, to: number, first: number): void => {
    for (let code = from; code <= to; code += 1) letters[code] = first + code - from;
  };
  put(0x30, 0x39, 0x30);
  put(0x41, 0x5a, 0x61);
  put(0x61, 0x7a, 0x61);
  put(0xff10, 0xff19, 0x30);
  put(0xff21, 0xff3a, 0x61);
  put(0xff41, 0xff5a, 0x61);
  const skipped = [0x27, 0x60, 0xad, 0x2019, 0x34f, 0x61c, 0xfeff, 0xdb40];
  for (const code of skipped) letters[code] = 1;
  for (const [from, to] of [
    [0x200b, 0x200f],
    [0x202a, 0x202e],
    [0x2060, 0x206f],
    [0x300, 0x36f],
    [0xfe00, 0xfe0f],
  ] as const) {
    for (let code = from; code <= to; code += 1) letters[code] = 1;
  }
  const alike = 'аaеeоoрpсcхxуyіiѕsјjһhԁdοoαaιiνvВbКkМmНhТt';
  for (let at = 0; at < alike.length; at += 2)
    letters[alike.charCodeAt(at)] = alike.charCodeAt(at + 1);
  letters[0xa0] = 0;
  letters[0x3000] = 0;
  return letters;
})();

const [DOT, COLON, AT, SLASH, EQUALS] = [0x2e, 0x3a, 0x40, 0x2f, 0x3d] as const;

/** A unit that an `Aside` is told of; the first beyond ASCII, and what stands for a control character. */
const [SIGN, ODD] = [1, 0x80] as const;

/** What a UTF-16 unit is besides: a sign, or a control character that is `ODD`. */
const SIGNS: Uint8Array = (() => {
  const signs = new Uint8Array(65_536);
  for (let code = 0; code < 0x20; code += 1) signs[code] = ODD;
  signs[0x7f] = ODD;
  for (const code of [0x09, 0x0a, 0x0d]) signs[code] = 0;
  for (const code of [COLON, AT, EQUALS]) signs[code] = SIGN;
  return signs;
})();

/** Whether the dot before a word makes it another one: `.ssh` is a word of its own, `a.ssh` two. */
function isDotFile(text: string, at: number): boolean {
  if (at === 0 || text.charCodeAt(at - 1) !== DOT) return false;
  return at === 1 || (LETTERS[text.charCodeAt(at - 2)] ?? 0) === 0;
}

/** Whether a colon or an `@` stands in a URL or an e-mail address. */
function isAddress(text: string, at: number): boolean {
  if (text.charCodeAt(at) === COLON) {
    return text.charCodeAt(at + 1) === SLASH && text.charCodeAt(at + 2) === SLASH;
  }
  if (text.charCodeAt(at) !== AT) return false;
  const isLetter = (of: number): boolean => (LETTERS[text.charCodeAt(of)] ?? 0) > 1;
  return at > 0 && isLetter(at - 1) && isLetter(at + 1);
}
