import { cuesOf, hasMarkup, isOverriding, weightOf } from './order-cues.ts';
import { isSetOff, sentencesOf } from './sentences.ts';
import { type Families, familiesOf, stem, wordsOf } from './words.ts';

/** A sentence of data that tells its reader to do something. */
export interface Instruction {
  /** What is to be done. */
  readonly families: Families;
  /** Stems of the words in and around it. */
  readonly stems: ReadonlySet<string>;
  /** It begins a field or an element behind blank lines: written to be out of a person's sight. */
  readonly isSetOff: boolean;
}

/** How sure it is that data speaks to the model: 0 not, 1 perhaps, 2 it does. */
export type OrderStrength = 0 | 1 | 2;

/** What a sentence is to who follows it. */
export interface SentenceReading {
  readonly text: string;
  readonly orders: OrderStrength;
  /** It tells to do something, or stands beside what does. */
  readonly isInstructing: boolean;
}

/** What a text of a result tells to do. */
export interface TextReading {
  readonly orders: OrderStrength;
  readonly instructions: readonly Instruction[];
  readonly sentences: readonly SentenceReading[];
  /** Whether all of it was read. */
  readonly isWhole: boolean;
}

/** Sentences that count as one passage. */
const PASSAGE = 7;
const MAX_WORDS = 120;

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));
const ACT = set(
  'do send sent email mail forward share reply notify post submit pay transfer wire remit donate purchase buy order checkout delete remove erase wipe clear drop cancel create add make schedule open insert write book reserve register plan invite grant star unstar like change update set reset modify replace edit rename disable enable move copy download save fetch clone pull install retrieve attach upload push commit visit browse navigate click access follow fill enter propose raise run execute invoke call launch login verify authorize authenticate give provide include append use refund put publish report log',
);
/** What may stand before an act that begins a sentence. */
const LEAD = set(
  'please kindly first firstly now then and also just immediately next finally so second secondly third thirdly step always simply must should to hi hello',
);
const ASKING = set('please must should kindly');
const NEEDING = set('need have sure remember forget want required asked');
const MODAL = set('could can would will should must');

/**
 * Reads what a text tells its reader to do: sentences in the imperative, and passages that speak to a
 * model: that address it, put something before its task, speak of its task, override, hush, claim
 * authority, press. One sign is none, since honest texts have each of them; two of them around an
 * imperative are. Recognising is no promise: it raises a score, and what follows decides.
 */
export function readInstructions(text: string): TextReading {
  const parts = sentencesOf(text);
  const read = parts.sentences.map((sentence) => {
    const words = wordsOf(sentence.text).slice(0, MAX_WORDS);
    return { ...sentence, words, acts: actsOf(sentence.text, words), cues: cuesOf(words) };
  });
  const markup = hasMarkup(text) ? 1 : 0;
  const orders: OrderStrength[] = read.map(() => 0);
  const instructions: Instruction[] = [];
  const isInstructing = read.map(() => false);
  for (const [at, { acts }] of read.entries()) {
    const end = Math.min(read.length, at + PASSAGE);
    let [cues, told] = [0, 0];
    for (let of = at; of < end; of += 1) {
      cues |= read[of]?.cues ?? 0;
      told |= read[of]?.acts ?? 0;
    }
    const weight = told !== 0 || isOverriding(cues) ? weightOf(cues) + markup : 0;
    const found: OrderStrength = weight >= 2 ? 2 : weight >= 1.5 ? 1 : 0;
    for (let of = at; found > 0 && of < end; of += 1) {
      if ((orders[of] ?? 0) < found) orders[of] = found;
    }
    if (acts === 0) continue;
    const around = read.slice(Math.max(0, at - 1), at + 2);
    isInstructing.fill(true, Math.max(0, at - 1), at + 2);
    instructions.push({
      families: acts,
      stems: new Set(around.flatMap(({ words }) => words.map(stem))),
      isSetOff: read.slice(Math.max(0, at - 1), at + 1).some(isSetOff),
    });
  }
  return {
    orders: orders.includes(2) ? 2 : orders.includes(1) ? 1 : 0,
    instructions,
    sentences: read.map((one, at) => ({
      text: one.text,
      orders: orders[at] ?? 0,
      isInstructing: isInstructing[at] ?? false,
    })),
    isWhole: parts.isWhole,
  };
}

/** An act that is of no family. */
const OTHER: Families = 1 << 30;

/** What a sentence tells to do, in any of its clauses; 0 when it tells nothing. */
function actsOf(sentence: string, all: readonly string[]): Families {
  let families: Families = 0;
  if (!all.some((word) => ACT.has(word))) return families;
  for (const clause of sentence.split(/[,;:]\s/)) {
    const words = wordsOf(clause).slice(0, MAX_WORDS);
    if (!words.some((word, at) => ACT.has(word) && isTold(words, at))) continue;
    families |= OTHER;
    for (const word of words) if (ACT.has(word)) families |= familiesOf(word);
  }
  return families;
}

/** Whether the act at `at` is told and not reported. */
function isTold(words: readonly string[], at: number): boolean {
  if (at < 4 && words.slice(0, at).every((before) => LEAD.has(before))) return true;
  const [before, earlier] = [words[at - 1] ?? '', words[at - 2] ?? ''];
  if (ASKING.has(before)) return true;
  return (before === 'to' && NEEDING.has(earlier)) || (before === 'you' && MODAL.has(earlier));
}
