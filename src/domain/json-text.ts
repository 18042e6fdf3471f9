import { readExactly } from './exact-json.ts';
import { isJsonObject, type Json, member } from './json.ts';
import { type JsonLimits, type ScannedJson, scanJson } from './json-scan.ts';
import { onOneLine } from './line-ends.ts';
import { keepSpelling, spellingOf } from './spelling.ts';

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
export const parseJson = (text: string, limits?: JsonLimits): Json =>
  build(text, scanJson(text, limits));

/**
 * As `parseJson`; a long object among the members of the outermost one is written again as it was spelled.
 *
 * @throws as `parseJson`.
 */
export function parseJsonAsSpelled(text: string, limits?: JsonLimits): Json {
  const scanned = scanJson(text, limits);
  const value = build(text, scanned);
  for (const { name, start, end } of scanned.long) {
    const object = member(value, name);
    if (isJsonObject(object)) keepSpelling(object, text.slice(start, end), scanned.members);
  }
  return value;
}

function build(text: string, { hasEscapedName, mayChange, plain }: ScannedJson): Json {
  if (isMostly(plain, text.length)) {
    // Only to see that it is JSON: the strings themselves are not copied, which is what takes the time.
    JSON.parse(without(plain, text));
    return readExactly(text);
  }
  const value = JSON.parse(text) as Json;
  return hasEscapedName || mayChange ? readExactly(text) : value;
}

/** Whether a text has hardly anything but these parts: the rest is read as `JSON.parse` does, at ten times the cost. */
function isMostly(parts: ScannedJson['plain'], length: number): boolean {
  let rest = length;
  for (const { start, end } of parts) rest -= end - start;
  return rest < length / 8;
}

/** What no string of JSON holds as it is. Of sixteen characters each: so many are looked for at once. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 8259 section 7 names these characters
const CONTROLS = [/[\x00-\x0f]/, /[\x10-\x1f]/] as const;

/**
 * A JSON text with nothing in these strings: JSON if the whole of it is, and not if it is none.
 *
 * @throws SyntaxError when there is in one of them what no string holds.
 */
function without(strings: ScannedJson['plain'], text: string): string {
  let rest = '';
  let from = 0;
  for (const { start, end } of strings) {
    const string = text.slice(start, end);
    if (CONTROLS.some((control) => control.test(string))) {
      throw new SyntaxError('a control character in a string');
    }
    rest += text.slice(from, start);
    from = end;
  }
  return rest + text.slice(from);
}

/**
 * Writes a value that `parseJson` read, or one built from such values, on one line whatever its reader
 * calls a line; an object whose spelling is kept, as it was spelled.
 *
 * Attack: a text with U+2028 and a call behind it. Node's `readline` gives a tool server that call as a
 * message of its own, which nobody authorized.
 */
export const stringifyJson = (value: Json): string =>
  spellingOf(value) ?? onOneLine(JSON.stringify(value));
