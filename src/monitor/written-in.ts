import { isJsonObject, type Json } from '../domain/json.ts';
import { isRawNumber } from '../domain/raw-number.ts';

/** Characters that are looked at, decoded ones too, and values inside a value. */
const MAX_ROOM = 4_194_304;
const MAX_STEPS = 100_000;
/** Encodings inside one another. */
const MAX_DEPTH = 3;
/** Characters of the shortest encoded part that is decoded. */
const MIN_ENCODED = 16;

const BASE64 = /[A-Za-z0-9+/_-]{16,}/g;
const HEX = /^[0-9a-f]+$/i;

/** What stands in a value: its texts and numbers in the order they stand there, and names of members. */
export interface Texts {
  readonly values: readonly string[];
  readonly names: readonly string[];
  readonly isWhole: boolean;
}

/** Collects what stands in a value. */
export function textsIn(value: Json): Texts {
  const [values, names]: [string[], string[]] = [[], []];
  const todo: Json[] = [value];
  for (let steps = 0; todo.length > 0 && steps < MAX_STEPS; steps += 1) {
    const item = todo.pop() as Json;
    if (typeof item === 'string') values.push(item);
    else if (typeof item === 'number') values.push(String(item));
    else if (isRawNumber(item)) values.push(item.rawJSON);
    else if (Array.isArray(item)) {
      for (let at = item.length - 1; at >= 0; at -= 1) todo.push(item[at] as Json);
    } else if (isJsonObject(item)) {
      for (const [name, one] of Object.entries(item).reverse()) {
        todo.push(one);
        names.push(name);
      }
    }
  }
  return { values, names, isWhole: todo.length === 0 };
}

/** What stands in arguments as it is compared: the letters and digits of it, in lower case. */
export interface Written {
  readonly texts: readonly string[];
  readonly isWhole: boolean;
}

/**
 * What stands in arguments, also where one text goes on in the next, and what of it is encoded once
 * percent signs, base64 and hexadecimal are undone. Bounded, and linear in what it is given.
 */
export function writtenIn(args: Json): Written {
  const { values, names, isWhole } = textsIn(args);
  const texts: string[] = [];
  let room = MAX_ROOM;
  const add = (text: string): string => {
    const read = text.slice(0, Math.max(0, room));
    room -= text.length;
    texts.push(plain(read));
    return read;
  };
  let level = add([...values, ...names].join(' '));
  for (let depth = 0; depth < MAX_DEPTH && level !== ''; depth += 1) {
    const parts = decoded(level);
    // An encoding that goes on in the next argument.
    if (depth === 0 && values.length > 1)
      parts.push(...decoded(values.join('').slice(0, MAX_ROOM)));
    level = add(parts.join(' '));
  }
  return { texts, isWhole: isWhole && room >= 0 };
}

/** What is encoded in a text. */
function decoded(text: string): string[] {
  const parts: string[] = [];
  if (text.includes('%')) parts.push(withoutPercent(text));
  for (const [chunk] of text.matchAll(BASE64)) {
    parts.push(decodedChunk(chunk));
    // A part of a path; a slash is a letter of base64 too.
    for (let start = 0, end = chunk.indexOf('/'); end >= 0 || start > 0; ) {
      const until = end < 0 ? chunk.length : end;
      if (until - start >= MIN_ENCODED) parts.push(decodedChunk(chunk.slice(start, until)));
      if (end < 0) break;
      start = end + 1;
      end = chunk.indexOf('/', start);
    }
  }
  return parts;
}

const decodedChunk = (chunk: string): string =>
  Buffer.from(chunk, HEX.test(chunk) ? 'hex' : 'base64').toString('latin1');

function withoutPercent(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at] as number;
    if (byte === PERCENT) {
      const [high, low] = [digitOf(bytes[at + 1]), digitOf(bytes[at + 2])];
      if (high >= 0 && low >= 0) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    bytes[length] = byte;
    length += 1;
  }
  return bytes.toString('utf8', 0, length);
}

const PERCENT = 0x25;

function digitOf(code = 0): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The letters and digits of a text in lower case; of full width and the like, as what they stand for. */
export function plain(text: string): string {
  const bytes = Buffer.allocUnsafe(2 * text.length);
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) {
      const byte = PLAIN[code] as number;
      if (byte === 0) continue;
      bytes[length] = byte;
      length += 1;
      continue;
    }
    const whole = text.codePointAt(at) ?? 0;
    if (whole > 0xffff) at += 1;
    for (const letter of folded(whole)) {
      bytes[length] = letter;
      length += 1;
    }
  }
  return bytes.toString('latin1', 0, length);
}

/** Of each ASCII code what it is compared as; 0 for what is left out. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, code) => {
  const letter = String.fromCharCode(code).toLowerCase();
  return /[a-z0-9]/.test(letter) ? letter.charCodeAt(0) : 0;
});

const NONE: readonly number[] = [];
const MOST_FOLDED = 8_192;
const known = new Map<number, readonly number[]>();

/** At most two letters: no character may make a text grow beyond measure. */
function folded(code: number): readonly number[] {
  const before = known.get(code);
  if (before !== undefined) return before;
  const text = String.fromCodePoint(code).normalize('NFKC').toLowerCase();
  const letters = [...text].flatMap((one) => {
    const letter = one.charCodeAt(0);
    return letter < 0x80 && PLAIN[letter] !== 0 ? [letter] : [];
  });
  if (known.size >= MOST_FOLDED) known.clear();
  const found = letters.length > 2 ? NONE : letters;
  known.set(code, found);
  return found;
}
