import {
  type Cues,
  cuesOf,
  hasMarkup,
  isOverriding,
  mostCues,
  OVERRIDE,
  weightOf,
} from './order-cues.ts';
import { actOfOtherTongue } from './other-tongues.ts';
import { isSetOff, MAX_SENTENCES, type Sentence, sentencesOf } from './sentences.ts';
import { ACT, LEADS, type Signs, signsIn } from './signs.ts';
import { ACTS, type Families, familiesOf, stem, wordsOf } from './words.ts';

/** A sentence of data that tells its reader to do something. */
export interface Instruction {
  /** What is to be done. */
  readonly families: Families;
  /** Which of the sentences. */
  readonly at: number;
  /** Stems of its words. */
  readonly own: ReadonlySet<string>;
  /** Stems of the words in and around it. */
  readonly stems: ReadonlySet<string>;
  /** The purpose speaks of the text, and of what stands close to it. */
  readonly isPointed: boolean;
  /** It begins a field or an element behind blank lines: written to be out of a person's sight. */
  readonly isSetOff: boolean;
}

/** How sure it is that data speaks to the model: 0 not, 1 perhaps, 2 it does. */
export type OrderStrength = 0 | 1 | 2;

/** What a sentence is to who follows it. */
export interface SentenceReading {
  /** Which of the sentences. */
  readonly at: number;
  readonly text: string;
  readonly orders: OrderStrength;
  /** It tells to do something, or stands beside what does. */
  readonly isInstructing: boolean;
}

/** What a text of a result tells to do. */
export interface TextReading {
  readonly orders: OrderStrength;
  readonly instructions: readonly Instruction[];
  /** Those that may lead somewhere. */
  readonly leading: readonly SentenceReading[];
  /** Whether all of it was read. */
  readonly isWhole: boolean;
}

/** Sentences that count as one passage. */
const PASSAGE = 7;
const MAX_WORDS = 120;
/** Sentences of a text that is about one thing. */
const SHORT = 6;
/** Sentences before and behind one that are close to it. */
const NEAR = 3;

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));
/** What may stand before an act that begins a sentence. */
const LEAD = set(
  'please kindly first firstly now then and also just immediately next finally so second secondly third thirdly step always simply must should to hi hello',
);
/** What stands behind a noun that could be an act: `order date`, `transfer is`. */
const BEHIND_NOUN = set(
  'id number no date details confirmation status summary history total type name is was were are has have had will',
);
/** What has numbers: `ORDER-11321`. */
const NUMBERED = set('order report issue plan log book');
/** `read it and send what it says` tells to send. */
const BEGINNING = set(
  'read check look find search review take get go collect list view see gather',
);
const NEXT = set('and then also');
const ASKING = set('please must should kindly');
const NEEDING = set('need have sure remember forget want required asked');
/** `is shown once you open it` */
const UNLESS = set('once until unless');
const MODAL = set('could can would will should must');

/**
 * Reads what a text tells its reader to do: sentences in the imperative, and passages that speak to a
 * model: that address it, put something before its task, speak of its task, override, hush, claim
 * authority, press. One sign is none, since honest texts have each of them; two of them around an
 * imperative are. Recognising is no promise: it raises a score, and what follows decides.
 */
export function readInstructions(
  text: string,
  topicOf: () => ReadonlySet<string> | undefined = () => undefined,
): TextReading {
  const isShort = text.length < MAX_SENTENCES;
  if (isShort && (signsIn(text, 0, text.length) & (ACT | OVERRIDE | LEADS)) === 0) return NOTHING;
  const { sentences, isWhole } = sentencesOf(text);
  const read = sentences.map((sentence) => new Read(text, sentence));
  const isTelling = read.some(({ acts, signs }) => acts !== 0 || (signs & OVERRIDE) !== 0);
  const orders = isTelling ? ordersIn(text, read) : [];
  const instructions: Instruction[] = [];
  let onTopic: readonly boolean[] | undefined;
  const isPointed = (at: number): boolean => {
    const topic = topicOf();
    if (topic === undefined || read.length <= SHORT) return topic !== undefined;
    onTopic ??= read.map(({ words }) => words.some((word) => topic.has(stem(word))));
    return onTopic.slice(Math.max(0, at - NEAR), at + NEAR + 1).includes(true);
  };
  const instructing = new Set<number>();
  for (let at = 0; at < read.length; at += 1) {
    const one = read[at] as Read;
    if (one.acts === 0) continue;
    // What is said beside it: not another field, but the line behind `as follows:`.
    const from = one.isGoingOn ? at - 1 : at;
    const isOpen = read[at + 1]?.isGoingOn === true || /:\s*$/.test(one.text);
    const until = Math.min(read.length, at + (isOpen ? 2 : 1));
    for (let of = from; of < until; of += 1) instructing.add(of);
    instructions.push({
      at,
      families: one.acts,
      own: new Set(one.words.map(stem)),
      stems: new Set(read.slice(from, until).flatMap(({ words }) => words.map(stem))),
      isPointed: isPointed(at),
      isSetOff: sentences.slice(Math.max(0, at - 1), at + 1).some((it) => isSetOff(text, it)),
    });
  }
  const leading: SentenceReading[] = [];
  for (let at = 0; at < read.length; at += 1) {
    const one = read[at] as Read;
    if ((one.signs & LEADS) === 0) continue;
    const [text, isInstructing] = [one.text, instructing.has(at)];
    leading.push({ at, text, orders: orders[at] ?? 0, isInstructing });
  }
  const most = orders.includes(2) ? 2 : orders.includes(1) ? 1 : 0;
  return { orders: most, instructions, leading, isWhole };
}

const NOTHING: TextReading = { orders: 0, instructions: [], leading: [], isWhole: true };

/** A sentence as it is read: what its signs say that it does not have is not looked for. */
class Read {
  readonly isGoingOn: boolean;
  readonly signs: Signs;
  /** What it tells to do. */
  readonly acts: Families;
  readonly #of: string;
  readonly #sentence: Sentence;
  #words: readonly string[] | undefined;

  constructor(of: string, sentence: Sentence) {
    this.#of = of;
    this.#sentence = sentence;
    this.isGoingOn = sentence.isGoingOn;
    this.signs = signsIn(of, sentence.start, sentence.end);
    this.acts = (this.signs & ACT) === 0 ? 0 : actsOf(this.text, this.words);
  }

  get text(): string {
    return this.#of.slice(this.#sentence.start, this.#sentence.end);
  }

  get words(): readonly string[] {
    this.#words ??= firstWords(this.text);
    return this.#words;
  }

  get cues(): Cues {
    return mostCues(this.signs) === 0 ? 0 : cuesOf(this.words);
  }
}

/** How sure it is of each sentence that it stands in a passage that speaks to the model. */
function ordersIn(text: string, read: readonly Read[]): readonly OrderStrength[] {
  const cuesAt = read.map(({ cues }) => cues);
  const orders: OrderStrength[] = read.map(() => 0);
  let markup: number | undefined;
  for (let at = 0; at < read.length; at += 1) {
    const end = Math.min(read.length, at + PASSAGE);
    let [cues, told] = [0, 0];
    for (let of = at; of < end; of += 1) {
      cues |= cuesAt[of] ?? 0;
      told |= read[of]?.acts ?? 0;
    }
    // Marks of a prompt are no order by themselves.
    if (cues === 0 || (told === 0 && !isOverriding(cues))) continue;
    markup ??= hasMarkup(text) ? 1 : 0;
    const weight = weightOf(cues) + markup;
    const found: OrderStrength = weight >= 2 ? 2 : weight >= 1.5 ? 1 : 0;
    for (let of = at; found > 0 && of < end; of += 1) {
      if ((orders[of] ?? 0) < found) orders[of] = found;
    }
  }
  return orders;
}

function firstWords(text: string): readonly string[] {
  const words = wordsOf(text);
  return words.length <= MAX_WORDS ? words : words.slice(0, MAX_WORDS);
}

/** An act that is of no family. */
const OTHER: Families = 1 << 30;

/** What a sentence tells to do, in any of its clauses; 0 when it tells nothing. */
function actsOf(sentence: string, all: readonly string[]): Families {
  if (all.length < 2) return 0;
  const clauses = sentence.split(/[,;:]\s/);
  let families: Families = 0;
  for (const clause of clauses) {
    const words = clauses.length === 1 ? all : firstWords(clause);
    const acts: number[] = [];
    for (let at = 0; at < words.length; at += 1) if (isAct(words[at] ?? '')) acts.push(at);
    if (!acts.some((at) => isTold(words, at) || isNext(words, at))) continue;
    families |= OTHER;
    for (const at of acts) families |= familiesOf(words[at] ?? '');
  }
  // Of a long sentence, none of its first words may be one.
  return families === 0 || !all.some(isAct) || isLabel(sentence, all) ? 0 : families;
}

/** Whether the word at `at` goes on with what the first words begin. */
function isNext(words: readonly string[], at: number): boolean {
  if (!NEXT.has(words[at - 1] ?? '')) return false;
  const first = words.findIndex((word) => !LEAD.has(word));
  return first < 4 && (BEGINNING.has(words[first] ?? '') || isAct(words[first] ?? ''));
}

const isAct = (word: string): boolean => ACTS.has(word);

/** `Order ID:` names what follows. */
const isLabel = (sentence: string, words: readonly string[]): boolean =>
  words.length < 3 && /:\s*$/.test(sentence) && !words.some((word) => LEAD.has(word));

/** `ORDER-11321`, or `Order 2` and nothing behind it. */
const isNumber = (word: string, isLast: boolean): boolean =>
  /^\d+$/.test(word) && (isLast || word.length > 3);

/** Whether the act at `at` is told and not reported. */
function isTold(words: readonly string[], at: number): boolean {
  if (actOfOtherTongue(words[at] ?? '') !== undefined) return true;
  const next = words[at + 1] ?? '';
  if (BEHIND_NOUN.has(next) || (next.length > 4 && next.endsWith('ed'))) return false;
  if (NUMBERED.has(words[at] ?? '') && isNumber(next, words.length === at + 2)) return false;
  if (at < 4 && words.slice(0, at).every((before) => LEAD.has(before))) return true;
  const [before, earlier] = [words[at - 1] ?? '', words[at - 2] ?? ''];
  if (ASKING.has(before)) return true;
  return (
    (before === 'to' && NEEDING.has(earlier)) ||
    (before === 'you' && (MODAL.has(earlier) || UNLESS.has(earlier)))
  );
}
