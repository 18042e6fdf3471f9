import { readExactly } from './exact-json.ts';
import type { Json } from './json.ts';
import { type JsonLimits, scanJson } from './json-scan.ts';

/**
 * Finds every text with a number that changes when it is read as a double: one this long, with an
 * exponent this large, or a zero with a sign. It may find others.
 */
const MAY_CHANGE = /\d{16}|\d\.\d{10}|[eE][+-]?\d{3}|-0(?!\d)/;

/**
 * Reads JSON strictly, so that writing it again gives the same values: an object that has a member
 * twice is refused, numbers a double would change are kept as their text (`RawNumber`), a member named
 * `__proto__` stays a member.
 *
 * Attack: what was authorized and recorded differs from what the tool server receives.
 *
 * @throws JsonLimitError beyond a limit, before anything is built; SyntaxError for text that is not
 * JSON or gives a member twice. The message may quote the text; do not pass it on.
 */
export function parseJson(text: string, limits?: JsonLimits): Json {
  const { hasEscapedName } = scanJson(text, limits);
  const value = JSON.parse(text) as Json;
  return hasEscapedName || MAY_CHANGE.test(text) ? readExactly(text) : value;
}

/** Writes a value that `parseJson` read, or one built from such values. */
export const stringifyJson = (value: Json): string => JSON.stringify(value);
