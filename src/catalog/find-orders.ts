import { findMarks } from '../domain/conversation-marks.ts';
import { phraseFinder } from '../domain/find-phrases.ts';
import { ORDERS, ORDERS_OF_TOOLS, SECRETS_ASKED } from '../domain/order-phrases.ts';

/** How much of one text is looked at, characters. More than any honest description has. */
export const MAX_ORDERS_CHARS = 32_768;
/** Shortest run without a space that is taken for encoded data. */
const MIN_BLOB = 80;
const MAX_FOUND = 160;

const findOrderPhrases = phraseFinder(ORDERS, ORDERS_OF_TOOLS);
const findAskingPhrases = phraseFinder(SECRETS_ASKED);

/**
 * The first passage of a text that reads like an order to the model, not to a person: a known phrase,
 * a border of a conversation, encoded data; `undefined` when there is none. Looks at no more than
 * `MAX_ORDERS_CHARS`. Recognises what is common; a text without a finding is not thereby honest.
 */
export function findOrders(text: string): string | undefined {
  const read = text.slice(0, MAX_ORDERS_CHARS);
  const [mark] = findMarks(read, 1);
  if (mark !== undefined) return read.slice(Math.max(0, mark.start - 1), mark.start + 80);
  const [phrase] = findOrderPhrases(read, 1);
  const found =
    phrase === undefined ? read.split(/\s+/).find(isBlob) : read.slice(phrase.start, phrase.end);
  if (found !== undefined) return found.slice(0, MAX_FOUND);
  return text.length > MAX_ORDERS_CHARS ? `${text.length} characters` : undefined;
}

/** The first passage of a text that asks for a secret; `undefined` when there is none. Bounded likewise. */
export function findSecretAsked(text: string): string | undefined {
  const read = text.slice(0, MAX_ORDERS_CHARS);
  const [phrase] = findAskingPhrases(read, 1);
  return phrase === undefined
    ? HOME_FILE.exec(read)?.[0]
    : read.slice(phrase.start, phrase.end).slice(0, MAX_FOUND);
}

/** A file that programs keep what is theirs in, in somebody's home. */
const HOME_FILE =
  /(?:~|\$HOME|%USERPROFILE%|\/(?:home|Users)\/[\w.-]{1,32})[\\/]\.[A-Za-z][\w.-]{1,40}/;

/** Whether a word holds a long run of base64 or hex: letters and digits, hardly a separator. */
const isBlob = (word: string): boolean => {
  if (word.length < MIN_BLOB || word.includes('://')) return false;
  for (const run of word.split(/[^A-Za-z0-9+/]/)) {
    if (run.length >= MIN_BLOB && /[0-9]/.test(run) && run.split('/').length < run.length / 16)
      return true;
  }
  return false;
};
