import type { ItemFlagKind } from '../domain/item-flag.ts';
import { CONCEPT, type Concept } from './concepts.ts';
import { MIXTURES, type Mixture, type Standing } from './mixtures.ts';
import { isAbout, readSentences, type Sentence } from './read-concepts.ts';

/** How much of one text is read, characters: three times what honest ones have. */
export const MAX_PLACED_CHARS = 8_192;

/** A sentence that has no place in a definition. */
export interface OutOfPlace {
  readonly kind: ItemFlagKind;
  readonly sentence: string;
}

/** What is before a sentence that is for a model: `Assistant:`. */
const TO_MODEL =
  /^(?:[\p{L}'’]{1,20} ){0,2}(?:models?|llms?|ais?|assistants?|agents?|bots?|claude|gpt|copilot)(?: (?:note|hint|only))?:$/u;
/** Letters of a script that the lists have no word of. */
const UNREAD =
  /[\p{L}--[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Devanagari}\p{Script=Thai}\p{Script=Common}\p{Script=Inherited}]]{3,40}/v;

const covers = (about: number, one: Concept): boolean => (about & CONCEPT[one]) !== 0;

/**
 * The first sentence of a text that speaks of what a definition has no business with. Says nothing of
 * phrases: each sentence is the set of things it speaks of, in whatever words and order, and some
 * sets have no place where a tool says what it does: what others hold and that it be handed over, a limit
 * and that it be set aside, the person and that nobody tell. What the name of an item is about is its
 * business: the person who approves it sees the name first.
 *
 * Attack: tool poisoning in words that no list of phrases has.
 */
export function findOutOfPlace(text: string, standing: Standing): OutOfPlace | undefined {
  let before = 0;
  let isForModel = false;
  for (const sentence of readSentences(text.slice(0, MAX_PLACED_CHARS))) {
    if (handsOver(before, sentence, standing)) {
      return { kind: 'asks_secret', sentence: sentence.text };
    }
    if (isForModel && (sentence.about & (CONCEPT.act | CONCEPT.carry | CONCEPT.must)) !== 0) {
      return { kind: 'orders', sentence: sentence.text };
    }
    isForModel = TO_MODEL.test(sentence.text) && (standing.own & CONCEPT.model) === 0;
    before = sentence.about;
    const found = MIXTURES.find((mixture) => fits(mixture, sentence, standing));
    if (found !== undefined) return { kind: found.kind, sentence: sentence.text };
  }
  const unread = UNREAD.exec(text);
  if (unread !== null) return { kind: 'orders', sentence: `${unread[0]}: letters nobody read` };
  if (text.length <= MAX_PLACED_CHARS) return undefined;
  return { kind: 'orders', sentence: `${text.length} characters: more than were read` };
}

/** Whether a sentence orders that what the one before spoke of be handed over. */
function handsOver(before: number, { opens, about, refersBack }: Sentence, { own }: Standing) {
  if ((before & (CONCEPT.secret | CONCEPT.private) & ~own) === 0) return false;
  return (opens & CONCEPT.carry) !== 0 || (refersBack && (about & CONCEPT.carry) !== 0);
}

function fits(mixture: Mixture, sentence: Sentence, standing: Standing): boolean {
  const { all, any = [], bare = [], unless = [], where } = mixture;
  const { about } = sentence;
  if (mixture.kind === 'asks_secret' && standing.isSwitch && sentence.isFirst) return false;
  return (
    isAbout(about, ...all) &&
    any.every((group) => group.some((one) => covers(about, one))) &&
    (bare.length === 0 || bare.some((one) => covers(sentence.bare, one))) &&
    !unless.some((one) => covers(standing.own, one)) &&
    (where === undefined || where(sentence, standing))
  );
}
