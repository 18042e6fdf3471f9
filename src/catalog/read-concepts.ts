import { CONCEPT, type Concept } from './concepts.ts';
import {
  bareConcepts,
  inOneScript,
  plain,
  unspacedConcepts,
  wordConcepts,
} from './word-concepts.ts';

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
    const word = inOneScript(found);
    const bits = wordConcepts(word, before);
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
    bare |= bareConcepts(word);
    if (count === 0) opens = bits;
    before = word;
    count += 1;
  }
  const unspaced = unspacedConcepts(trimmed);
  if (unspaced !== undefined) {
    about |= unspaced;
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
