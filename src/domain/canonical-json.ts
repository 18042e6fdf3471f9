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
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('canonical JSON has no form for this string');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (isRawNumber(value)) return value.rawJSON;
  const object = value as { readonly [key: string]: Json };
  const members: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const item = object[key];
    if (item !== undefined) members.push(`${canonicalJson(key)}:${canonicalJson(item)}`);
  }
  return `{${members.join(',')}}`;
}
