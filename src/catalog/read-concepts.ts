import { CONCEPT, type Concept, WORDS } from './concepts.ts';

/** One sentence of a text and what it is about. */
export interface Sentence {
  readonly text: string;
  /** Union of `CONCEPT` bits. */
  readonly about: number;
  /** What those of its words are about that stand in their plain form, as an order has them. */
  readonly bare: number;
  /** What its first word is about: an order begins with its verb. */
  readonly opens: number;
  /** Whether it says not, and behind it that something be told. */
  readonly isUntold: boolean;
  /** Whether it is the first of its text: there a tool says what it does. */
  readonly isFirst: boolean;
}

const ASCII = /^[\n\r\t -~]*$/;
/** A text as words are compared: without case, accents, width and characters nobody sees. */
const plain = (text: string): string =>
  (ASCII.test(text)
    ? text.replaceAll("'", '')
    : text.normalize('NFKD').replace(/[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}'’]/gu, '')
  )
    .toLowerCase()
    .replaceAll('user agent', 'browser name')
    .replaceAll('including', 'with');

const single = new Map<string, number>();
const double = new Map<string, number>();
/** Words of scripts that put no spaces between them. */
const inside: [word: string, bit: number][] = [];
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

for (const concept of Object.keys(WORDS) as (keyof typeof WORDS)[]) {
  const bit = CONCEPT[concept];
  for (const entry of WORDS[concept].split(' ')) {
    if (UNSPACED.test(entry)) inside.push([plain(entry), bit]);
    else {
      const words = entry.includes('_') && !single.has(entry) ? double : single;
      const word = plain(words === double ? entry.replace('_', ' ') : entry);
      words.set(word, (words.get(word) ?? 0) | bit);
      // `id_rsa` is one word where it stands in a path.
      if (words === double) single.set(entry, (single.get(entry) ?? 0) | bit);
    }
  }
}

/** Letters of other scripts that pass for Latin ones inside a Latin word. */
const ALIKE: ReadonlyMap<string, string> = new Map(
  [...'аaеeоoрpсcхxуyіiѕsјjһhԁdοoαaιiνv'].reduce<[string, string][]>((pairs, letter, at, all) => {
    if (at % 2 === 0) pairs.push([letter, all[at + 1] ?? letter]);
    return pairs;
  }, []),
);
const isMixed = (word: string): boolean => /[a-z]/.test(word) && /[\u0370-\u052f]/.test(word);

/** Where a sentence ends: a full stop before a space, an ideographic one, a line, a semicolon. */
const ENDS = /(?<=[.!?;:])\s+|[。！？]|\n+/u;
/** Sentences of one text that are read. */
const MAX_SENTENCES = 2_000;
const WORD = /[.]?[\p{L}\p{N}_-]+(?:\.(?:json|ya?ml|pem|env))?/gu;
const LINK = /\b[a-z]{2,12}:\/\/[^\s)]{1,2048}/g;
const MAIL = /\S{1,64}@\S{1,255}/g;
const ADDRESS = /:\/\/|[a-z0-9]@[a-z0-9]|\b\d{1,3}(?:\.\d{1,3}){3}\b/;

/** The sentences of a text, each with what it is about. Linear in the text. */
export function readSentences(text: string): readonly Sentence[] {
  const sentences: Sentence[] = [];
  for (const part of plain(text).split(ENDS, MAX_SENTENCES)) {
    const read = readSentence(part, sentences.length === 0);
    if (read !== undefined) sentences.push(read);
  }
  return sentences;
}

/** The words of an address say nothing. */
function withoutAddresses(sentence: string, hasAddress: boolean): string {
  if (!hasAddress) return sentence;
  const rest = sentence.replace(LINK, ' ');
  return rest.includes('@') ? rest.replace(MAIL, ' ') : rest;
}

function readSentence(part: string, isFirst: boolean): Sentence | undefined {
  const trimmed = part.trim();
  if (trimmed === '') return undefined;
  const hasAddress = ADDRESS.test(trimmed);
  let about = hasAddress ? CONCEPT.address : 0;
  let bare = 0;
  let isUntold = false;
  let opens = 0;
  let before = '';
  let count = 0;
  for (const [found] of withoutAddresses(trimmed, hasAddress).matchAll(WORD)) {
    const word = isMixed(found)
      ? found.replace(/[^\x20-\x7e]/g, (letter) => ALIKE.get(letter) ?? letter)
      : found;
    const bits = bitsOf(word, single) | bitsOf(`${before} ${word}`, double) | partsOf(word);
    about |= bits;
    if ((about & CONCEPT.not) !== 0 && (bits & CONCEPT.tell) !== 0) isUntold = true;
    bare |= single.get(word) ?? 0;
    if (count === 0) opens = bits;
    before = word;
    count += 1;
  }
  if (UNSPACED.test(trimmed)) {
    for (const [word, bit] of inside) {
      if (trimmed.includes(word)) about |= bit;
    }
    bare = about;
    isUntold = isAbout(about, 'not', 'tell');
  }
  return { text: trimmed, about, bare, opens, isUntold, isFirst };
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

/** What the words of a name are about: `get_chat_history` is of a conversation. */
export const readName = (name: string): number =>
  readSentence(
    plain(
      name
        .slice(0, 256)
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .replace(/[_./-]+/g, ' '),
    ),
    true,
  )?.about ?? 0;

/** Whether a sentence is about all of these. */
export const isAbout = (about: number, ...concepts: readonly Concept[]): boolean =>
  concepts.every((concept) => (about & CONCEPT[concept]) !== 0);
