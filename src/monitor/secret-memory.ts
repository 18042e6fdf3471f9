import { isJsonObject, type Json } from '../domain/json.ts';
import type { Span } from '../domain/span.ts';
import { BoundedMap } from './bounded-map.ts';
import { fromBase64, type Readable, withoutPercent } from './destinations.ts';
import type { KeyedDigest } from './keyed-digest.ts';

/** Finds what is a secret by its shape. */
export type FindShapes = (text: string) => readonly Span[];

/** Secrets of other tool servers in the arguments of a call. */
export interface ForeignSecrets {
  /** How many. */
  readonly count: number;
  /** The calls whose results showed them. */
  readonly calls: readonly number[];
}

/** A part of a secret. */
interface Piece {
  /** The same for all pieces of one secret. */
  readonly secret: number;
  readonly call: number;
}

/** Letters and digits of one piece, how far pieces are apart, and pieces of one secret. */
const [PIECE, APART, MOST_PIECES] = [12, 8, 16] as const;
/** Pieces of one tool server: it pushes out its own, and nobody else's. */
const MOST_OF_SERVER = 512;
const MOST_SERVERS = 16;
/** Letters and digits of arguments that are looked at, decoded ones too. */
const MAX_ROOM = 4_194_304;
const MAX_STEPS = 100_000;
/** Encodings inside one another. */
const MAX_DEPTH = 3;

const BASE64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g;
const HEX = /^[0-9a-f]{16,}$/i;

/**
 * Secrets that results of tool servers showed to one client, as keyed digests of pieces of them, and
 * never as text. A piece is found in whatever stands around it, in upper or lower case, after percent
 * signs, base64 and hexadecimal were undone, and over the ends of arguments. A secret of less than 12
 * letters and digits, or without one of either, is not kept: it would be found everywhere.
 */
export class SecretMemory {
  readonly #digest: KeyedDigest;
  readonly #servers = new Map<string, BoundedMap<Piece>>();
  /** The hashes that first characters of pieces have: what has none of them is not digested. */
  readonly #starts = new Uint8Array(4_096);
  #secrets = 0;

  constructor(digest: KeyedDigest) {
    this.#digest = digest;
  }

  /** Keeps the secrets that a result showed. */
  note(server: string, { texts }: Readable, findShapes: FindShapes, call: number): void {
    for (const text of texts) {
      for (const { start, end } of findShapes(text))
        this.#keep(server, text.slice(start, end), call);
    }
  }

  #keep(server: string, secret: string, call: number): void {
    const text = plain(secretPart(secret));
    if (text.length < PIECE || !/[0-9]/.test(text) || !/[a-z]/.test(text)) return;
    const pieces = this.#servers.get(server) ?? new BoundedMap<Piece>(MOST_OF_SERVER);
    this.#servers.delete(server);
    this.#servers.set(server, pieces);
    const [oldest] = this.#servers.keys();
    if (this.#servers.size > MOST_SERVERS && oldest !== undefined) this.#servers.delete(oldest);
    const known = pieces.get(this.#digest(text.slice(text.length - PIECE)));
    if (known === undefined) this.#secrets += 1;
    const of = known?.secret ?? this.#secrets;
    const apart = Math.max(APART, Math.ceil((text.length - PIECE) / (MOST_PIECES - 1)));
    for (let at = text.length - PIECE; at >= 0; at -= apart) {
      this.#starts[startHash(text, at)] = 1;
      pieces.set(this.#digest(text.slice(at, at + PIECE)), { secret: of, call });
    }
  }

  /** Those of other tool servers in arguments to one that has not shown them itself. */
  foreignIn(server: string, args: Json): ForeignSecrets | undefined {
    const others = [...this.#servers].filter(([of]) => of !== server).map(([, pieces]) => pieces);
    if (others.length === 0) return undefined;
    const own = this.#servers.get(server);
    const found = new Map<number, number>();
    const { texts, isWhole } = writtenIn(args);
    for (const text of texts) {
      for (let at = 0; at + PIECE <= text.length; at += 1) {
        if (this.#starts[startHash(text, at)] !== 1) continue;
        const digest = this.#digest(text.slice(at, at + PIECE));
        if (own?.get(digest) !== undefined) continue;
        for (const pieces of others) {
          const piece = pieces.get(digest);
          if (piece !== undefined) found.set(piece.secret, piece.call);
        }
      }
    }
    // What is behind the part that is read could be any of them.
    if (found.size === 0) return isWhole ? undefined : { count: 1, calls: [] };
    return { count: found.size, calls: [...new Set(found.values())].sort((a, b) => a - b) };
  }

  clear(): void {
    this.#servers.clear();
    this.#starts.fill(0);
  }
}

/** What is secret of it, without what all of its kind have in common: the head of a key or token. */
function secretPart(secret: string): string {
  if (secret.startsWith('eyJ')) return secret.split('.').findLast((part) => part !== '') ?? '';
  if (!secret.startsWith('-----')) return secret;
  return /^-----BEGIN [A-Z0-9 ]*PRIVATE/.test(secret)
    ? secret.replace(/-----[^-]{1,60}-----/g, '')
    : '';
}

/** A text as it is compared: its letters and digits, in lower case. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '');

const startHash = (text: string, at: number): number =>
  (text.charCodeAt(at) * 961 + text.charCodeAt(at + 1) * 31 + text.charCodeAt(at + 2)) & 4_095;

/** What stands in arguments, in the order it stands there and decoded; names of members by themselves. */
function writtenIn(args: Json): Readable {
  const [values, names]: [string[], string[]] = [[], []];
  const todo: Json[] = [args];
  for (let steps = 0; todo.length > 0 && steps < MAX_STEPS; steps += 1) {
    const item = todo.pop() as Json;
    if (typeof item === 'string') values.push(item);
    else if (typeof item === 'number') values.push(String(item));
    else if (Array.isArray(item)) for (const one of item.toReversed()) todo.push(one);
    else if (isJsonObject(item)) {
      for (const [name, one] of Object.entries(item).reverse()) {
        todo.push(one);
        names.push(name);
      }
    }
  }
  const { texts, isWhole } = decoded(values, names);
  return { texts, isWhole: isWhole && todo.length === 0 };
}

function decoded(values: readonly string[], names: readonly string[]): Readable {
  const texts: string[] = [];
  let room = MAX_ROOM;
  const add = (text: string, depth: number): void => {
    if (room <= 0) return;
    texts.push(plain(text.slice(0, room)));
    room -= text.length;
    if (depth < MAX_DEPTH) decode(text, depth);
  };
  const decode = (text: string, depth: number): void => {
    if (text.includes('%')) {
      const undone = withoutPercent(text);
      if (undone !== text) add(undone, depth + 1);
    }
    for (const [chunk] of text.matchAll(BASE64)) {
      for (const piece of new Set([chunk, ...chunk.split('/')])) {
        if (piece.length < PIECE) continue;
        const inner = HEX.test(piece) ? fromHex(piece) : fromBase64(piece);
        if (inner !== undefined) add(inner, depth + 1);
      }
    }
  };
  add(values.join(' '), 0);
  // An encoding that goes on in the next argument.
  decode(values.join(''), 0);
  add(names.join(' '), 0);
  return { texts, isWhole: room > 0 };
}

const fromHex = (text: string): string => Buffer.from(text, 'hex').toString('latin1');
