import { MAX_PLAIN, SEPARATORS } from './destinations.ts';
import { CUE_PARTS, CUE_WORDS } from './order-cues.ts';
import { COVERING } from './uncover.ts';
import { ACTS } from './words.ts';

/**
 * What a stretch of a text may hold, as bits: what has no bit for something does not hold it, and need
 * not be searched for it. A bit says nothing for sure. The lower ones are parts of cues.
 */
export type Signs = number;

/** A word of what may be told in the imperative, and another: one alone tells nothing. */
export const ACT = 1 << CUE_PARTS;
/** What a destination could be read from. */
export const LEADS = ACT << 1;
const ANYTHING: Signs = (LEADS << 1) - 1;

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
const BY_HASH = new Uint16Array(HASHES);
const hashed = (hash: number, code: number): number => (hash * 31 + (code | 0x20)) & (HASHES - 1);
const hashOf = (word: string): number =>
  [...word].reduce((hash, letter) => hashed(hash, letter.charCodeAt(0)), 0);
const note = (word: string, sign: Signs): void => {
  BY_HASH[hashOf(word)] = (BY_HASH[hashOf(word)] ?? 0) | sign;
};
for (const word of ACTS) note(word, ACT);
for (const [word, parts] of CUE_WORDS) note(word, parts);

/** The signs of what stands in a text from `start` until `end`. Of other scripts everything is possible. */
export function signsIn(text: string, start: number, end: number): Signs {
  let signs: Signs = 0;
  let [words, hash] = [0, 0];
  let before = SEPARATES as number;
  let chunk = start;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 0x80) return ANYTHING;
    const kind = KINDS[code] as number;
    if (kind === PLAIN && before === PLAIN) {
      hash = hashed(hash, code);
      continue;
    }
    if ((kind & LETTER) === 0) {
      signs |= BY_HASH[hash] as number;
      hash = 0;
    } else {
      if ((before & LETTER) === 0) words += 1;
      // A capital behind a small letter or a digit begins another word.
      else if ((kind & CAPITAL) !== 0 && (before & LOW) !== 0) {
        signs |= LEADS | (BY_HASH[hash] as number);
        words += 1;
        hash = 0;
      }
      hash = hashed(hash, code);
    }
    if ((kind & SEPARATES) !== 0) {
      if (at - chunk > MAX_PLAIN) signs |= LEADS;
      chunk = at + 1;
    } else if ((before & JOINS) !== 0) signs |= LEADS;
    // Two crosses may be those of `hxxp`.
    if ((kind & TELLS) !== 0 || (kind & before & CROSS) !== 0) signs |= LEADS;
    before = kind;
  }
  if (end - chunk > MAX_PLAIN) signs |= LEADS;
  signs |= BY_HASH[hash] as number;
  return words > 1 ? signs : signs & ~ACT;
}
