import type { Json } from './json.ts';
import { rawNumber } from './raw-number.ts';

/** Deepest nesting of arrays and objects that is read; deeper text would exhaust the stack later. */
export const MAX_JSON_DEPTH = 512;

/** Only numbers this long, or with an exponent this large, can change when read as a double. */
const MAY_LOSE_DIGITS = /\d{16}|\d\.\d{10}|[eE][+-]?\d{3}/;
const LARGE_EXPONENT = /[eE][+-]?\d{3}/;

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
  return parseExact(text);
}

/** Writes a value that `parseJson` read, or one built from such values. */
export const stringifyJson = (value: Json): string => JSON.stringify(value);

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Reads a text that may hold numbers a double would change. Each of them is read as a placeholder, a
 * number no other text can give: every number of this size is itself replaced.
 *
 * Intentionally no reviver with source text: it costs seconds for a message of a few megabytes.
 */
function parseExact(text: string): Json {
  const kept = new Map<number, Json>();
  const placeholders = new Map<string, string>();
  const parts: string[] = [];
  let copied = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at);
      const source = text.slice(at, end);
      if (needsPlaceholder(source)) {
        let placeholder = placeholders.get(source);
        if (placeholder === undefined) {
          placeholder = `${kept.size + 1}e200`;
          placeholders.set(source, placeholder);
          kept.set(Number(placeholder), exactNumber(source));
        }
        parts.push(text.slice(copied, at), placeholder);
        copied = end;
      }
      at = end - 1;
    }
  }
  parts.push(text.slice(copied));
  const value = JSON.parse(parts.join('')) as Json;
  return kept.size === 0 ? value : putBack(value, kept);
}

/** What is no JSON number stays, for `JSON.parse` to refuse. */
const needsPlaceholder = (source: string): boolean =>
  MAY_LOSE_DIGITS.test(source) &&
  NUMBER.test(source) &&
  (LARGE_EXPONENT.test(source) || String(Number(source)) !== source);

const exactNumber = (source: string): Json =>
  String(Number(source)) === source ? Number(source) : (rawNumber(source) as unknown as Json);

function putBack(value: Json, kept: ReadonlyMap<number, Json>): Json {
  if (typeof value === 'number') return value >= 1e200 ? (kept.get(value) ?? value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value as Json[];
    for (const [at, item] of items.entries()) {
      const read = putBack(item, kept);
      if (read !== item) items[at] = read;
    }
    return value;
  }
  for (const [name, item] of Object.entries(value)) {
    const read = putBack(item, kept);
    // Defined and not assigned: a member named `__proto__` stays a member.
    if (read !== item) Object.defineProperty(value, name, { value: read });
  }
  return value;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isPart = isDigit(code) || code === 0x2e || code === PLUS || code === MINUS;
    if (!isPart && code !== 0x45 && code !== 0x65) break;
  }
  return at;
}

const PLUS = 0x2b;
const MINUS = 0x2d;
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

/** Where the JSON string that begins at `start` ends: its closing quote, or the end of the text. */
export function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}
