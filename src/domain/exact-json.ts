import type { Json } from './json.ts';
import { endOfNumber, mayLoseDigits } from './json-number.ts';
import { endOfString } from './json-string.ts';
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  startOfToken,
} from './json-token.ts';
import { rawNumber } from './raw-number.ts';
import { LONG_TEXT } from './spelling.ts';

/** UTF-16 units of the longest part of a text that V8 copies out of it: a longer one holds on to the text. */
const COPIED = 12;

/**
 * Reads a text that `JSON.parse` accepts and whose nesting is bounded, to the letter: numbers that a
 * double would change are kept as their text, and a name spelled with a backslash is that name.
 *
 * Surprise: V8 13.6 reads such a name as another. After `{"x":1,"\\":1}` it reads the `"\n"` of
 * `{"x":1,"\n":2}` as `"\\"`, so that one client's message changes the meaning of the next one's.
 *
 * Intentionally no reviver with source text: it costs seconds for a message of a few megabytes, and
 * it is given the names as they were misread.
 *
 * Attack: messages of some megabytes, of each of which a URI or a name is remembered, and with it all of the
 * message. A string is a part of its text only where that is short, or hardly longer.
 */
export function readExactly(text: string): Json {
  const least = text.length > LONG_TEXT ? text.length / 8 : 0;
  const numbers = new Map<string, Json>();
  let at = 0;

  /** Passes white space and the mark before the next token. */
  function next(): number {
    at = startOfToken(text, at);
    return text.charCodeAt(at);
  }

  function value(): Json {
    switch (next()) {
      case QUOTE:
        return string();
      case OPEN_OBJECT:
        return object();
      case OPEN_ARRAY:
        return array();
      case 0x74:
        at += 4;
        return true;
      case 0x66:
        at += 5;
        return false;
      case 0x6e:
        at += 4;
        return null;
      default:
        return number();
    }
  }

  function string(): string {
    const start = at;
    const end = endOfString(text, start);
    at = end + 1;
    const raw = text.slice(start + 1, end);
    const isAsItIs = (raw.length <= COPIED || raw.length >= least) && !raw.includes('\\');
    return isAsItIs ? raw : (JSON.parse(text.slice(start, at)) as string);
  }

  function object(): Json {
    const members: Record<string, Json> = {};
    at += 1;
    while (next() !== CLOSE_OBJECT) {
      const name = string();
      const item = value();
      if (name === '__proto__') {
        // Defined and not assigned: a member of this name stays a member.
        const own = { value: item, configurable: true, enumerable: true, writable: true };
        Object.defineProperty(members, name, own);
      } else members[name] = item;
    }
    at += 1;
    return members;
  }

  function array(): Json {
    const items: Json[] = [];
    at += 1;
    while (next() !== CLOSE_ARRAY) items.push(value());
    at += 1;
    return items;
  }

  function number(): Json {
    const start = at;
    at = endOfNumber(text, start);
    const source = text.slice(start, at);
    let found = numbers.get(source);
    if (found === undefined) {
      found = readNumber(source);
      numbers.set(source, found);
    }
    return found;
  }

  return value();
}

/** A number as it is kept: as its text where a double would change it. */
export function readNumber(source: string): Json {
  const value = Number(source);
  const isChanged =
    Object.is(value, -0) || (mayLoseDigits(source, 0, source.length) && String(value) !== source);
  return isChanged ? (rawNumber(source) as unknown as Json) : value;
}
