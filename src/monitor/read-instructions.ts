import { actsOf, firstWords } from './imperative.ts';
import {
  type Cues,
  cuesOf,
  hasMarkup,
  isOverriding,
  mostCues,
  OVERRIDE,
  weightOf,
} from './order-cues.ts';
import { isSetOff, MAX_LENGTH, type Sentence, sentencesOf } from './sentences.ts';
import { ACT, LEADS, type Signs, signsIn } from './signs.ts';
import { type Families, stem } from './words.ts';

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
/** Sentences of a text that is about one thing. */
const SHORT = 6;
/** Sentences before and behind one that are close to it. */
const NEAR = 3;

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
  const isShort = text.length <= MAX_LENGTH;
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
