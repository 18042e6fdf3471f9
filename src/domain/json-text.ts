import { readExactly } from './exact-json.ts';
import type { Json } from './json.ts';
import { type JsonLimits, scanJson } from './json-scan.ts';

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
  const { hasEscapedName, mayChange } = scanJson(text, limits);
  const value = JSON.parse(text) as Json;
  return hasEscapedName || mayChange ? readExactly(text) : value;
}

/** What JSON leaves as it is and some readers of lines take for the end of one. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/**
 * Writes a value that `parseJson` read, or one built from such values, on one line whatever its reader
 * calls a line.
 *
 * Attack: a text with U+2028 and a call behind it. Node's `readline` gives a tool server that call as a
 * message of its own, which nobody authorized.
 */
export const stringifyJson = (value: Json): string =>
  JSON.stringify(value).replace(
    LINE_ENDS,
    (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
