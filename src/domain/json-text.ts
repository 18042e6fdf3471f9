import type { Json } from './json.ts';
import { rawNumber } from './raw-number.ts';

/** Deepest nesting of arrays and objects that is read; deeper text would exhaust the stack later. */
export const MAX_JSON_DEPTH = 512;

/** Only numbers this long, or with an exponent this large, can change when read as a double. */
const MAY_LOSE_DIGITS = /\d{16}|\d\.\d{10}|[eE][+-]?\d{3}/;

/**
 * Reads JSON so that writing it again gives the same values: numbers a double would change are kept
 * as their text (`RawNumber`), a member named `__proto__` stays a member.
 *
 * Attack: what was authorized and recorded differs from what the tool server receives.
 *
 * @throws SyntaxError for text that is not JSON or is nested deeper than `MAX_JSON_DEPTH`. The
 * message may quote the text; do not pass it on.
 */
export function parseJson(text: string): Json {
  if (isTooDeep(text)) throw new SyntaxError('JSON is nested too deeply');
  if (!MAY_LOSE_DIGITS.test(text)) return JSON.parse(text) as Json;
  return parseWithSource(text, keepExact) as Json;
}

/** Writes a value that `parseJson` read, or one built from such values. */
export const stringifyJson = (value: Json): string => JSON.stringify(value);

type SourceReviver = (
  key: string,
  value: unknown,
  context: { readonly source?: string },
) => unknown;

const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;

const keepExact: SourceReviver = (_key, value, { source }) =>
  typeof value === 'number' &&
  source !== undefined &&
  MAY_LOSE_DIGITS.test(source) &&
  String(value) !== source
    ? rawNumber(source)
    : value;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function isTooDeep(text: string): boolean {
  if (text.length <= MAX_JSON_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > MAX_JSON_DEPTH) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}
