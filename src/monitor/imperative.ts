import { actOfOtherTongue } from './other-tongues.ts';
import { ACTS, type Families, familiesOf, wordsOf } from './words.ts';

/** Words of a sentence, or of a clause, that are read. */
const MAX_WORDS = 120;

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
/** Behind one of them an act may be told; behind other words in its clause only one of another tongue is. */
export const BEFORE_TOLD: ReadonlySet<string> = new Set([...LEAD, ...ASKING, ...NEXT, 'to', 'you']);

/** The words of a text, as many as are read. */
export function firstWords(text: string): readonly string[] {
  const words = wordsOf(text);
  return words.length <= MAX_WORDS ? words : words.slice(0, MAX_WORDS);
}

/** An act that is of no family. */
const OTHER: Families = 1 << 30;

/** What a sentence tells to do, in any of its clauses; 0 when it tells nothing. */
export function actsOf(sentence: string, all: readonly string[]): Families {
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
