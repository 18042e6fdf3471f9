import { CONCEPT, type Concept, WORDS } from './concepts.ts';
import { STEMS } from './stems.ts';

/** One sentence of a text and what it is about. */
export interface Sentence {
  readonly text: string;
  /** Union of `CONCEPT` bits. */
  readonly about: number;
  /** What those of its words are about that stand in their plain form, as an order has them. */
  readonly bare: number;
  /** What its first word is about: an order begins with its verb. */
  readonly opens: number;
  /** How many of its words name a tool or server. */
  readonly tools: number;
  /** What the few words behind a single `not` are about. */
  readonly denied: number;
  /** Whether it says not, and behind it that something be told. */
  readonly isUntold: boolean;
  /** Whether it speaks of something that was named before it: `it`, `them`, `its content`. */
  readonly refersBack: boolean;
  /** Whether it opens as one that says what the tool does: `Returns …`. */
  readonly describes: boolean;
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

/** Where a sentence ends: a full stop before a space, an ideographic one, a line, a semicolon. */
const ENDS = /(?<=[.!?;:])\s+|[。！？]|\n+/u;
/** Sentences of one text that are read. */
const MAX_SENTENCES = 2_000;
const WORD = /[.]?[\p{L}\p{N}_-]+(?:\.(?:json|ya?ml|pem|env|md))?/gu;
const LINK = /\b[a-z]{2,12}:\/\/[^\s)]{1,2048}/g;
const MAIL = /\S{1,64}@\S{1,255}/g;
const ADDRESS = /:\/\/|[a-z0-9]@[a-z0-9]|\b\d{1,3}(?:\.\d{1,3}){3}\b/;

/** The sentences of a text, each with what it is about. Linear in the text. */
export function readSentences(text: string): readonly Sentence[] {
  const sentences: Sentence[] = [];
  for (const part of joined(plain(text)).split(ENDS, MAX_SENTENCES)) {
    const read = readSentence(part, sentences.length === 0);
    if (read !== undefined) sentences.push(read);
  }
  return sentences;
}

/** Letters with a space between each are words with three between them. Each repetition is bounded. */
const SPELLED = /(?<![\p{L}\p{N}])(?:[\p{L}.] {1,4}){6,400}[\p{L}](?![\p{L}\p{N}])/gu;
const joined = (text: string): string =>
  text.replace(SPELLED, (run) =>
    run
      .split(/ {2,}/)
      .map((word) => word.replaceAll(' ', ''))
      .join(' '),
  );

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
  let [denials, reach, denied, tools] = [0, 0, 0, 0];
  for (const [found] of withoutAddresses(trimmed, hasAddress).matchAll(WORD)) {
    const word = isMixed(found)
      ? found.replace(/[^\x20-\x7e]/g, (letter) => ALIKE.get(letter) ?? letter)
      : found;
    const bits =
      bitsOf(word, single) |
      bitsOf(`${before} ${word}`, double) |
      partsOf(word) |
      disguised(word) |
      stemBits(word);
    about |= bits;
    if ((bits & (CONCEPT.tool | CONCEPT.read)) === CONCEPT.tool) tools += 1;
    if ((bits & CONCEPT.not) !== 0) {
      denials += 1;
      reach = DENIED_WORDS;
    } else if (reach > 0) {
      reach -= 1;
      denied |= bits;
    }
    if ((about & CONCEPT.not) !== 0 && (bits & CONCEPT.tell) !== 0) isUntold = true;
    bare |= single.get(word) ?? 0;
    if (count === 0) opens = bits;
    before = word;
    count += 1;
  }
  if (UNSPACED.test(trimmed)) {
    about |= insideBits(trimmed);
    bare = about;
    isUntold = isAbout(about, 'not', 'tell');
  }
  // Two of them are a yes: `cannot be sent without approval`.
  if (denials > 1) denied = 0;
  const [refersBack, describes] = [REFERS_BACK.test(trimmed), DESCRIBES.test(trimmed)];
  const read = { about, bare, opens, tools, denied };
  return { text: trimmed, ...read, isUntold, refersBack, describes, isFirst };
}

const REFERS_BACK = /\b(?:it|its|them|their|those|these|that|contents?)\b/;
const DESCRIBES =
  /^(?:returns?|shows?|lists?|gives|contains|provides|outputs?|prints|explains|includes|supports|summari[sz]es?|requires|accepts)\b|\b(?:is|are) (?:shown|returned|included|omitted|listed)\b/;

/** How far a `not` reaches, words. */
const DENIED_WORDS = 5;

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
