import { endOfNumber, isNegativeZero, isOfNumber, mayLoseDigits } from './json-number.ts';
import { endOfString } from './json-string.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json-token.ts';
import { LONG_TEXT } from './spelling.ts';

/** Deepest nesting of arrays and objects that is ever read; deeper text would exhaust the stack later. */
export const MAX_JSON_DEPTH = 512;

/** Bounds of one JSON text. What is left out has no bound but the text's own length. */
export interface JsonLimits {
  /** Arrays and objects inside one another. At most `MAX_JSON_DEPTH`, whatever it says. */
  readonly maxDepth?: number;
  /** Members and items in all, counted as commas and opening brackets. */
  readonly maxMembers?: number;
  /** Length of a string or a member's name as it is spelled, escapes included, UTF-16 units. */
  readonly maxStringLength?: number;
}

/** A text beyond one of its limits. It may not be JSON besides. */
export class JsonLimitError extends SyntaxError {
  readonly limit: keyof JsonLimits;

  constructor(limit: keyof JsonLimits) {
    super(`JSON is beyond ${limit}`);
    this.name = 'JsonLimitError';
    this.limit = limit;
  }
}

/** What a scan saw of a text. */
export interface ScannedJson {
  /** Whether a member's name is spelled with a backslash. */
  readonly hasEscapedName: boolean;
  /** Whether a number may change when it is read as a double and written again. */
  readonly mayChange: boolean;
  /** Members and items in all, counted as commas and opening brackets. */
  readonly members: number;
  /** The long objects among the members of the outermost one, each with where it stands. */
  readonly long: readonly {
    readonly name: string;
    readonly start: number;
    readonly end: number;
  }[];
  /** Where the long strings stand that are no names and have no escapes, each without its quotes. */
  readonly plain: readonly { readonly start: number; readonly end: number }[];
}

/** Names an object may have before they are looked up and not compared one by one. */
const FEW = 8;
/** Stands in the stack for an array, which has no names. */
const ARRAY = -1;

/**
 * Counts a JSON text and finds a member that an object has twice, however its name is spelled (`"a"`,
 * `"\u0061"`), in one pass linear in the text and before anything is built of it. A text that is not
 * JSON gets any answer: parse it as well.
 *
 * Attack: a parser keeps the last of two members, another one the first, so that what was authorized
 * is not what is done. A message of a few megabytes that is nothing but members costs a second.
 *
 * @throws JsonLimitError beyond a limit; SyntaxError for a member given twice.
 * @see https://www.rfc-editor.org/rfc/rfc8259#section-4
 */
export function scanJson(text: string, limits: JsonLimits = {}): ScannedJson {
  const maxDepth = Math.min(MAX_JSON_DEPTH, limits.maxDepth ?? MAX_JSON_DEPTH);
  const maxMembers = limits.maxMembers ?? Number.POSITIVE_INFINITY;
  const maxStringLength = limits.maxStringLength ?? Number.POSITIVE_INFINITY;
  /** Names of all objects that are open, innermost last. */
  const names: string[] = [];
  /** Where in `names` each open object's begin, or `ARRAY`. */
  const starts: number[] = [];
  /** Of open objects that have many, by how deep they are. */
  const lookups: (Set<string> | undefined)[] = [];
  let members = 0;
  let isName = false;
  let hasEscapedName = false;
  let mayChange = false;
  const long: { name: string; start: number; end: number }[] = [];
  const plain: { start: number; end: number }[] = [];
  /** The first backslash that is not behind us. Looked for anew at each string, it would take the text once more each time. */
  let backslash = -1;
  /** The last member of the outermost object, and where the value behind its name begins. */
  let outerName: string | undefined;
  let outerStart = 0;

  function takeName(name: string): void {
    const depth = starts.length;
    if (depth === 1) outerName = name;
    const start = depth === 0 ? 0 : (starts[depth - 1] as number);
    const lookup = lookups[depth];
    if (lookup !== undefined) {
      if (lookup.has(name)) throw givenTwice();
      lookup.add(name);
      return;
    }
    for (let at = start; at < names.length; at += 1) if (names[at] === name) throw givenTwice();
    names.push(name);
    if (names.length - start > FEW) lookups[depth] = new Set(names.splice(start));
  }

  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isOfNumber(code)) {
      const end = endOfNumber(text, at);
      mayChange ||= mayLoseDigits(text, at, end) || isNegativeZero(text, at, end);
      at = end - 1;
      continue;
    }
    switch (code) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        isName = code === OPEN_OBJECT;
        members += 1;
        starts.push(isName ? names.length : ARRAY);
        if (starts.length === 2) outerStart = at;
        if (starts.length > maxDepth) throw new JsonLimitError('maxDepth');
        if (members > maxMembers) throw new JsonLimitError('maxMembers');
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY: {
        if (lookups.length > starts.length) lookups.length = starts.length;
        const start = starts.pop() ?? ARRAY;
        if (start !== ARRAY && start < names.length) names.length = start;
        if (starts.length === 1 && start !== ARRAY && at - outerStart >= LONG_TEXT) {
          if (outerName !== undefined)
            long.push({ name: outerName, start: outerStart, end: at + 1 });
        }
        isName = false;
        break;
      }
      case COMMA:
        members += 1;
        isName = (starts.at(-1) ?? ARRAY) !== ARRAY;
        if (members > maxMembers) throw new JsonLimitError('maxMembers');
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        if (end - at - 1 > maxStringLength) throw new JsonLimitError('maxStringLength');
        if (isName || end - at > LONG_TEXT) {
          if (backslash < at) backslash = indexOr(text, '\\', at, text.length);
          const isPlain = backslash >= end;
          if (isName) {
            if (!isPlain) hasEscapedName = true;
            takeName(isPlain ? text.slice(at + 1, end) : nameOf(text.slice(at, end + 1)));
          } else if (isPlain) plain.push({ start: at + 1, end });
        }
        isName = false;
        at = end;
      }
    }
  }
  return { hasEscapedName, mayChange, members, long, plain };
}

/** Where a text has a character from a place on; `none` when it has not. */
function indexOr(text: string, character: string, from: number, none: number): number {
  const at = text.indexOf(character, from);
  return at === -1 ? none : at;
}

const givenTwice = (): SyntaxError => new SyntaxError('a member is given twice');

/** The name that is spelled so, with escapes. */
function nameOf(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // Intentionally the raw text: what is no JSON string is refused by whoever parses it.
    return quoted.slice(1, -1);
  }
}
