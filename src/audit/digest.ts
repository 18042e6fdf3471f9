import { createHmac, createSecretKey, type Hmac, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import { canonicalPieces } from '../domain/canonical-spelling.ts';
import type { Json } from '../domain/json.ts';
import { stringifyJson } from '../domain/json-text.ts';
import { hasLineEnd } from '../domain/line-ends.ts';
import { isRawNumber } from '../domain/raw-number.ts';
import { spellingOf, spellingOfStrings } from '../domain/spelling.ts';
import { ShortHmac } from './short-hmac.ts';

/**
 * HMAC-SHA256, hex, over a value's canonical JSON: recognises equal arguments and results without
 * keeping them. Keyed, because a plain hash of a small value can be guessed.
 *
 * Total: a value without a canonical form (a lone surrogate, nesting beyond the stack) is digested
 * over a form of its own that no canonical text can equal.
 */
export const hmacJson = (key: Uint8Array, value: Json): string =>
  digestWhole(key, digestText(value)).hmac;

/** What the audit says of a value. */
export interface Digest {
  /** As `hmacJson` has it. */
  readonly hmac: string;
  /** UTF-8 bytes it takes on the wire. */
  readonly bytes: number;
}

/** A value's digest and its size, of one pass over it. */
export function digestJson(key: Uint8Array, value: Json): Digest {
  const strings = spellingOfStrings(value);
  if (strings?.isWellFormed() === true) return digestSpelling(key, strings);
  const text = digestText(value);
  const digest = digestWhole(key, text);
  // Otherwise what is written differs from it in the order of members alone.
  const isOther = spellingOf(value) !== undefined || text.startsWith(NO_FORM) || hasLineEnd(text);
  return isOther ? { ...digest, bytes: Buffer.byteLength(stringifyJson(value)) } : digest;
}

/** The digest of a text and the bytes it takes. */
function digestWhole(key: Uint8Array, text: string): Digest {
  const short = formsOf(key).short.of(text);
  if (short !== undefined) return short;
  const encoded = Buffer.from(text);
  return { hmac: hmacOf(key).update(encoded).digest('hex'), bytes: encoded.length };
}

/** UTF-16 units that are handed on at a time: more would be copied to memory that has yet to be fetched. */
const STEP = 16_384;

/** As `digestJson`, of a text that is neither written again nor copied as a whole. */
function digestSpelling(key: Uint8Array, spelling: string): Digest {
  const hmac = hmacOf(key);
  const encoded = Buffer.allocUnsafeSlow(3 * STEP);
  let [units, bytes] = [0, 0];
  const take = (text: string): void => {
    const size = encoded.write(text);
    hmac.update(encoded.subarray(0, size));
    units += text.length;
    bytes += size;
  };
  let short = '';
  for (const piece of canonicalPieces(spelling)) {
    if (short.length + piece.length <= STEP) {
      short += piece;
      continue;
    }
    take(short);
    short = piece;
    while (short.length > STEP) {
      // Never between the halves of a character.
      const end = isHighSurrogate(short.charCodeAt(STEP - 1)) ? STEP - 1 : STEP;
      take(short.slice(0, end));
      short = short.slice(end);
    }
  }
  take(short);
  // The two differ in white space, in how numbers are written and in the order of members: ASCII all of it.
  return { hmac: hmac.digest('hex'), bytes: bytes + spelling.length - units };
}

const isHighSurrogate = (code: number): boolean => (code & 0xfc00) === 0xd800;

/** Begins the text of a value without a canonical form. */
const NO_FORM = '\u0000';

/** A key in the forms that digests take it in: made of bytes each time it costs more than they do. */
interface KeyForms {
  readonly object: KeyObject;
  readonly short: ShortHmac;
}

const keyForms = new WeakMap<Uint8Array, KeyForms>();

/** The forms of a key, of which the bytes do not change. */
function formsOf(key: Uint8Array): KeyForms {
  const known = keyForms.get(key);
  if (known !== undefined) return known;
  const made = { object: createSecretKey(key), short: new ShortHmac(key) };
  keyForms.set(key, made);
  return made;
}

const hmacOf = (key: Uint8Array): Hmac => createHmac('sha256', formsOf(key).object);

function digestText(value: Json): string {
  try {
    return canonicalJson(value);
  } catch {
    return `${NO_FORM}${flatText(value)}`;
  }
}

/** Writes any value without recursion; `JSON.stringify` escapes lone surrogates of a string. */
function flatText(root: Json): string {
  const out: string[] = [];
  const todo: (Json | { readonly text: string })[] = [root];
  const texts = new WeakSet<object>();
  const literal = (text: string) => {
    const item = { text };
    texts.add(item);
    return item;
  };
  while (todo.length > 0) {
    const value = todo.pop() as Json;
    if (typeof value !== 'object' || value === null) out.push(JSON.stringify(value) ?? 'null');
    else if (texts.has(value)) out.push((value as unknown as { text: string }).text);
    else if (isRawNumber(value)) out.push(value.rawJSON);
    else if (Array.isArray(value)) {
      out.push('[');
      todo.push(literal(']'));
      for (let at = value.length - 1; at >= 0; at -= 1) todo.push(literal(','), value[at] as Json);
    } else {
      const object = value as { readonly [key: string]: Json };
      out.push('{');
      todo.push(literal('}'));
      for (const name of Object.keys(object).sort().reverse()) {
        todo.push(literal(','), object[name] ?? null, literal(`${JSON.stringify(name)}:`));
      }
    }
  }
  return out.join('');
}
