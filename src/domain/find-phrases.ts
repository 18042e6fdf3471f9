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

/**
 * Makes the search for passages that hold a phrase of a set: one pass over the text that turns words
 * into numbers, and comparisons of numbers after it. No expression that could backtrack, time linear
 * in the text and bounded. Case, accents of width, letters of other scripts that look Latin, and
 * characters nobody sees make no difference.
 *
 * @returns finds at most `most` passages that do not overlap, in order; one that ends the text says
 * that the rest was not looked at.
 */
export function phraseFinder(
  ...sets: readonly PhraseSet[]
): (text: string, most: number) => readonly Passage[] {
  const { known, byFirst } = compile(sets.flatMap(({ phrases }) => phrases));
  const words = createWords();
  return (text, most) => {
    if (text.length < MIN_TEXT || !words.read(text, known)) return [];
    const { ids, ends, starts, count } = words;
    const found: Passage[] = [];
    let steps = 0;
    for (let at = 0; at < count && found.length < most; at += 1) {
      const phrases = byFirst[ids[at] ?? 0];
      if (phrases === undefined) continue;
      for (const parts of phrases) {
        const end = endOfPhrase(ids, count, at + 1, parts);
        steps += MAX_GAP * parts.length;
        if (end < 0) continue;
        found.push({ start: starts[at] ?? 0, end: ends[end - 1] ?? text.length });
        at = end - 1;
        break;
      }
      if (steps > MAX_STEPS) return [...found, { start: starts[at] ?? 0, end: text.length }];
    }
    return found;
  };
}

const MIN_TEXT = 8;
/** The word that stands for a URL or an e-mail address. */
const ADDRESS = '<address>';

/** A part of a phrase: which words fit, and whether others may stand before it. */
interface Part {
  readonly words: ReadonlySet<number>;
  readonly gap: number;
}

/** Words that some phrase has, numbered from 1, by their hash. */
interface Known {
  readonly ids: ReadonlyMap<number, number>;
  /** Whether any word has a hash with these twelve highest bits: most words of a text have none. */
  readonly sieve: Uint8Array;
}

function compile(phrases: readonly string[]) {
  const numbers = new Map<string, number>([[ADDRESS, 1]]);
  const numberOf = (word: string): number => {
    const number = numbers.get(word) ?? numbers.size + 1;
    numbers.set(word, number);
    return number;
  };
  const byFirst: (readonly Part[])[][] = [];
  for (const phrase of phrases) {
    const parts: Part[] = [];
    let gap = 0;
    for (const choice of phrase.split(' ')) {
      if (choice === '~') {
        gap = MAX_GAP;
        continue;
      }
      const words = choice
        .split('|')
        .flatMap((word) => (word === '<place>' ? PLACES.split('|') : word));
      parts.push({ words: new Set(words.map(numberOf)), gap });
      gap = 0;
    }
    const [first, ...rest] = parts;
    for (const number of first?.words ?? []) {
      byFirst[number] = [...(byFirst[number] ?? []), rest];
    }
  }
  const ids = new Map<number, number>();
  const sieve = new Uint8Array(4096);
  for (const [word, number] of numbers) {
    const hash = hashOf(word);
    ids.set(hash, number);
    sieve[hash >>> 20] = 1;
  }
  return { known: { ids, sieve }, byFirst };
}

/** Where a phrase ends that goes on at `at`; -1 when it does not. Takes the first word that fits and never comes back. */
function endOfPhrase(ids: Int32Array, count: number, at: number, parts: readonly Part[]): number {
  let next = at;
  for (const { words, gap } of parts) {
    const last = Math.min(next + gap, count - 1);
    while (next <= last && !words.has(ids[next] ?? 0)) next += 1;
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
  return hash >>> 0;
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

const [DOT, COLON, AT, SLASH] = [0x2e, 0x3a, 0x40, 0x2f] as const;

/** Turns a text into the numbers of its words; the arrays are kept for the next one. */
function createWords() {
  let capacity = 4_096;
  const words = {
    ids: new Int32Array(capacity),
    starts: new Int32Array(capacity),
    ends: new Int32Array(capacity),
    count: 0,
    /** @returns whether any word is known. */
    read(text: string, { ids: known, sieve }: Known): boolean {
      let count = 0;
      let isAny = false;
      let hash = SEED;
      let start = -1;
      const { length } = text;
      for (let at = 0; at <= length; at += 1) {
        const code = at < length ? text.charCodeAt(at) : 0;
        const letter = LETTERS[code] ?? 0;
        if (letter > 1) {
          if (start < 0) {
            start = at;
            const before = at > 0 ? text.charCodeAt(at - 1) : 0;
            // `.ssh` is a word of its own, `a.ssh` two.
            hash = before === DOT && isDotFile(text, at - 2) ? mix(SEED, DOT) : SEED;
          }
          hash = mix(hash, letter);
          continue;
        }
        if (letter === 1 && start >= 0) continue;
        if (start >= 0) {
          const isKnown = sieve[hash >>> 20] === 1;
          const id = isKnown ? (known.get(hash >>> 0) ?? 0) : 0;
          if (id > 0) isAny = true;
          put(count, id, start, at);
          count += 1;
          start = -1;
        }
        const isUrl =
          code === COLON && text.charCodeAt(at + 1) === SLASH && text.charCodeAt(at + 2) === SLASH;
        if (
          isUrl ||
          (code === AT &&
            (LETTERS[text.charCodeAt(at + 1)] ?? 0) > 1 &&
            at > 0 &&
            (LETTERS[text.charCodeAt(at - 1)] ?? 0) > 1)
        ) {
          put(count, 1, at, at + 1);
          count += 1;
        }
      }
      words.count = count;
      return isAny;
    },
  };
  function put(at: number, id: number, start: number, end: number): void {
    if (at === capacity) {
      capacity *= 2;
      for (const name of ['ids', 'starts', 'ends'] as const) {
        const larger = new Int32Array(capacity);
        larger.set(words[name]);
        words[name] = larger;
      }
    }
    words.ids[at] = id;
    words.starts[at] = start;
    words.ends[at] = end;
  }
  return words;
}

const isDotFile = (text: string, before: number): boolean =>
  before < 0 || (LETTERS[text.charCodeAt(before)] ?? 0) === 0;
