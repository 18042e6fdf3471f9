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
    return JSON.stringify(value);
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
  for (const key of Object.keys(object).sort()) {
    const item = object[key];
    if (item === undefined) continue;
    text += `${text === '' ? '' : ','}${canonicalString(key)}:${canonicalJson(item)}`;
  }
  return `{${text}}`;
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('canonical JSON has no form for this string');
  return JSON.stringify(text);
}
