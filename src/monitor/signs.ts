import { MAX_PLAIN, SEPARATORS } from './destinations.ts';
import { BEFORE_TOLD } from './imperative.ts';
import { CUE_PARTS, CUE_WORDS } from './order-cues.ts';
import { actOfOtherTongue } from './other-tongues.ts';
import { COVERING } from './uncover.ts';
import { ACTS } from './words.ts';

/**
 * What a stretch of a text may hold, as bits: what has no bit for something does not hold it, and need
 * not be searched for it. A bit says nothing for sure. The lower ones are parts of cues.
 */
export type Signs = number;

/** What may be told to do, where it may be told, and another word: one alone tells nothing. */
export const ACT = 1 << CUE_PARTS;
/** What a destination could be read from. */
export const LEADS = ACT << 1;
const ANYTHING: Signs = (LEADS << 1) - 1;
/** Of a word alone: behind it an act may be told; it is an act that is told wherever it stands. */
const [BEFORE, ALWAYS] = [LEADS << 1, LEADS << 2] as const;

const [LETTER, CAPITAL, LOW, SEPARATES, JOINS, TELLS, CROSS] = [1, 2, 4, 8, 16, 32, 64] as const;
/** Small letters but for `x`, which most of a text is. */
const PLAIN = LETTER | LOW;
/** What each character of ASCII is: to a word, to what destinations are read from, to what hides them. */
const KINDS: Uint8Array = (() => {
  const kinds = new Uint8Array(0x80);
  const add = (characters: string, kind: number): void => {
    for (const one of characters) {
      const code = one.charCodeAt(0);
      if (code < 0x80) kinds[code] = (kinds[code] ?? 0) | kind;
    }
  };
  const small = 'abcdefghijklmnopqrstuvwxyz';
  add(small, PLAIN);
  add(small.toUpperCase(), LETTER | CAPITAL);
  add('0123456789', LETTER | LOW | TELLS);
  add(SEPARATORS, SEPARATES);
  add('.:', JOINS);
  add(`@/%${COVERING}`, TELLS);
  add('xX', CROSS);
  return kinds;
})();

/** By the hash of a word, what it may be: two words that share one share what they are. */
const HASHES = 1 << 15;
const BY_HASH = new Uint32Array(HASHES);
const hashed = (hash: number, code: number): number => (hash * 31 + (code | 0x20)) & (HASHES - 1);
const hashOf = (word: string): number =>
  [...word].reduce((hash, letter) => hashed(hash, letter.charCodeAt(0)), 0);
const note = (word: string, sign: Signs): void => {
  BY_HASH[hashOf(word)] = (BY_HASH[hashOf(word)] ?? 0) | sign;
};
for (const word of ACTS) note(word, actOfOtherTongue(word) === undefined ? ACT : ACT | ALWAYS);
for (const word of BEFORE_TOLD) note(word, BEFORE);
for (const [word, parts] of CUE_WORDS) note(word, parts);

/** The signs of what stands in a text from `start` until `end`. Of other scripts everything is possible. */
export function signsIn(text: string, start: number, end: number): Signs {
  let signs: Signs = 0;
  let [words, hash] = [0, 0];
  let before = SEPARATES as number;
  let chunk = start;
  // What begins a clause may be told, and any sign but a space may end one.
  let isOpen = true;
  for (let at = start; at <= end; at += 1) {
    const code = at === end ? 0 : text.charCodeAt(at);
    if (code >= 0x80) return ANYTHING;
    const kind = at === end ? SEPARATES : (KINDS[code] as number);
    if (kind === PLAIN && before === PLAIN) {
      hash = hashed(hash, code);
      continue;
    }
    // A capital behind a small letter or a digit begins another word.
    const isNext = (kind & CAPITAL) !== 0 && (before & LOW) !== 0;
    if ((before & LETTER) !== 0 && ((kind & LETTER) === 0 || isNext)) {
      const word = BY_HASH[hash] as number;
      signs |= word & ANYTHING & ~ACT;
      if ((word & ACT) !== 0 && (isOpen || (word & ALWAYS) !== 0)) signs |= ACT;
      isOpen = (word & BEFORE) !== 0;
      words += 1;
      hash = 0;
    }
    if ((kind & LETTER) !== 0) hash = hashed(hash, code);
    else if (code !== 0x20) isOpen = true;
    if ((kind & SEPARATES) !== 0) {
      if (at - chunk > MAX_PLAIN) signs |= LEADS;
      chunk = at + 1;
    } else if ((before & JOINS) !== 0) signs |= LEADS;
    // Two crosses may be those of `hxxp`.
    if (isNext || (kind & TELLS) !== 0 || (kind & before & CROSS) !== 0) signs |= LEADS;
    before = kind;
  }
  return words > 1 ? signs : signs & ~ACT;
}
