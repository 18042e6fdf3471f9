import { CONCEPT, type Concept, WORDS } from './concepts.ts';
import { STEMS } from './stems.ts';

const ASCII = /^[\n\r\t -~]*$/;
/** A text as words are compared: without case, accents, width and characters nobody sees. */
export const plain = (text: string): string =>
  (ASCII.test(text)
    ? text.replaceAll("'", '')
    : text.normalize('NFKD').replace(/[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}'’]/gu, '')
  )
    .toLowerCase()
    .replaceAll('user agent', 'browser name')
    .replaceAll('including', 'with');

const single = new Map<string, number>();
const double = new Map<string, number>();
/** Words of scripts that put no spaces between them, by their first character. */
const inside = new Map<string, [word: string, bit: number][]>();
const addInside = (word: string, bit: number): void => {
  const first = word.charAt(0);
  inside.set(first, [...(inside.get(first) ?? []), [word, bit]]);
};
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Devanagari}\p{Script=Thai}]/u;

for (const concept of Object.keys(WORDS) as (keyof typeof WORDS)[]) {
  const bit = CONCEPT[concept];
  for (const entry of WORDS[concept].split(' ')) {
    if (UNSPACED.test(entry)) addInside(plain(entry), bit);
    else {
      const words = entry.includes('_') && !single.has(entry) ? double : single;
      const word = plain(words === double ? entry.replace('_', ' ') : entry);
      words.set(word, (words.get(word) ?? 0) | bit);
      // `id_rsa` is one word where it stands in a path.
      if (words === double) single.set(entry, (single.get(entry) ?? 0) | bit);
    }
  }
}

/** Stems by their first letters, and those that stand inside a sentence. */
const STEM_KEY = 4;
const stems = new Map<string, [stem: string, bit: number][]>();
for (const [concept, entries] of Object.entries(STEMS)) {
  const bit = CONCEPT[concept as Concept];
  for (const entry of entries.split(' ')) {
    const word = plain(entry.replaceAll('_', ' ')).trim();
    if (word === '') continue;
    if (UNSPACED.test(word)) addInside(word, bit);
    else if (word.includes(' ')) double.set(word, (double.get(word) ?? 0) | bit);
    else if (entry.endsWith('_') || word.length < STEM_KEY)
      single.set(word, (single.get(word) ?? 0) | bit);
    else {
      const key = word.slice(0, STEM_KEY);
      stems.set(key, [...(stems.get(key) ?? []), [word, bit]]);
    }
  }
}

/** What a word is about that begins as one of another language does. */
function stemBits(word: string): number {
  let bits = 0;
  for (const [stem, bit] of stems.get(word.slice(0, STEM_KEY)) ?? []) {
    if (word.startsWith(stem)) bits |= bit;
  }
  return bits;
}

/** Letters of other scripts that pass for Latin ones inside a Latin word. */
const ALIKE: ReadonlyMap<string, string> = new Map(
  [...'аaеeоoрpсcхxуyіiѕsјjһhԁdοoαaιiνv'].reduce<[string, string][]>((pairs, letter, at, all) => {
    if (at % 2 === 0) pairs.push([letter, all[at + 1] ?? letter]);
    return pairs;
  }, []),
);
const isMixed = (word: string): boolean => /[a-z]/.test(word) && /[\u0370-\u052f]/.test(word);

/** A word without the letters of other scripts that pass for Latin ones. */
export const inOneScript = (word: string): string =>
  isMixed(word) ? word.replace(/[^\x20-\x7e]/g, (letter) => ALIKE.get(letter) ?? letter) : word;

/** What a word is about, as a union of `CONCEPT` bits; with the one before it, when they belong together. */
export const wordConcepts = (word: string, before: string): number =>
  bitsOf(word, single) |
  bitsOf(`${before} ${word}`, double) |
  partsOf(word) |
  disguised(word) |
  stemBits(word);

/** What a word is about in the form it has, without an ending taken from it. */
export const bareConcepts = (word: string): number => single.get(word) ?? 0;

/** What a sentence is about whose words have no spaces between them; `undefined` for any other. */
export const unspacedConcepts = (sentence: string): number | undefined =>
  UNSPACED.test(sentence) ? insideBits(sentence) : undefined;

/** What a word is about that is written so that it is not found: `p4ssw0rd`, `pass-word`. */
function disguised(word: string): number {
  let bits = 0;
  if (word.includes('-')) bits |= bitsOf(word.replaceAll('-', ''), single);
  if (/[a-z][0-9]|[0-9][a-z]/.test(word) && word.length >= 4) {
    bits |= bitsOf(
      word.replace(/[013457]/g, (digit) => DIGITS[digit] ?? digit),
      single,
    );
  }
  return bits;
}
const DIGITS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
};

/** What stands in a sentence without spaces is about: each place is looked at once. */
function insideBits(sentence: string): number {
  let bits = 0;
  for (let at = 0; at < sentence.length; at += 1) {
    for (const [word, bit] of inside.get(sentence.charAt(at)) ?? []) {
      if ((bits & bit) === 0 && sentence.startsWith(word, at)) bits |= bit;
    }
  }
  return bits;
}

/** What is held by a thing with a name of several parts: `application_default_credentials`. */
const HELD = CONCEPT.secret | CONCEPT.private;
function partsOf(word: string): number {
  if (!/[_-]/.test(word)) return 0;
  let bits = 0;
  for (const part of word.split(/[_.-]+/)) bits |= bitsOf(part, single) & HELD;
  return bits;
}

/** What a word is about, with or without its ending. */
function bitsOf(word: string, known: ReadonlyMap<string, number>): number {
  const found = known.get(word);
  if (found !== undefined) return found;
  for (const [ending, ...instead] of ENDINGS) {
    if (!word.endsWith(ending) || word.length < ending.length + 3) continue;
    const stem = word.slice(0, -ending.length);
    for (const last of instead) {
      const bits = known.get(stem + last);
      if (bits !== undefined) return bits;
    }
    if (stem.at(-1) === stem.at(-2)) {
      const bits = known.get(stem.slice(0, -1));
      if (bits !== undefined) return bits;
    }
  }
  return 0;
}

/** Endings of English words and what stands in their place in the plain form. */
const ENDINGS: readonly (readonly [ending: string, ...instead: readonly string[]])[] = [
  ['ies', 'y'],
  ['ied', 'y'],
  ['es', '', 'e'],
  ['s', ''],
  ['ed', '', 'e'],
  ['ing', '', 'e'],
];
