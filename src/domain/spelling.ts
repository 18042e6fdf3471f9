import type { Json, JsonObject } from './json.ts';
import { hasLineEnd } from './line-ends.ts';

/** Characters of an object's text from which on it is worth keeping: a short one is written as soon as looked up. */
export const LONG_TEXT = 16_384;

/** Characters for each member from which on a text is one of long strings. */
const LONG_STRING = 1024;

interface Spelling {
  /** The text that was read. */
  readonly text: string;
  /** Members that were set since. */
  readonly added: JsonObject;
  /** What the text with them is put together from. */
  readonly parts: readonly string[];
  /** Members and items of the object are few: nearly all of its text is long strings. */
  readonly isOfStrings: boolean;
}

const spellings = new WeakMap<JsonObject, Spelling>();

const BACKSLASH = 0x5c;
/** How a control character is escaped that has no escape of its own: as we do it. */
const CONTROL = /\\u00(?:0[0-7bef]|1[0-9a-f])/y;

/**
 * Remembers the text that a long object was read from, so that writing it takes no time and gives the
 * bytes that were sent. Not one with an end of a line in it, nor with escapes that we would not write.
 *
 * @param text What `JSON.parse` made the object of, and nothing around it.
 * @param members How many members and items there are in all.
 */
export function keepSpelling(object: JsonObject, text: string, members: number): void {
  if (!isLikeOurs(text)) return;
  const isOfStrings = members <= text.length / LONG_STRING;
  spellings.set(object, { text, added: {}, parts: [text], isOfStrings });
}

/** No ends of lines, and no escapes of what may stand for itself: what is passed on hides no letter behind one. */
const isLikeOurs = (text: string): boolean =>
  !hasLineEnd(text) &&
  !text.includes('\n') &&
  !text.includes('\r') &&
  !hasOddEscape(text, '\\u') &&
  !hasOddEscape(text, '\\/');

/** Whether a text has such an escape, and not only its letter behind a backslash that is escaped itself. */
function hasOddEscape(text: string, form: string): boolean {
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
    let backslashes = 1;
    while (text.charCodeAt(at - backslashes) === BACKSLASH) backslashes += 1;
    CONTROL.lastIndex = at;
    if (backslashes % 2 === 1 && !CONTROL.test(text)) return true;
  }
  return false;
}

/** The text that this very object was read from, where it is kept. */
export const spellingOf = (value: Json): string | undefined => spellingParts(value)?.join('');

/** The same text in parts: a long one is put together no sooner than it is written. */
export const spellingParts = (value: Json): readonly string[] | undefined => kept(value)?.parts;

/** As `spellingOf`, where nearly all of it is long strings: to go through it is less than to write it again. */
export const spellingOfStrings = (value: Json): string | undefined =>
  kept(value)?.isOfStrings === true ? spellingOf(value) : undefined;

const kept = (value: Json): Spelling | undefined =>
  typeof value === 'object' && value !== null ? spellings.get(value as JsonObject) : undefined;

/**
 * An object with these members set, those it has not behind its own; itself when there are none to set. Its
 * spelling goes on where no member is set that was read.
 */
export function withMembers(object: JsonObject, members: JsonObject): JsonObject {
  const names = Object.keys(members);
  if (names.length === 0) return object;
  const whole = { ...object, ...members };
  const spelling = spellings.get(object);
  if (spelling === undefined) return whole;
  const { text, added: before } = spelling;
  const wasRead = (name: string): boolean =>
    Object.hasOwn(object, name) && !Object.hasOwn(before, name);
  if (names.some(wasRead)) return whole;
  const added = { ...before, ...members };
  const more = JSON.stringify(added);
  // Attack: blanks between two braces, after which a comma would break what the client reads.
  const hasBoth = more !== '{}' && Object.keys(object).some(wasRead);
  if (hasBoth && isLikeOurs(more)) {
    const parts = [text.slice(0, -1), `,${more.slice(1)}`];
    spellings.set(whole, { ...spelling, added, parts });
  }
  return whole;
}
