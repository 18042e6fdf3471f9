import type { Json, JsonObject } from './json.ts';
import { hasLineEnd } from './line-ends.ts';

/** Characters of an object's text from which on it is worth keeping: a short one is written as soon as looked up. */
export const LONG_TEXT = 16_384;

/** The texts of objects, in the parts they were put together from. */
const spellings = new WeakMap<JsonObject, readonly string[]>();

/** Ends of lines, and escapes of what may stand for itself: what is passed on hides no letter behind one. */
const UNLIKE_OURS = ['\n', '\r', '\\u', '\\/'];

/**
 * Remembers the text that a long object was read from, so that writing it takes no time and gives the
 * bytes that were sent. Not one with an end of a line in it, nor with escapes that we would not write.
 *
 * @param text What `JSON.parse` made the object of, and nothing around it.
 */
export function keepSpelling(object: JsonObject, text: string): void {
  if (isLikeOurs(text)) spellings.set(object, [text]);
}

const isLikeOurs = (text: string): boolean =>
  !hasLineEnd(text) && !UNLIKE_OURS.some((odd) => text.includes(odd));

/** The text that this very object was read from, where it is kept. */
export const spellingOf = (value: Json): string | undefined => spellingParts(value)?.join('');

/** The same text in parts: a long one is put together no sooner than it is written. */
export const spellingParts = (value: Json): readonly string[] | undefined =>
  typeof value === 'object' && value !== null ? spellings.get(value as JsonObject) : undefined;

/**
 * An object with these members set, those it has not behind its own; itself when there are none to set. Its
 * spelling goes on where members are only added.
 */
export function withMembers(object: JsonObject, members: JsonObject): JsonObject {
  const names = Object.keys(members);
  if (names.length === 0) return object;
  const whole = { ...object, ...members };
  const parts = spellings.get(object);
  if (parts !== undefined && !names.some((name) => Object.hasOwn(object, name))) {
    const added = JSON.stringify(members);
    const last = parts.at(-1) ?? '';
    if (isLikeOurs(added)) {
      spellings.set(whole, [...parts.slice(0, -1), last.slice(0, -1), `,${added.slice(1)}`]);
    }
  }
  return whole;
}
