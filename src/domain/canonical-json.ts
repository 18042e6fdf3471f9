import type { Json } from './json.ts';
import { isRawNumber } from './raw-number.ts';

/**
 * Serialises a JSON value in canonical form: members sorted by UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them.
 *
 * The same value always gives the same text, so a hash over it identifies the value and not its
 * spelling. Beyond the RFC, a number that a double cannot hold, and `-0`, keeps the digits it was sent
 * with, so that two such numbers never share a hash.
 *
 * @throws TypeError for a number that is not finite or a string with a lone surrogate, which the
 * form cannot carry.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no form for this number');
    return String(value);
  }
  if (typeof value === 'string') return canonicalString(value);
  // Texts are added up and not joined: of a long one nothing is copied until all of it is there.
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item)}`;
    return `[${text}]`;
  }
  if (isRawNumber(value)) return value.rawJSON;
  const object = value as { readonly [key: string]: Json };
  for (const key of inOrder(Object.keys(object))) {
    const item = object[key];
    if (item === undefined) continue;
    text += `${text === '' ? '' : ','}${canonicalName(key)}${canonicalJson(item)}`;
  }
  return `{${text}}`;
}

/** Names of so few are put in order one by one: `sort` makes room for more than they take. */
const FEW = 16;

/** Members' names by UTF-16 code units, sorted in place. */
export function inOrder(keys: string[]): readonly string[] {
  for (let at = 1; at < keys.length; at += 1) {
    const key = keys[at] as string;
    if ((keys[at - 1] as string) <= key) continue;
    if (keys.length > FEW) return keys.sort();
    let to = at;
    for (; to > 0 && (keys[to - 1] as string) > key; to -= 1) keys[to] = keys[to - 1] as string;
    keys[to] = key;
  }
  return keys;
}

/** What stands for itself between quotes. */
const PLAIN = /^[ !#-[\]-~]*$/;
/** Longest text of which that is asked: from here on the serialiser is as fast. */
const MAX_PLAIN = 128;

/** A string in the canonical form. @throws TypeError for a lone surrogate. */
export function canonicalString(text: string): string {
  if (text.length <= MAX_PLAIN && PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError('canonical JSON has no form for this string');
  return JSON.stringify(text);
}

/** Names as they are written, colon and all: events have the same ones each time. */
const names = new Map<string, string>();
const [MAX_NAMES, MAX_NAME] = [512, 64] as const;

/** A member's name in the canonical form, with its colon. @throws as `canonicalString`. */
export function canonicalName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const text = `${canonicalString(name)}:`;
  if (name.length > MAX_NAME) return text;
  if (names.size >= MAX_NAMES) names.clear();
  names.set(name, text);
  return text;
}
