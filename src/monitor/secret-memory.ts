import type { Json } from '../domain/json.ts';
import type { Span } from '../domain/span.ts';
import { BoundedMap } from './bounded-map.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import { plain, textsIn, writtenIn } from './written-in.ts';

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
  readonly start: number;
  /** The same for all pieces of one secret. */
  readonly secret: number;
  readonly call: number;
}

/** Letters and digits of one piece, how far pieces are apart, and pieces of one secret. */
const [PIECE, APART, MOST_PIECES] = [12, 8, 16] as const;
/** Pieces of one tool server: it pushes out its own, and nobody else's. */
const MOST_OF_SERVER = 512;
const MOST_SERVERS = 16;
/** Hashes of beginnings, and pieces noted before those of pieces that are gone are let go of. */
const [STARTS, MOST_NOTED] = [65_521, 4_096] as const;
/** Of a result that shows secrets, characters that are searched. */
const MAX_SEARCHED = 1_048_576;
/** Passages of arguments that are compared, of those that begin as a secret does. */
const MAX_COMPARED = 50_000;

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
  #starts = new Uint8Array(0);
  #noted = 0;
  #secrets = 0;

  constructor(digest: KeyedDigest) {
    this.#digest = digest;
  }

  /** Keeps the secrets that a result showed. */
  note(server: string, result: Json, findShapes: FindShapes, call: number): void {
    const { values, names } = textsIn(result);
    let room = MAX_SEARCHED;
    for (const text of [...values, ...names]) {
      const searched = text.slice(0, room);
      room -= searched.length;
      for (const { start, end } of findShapes(searched)) {
        this.#keep(server, searched.slice(start, end), call);
      }
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
      const start = startHash(text, at);
      pieces.set(this.#digest(text.slice(at, at + PIECE)), { secret: of, call, start });
      this.#noteStart(start);
    }
  }

  /**
   * Attack: a tool server shows secrets without end, so that in the end each passage of arguments to
   * others begins as one does, and takes its time.
   */
  #noteStart(start: number): void {
    this.#noted += 1;
    if (this.#noted % MOST_NOTED === 1) {
      this.#starts = new Uint8Array(STARTS);
      for (const pieces of this.#servers.values()) {
        for (const piece of pieces.values()) this.#starts[piece.start] = 1;
      }
    }
    this.#starts[start] = 1;
  }

  /** Those of other tool servers in arguments to one that has not shown them itself. */
  foreignIn(server: string, args: Json): ForeignSecrets | undefined {
    if (this.#servers.size === 0) return undefined;
    const others = [...this.#servers].filter(([of]) => of !== server).map(([, pieces]) => pieces);
    if (others.length === 0) return undefined;
    const own = this.#servers.get(server);
    const found = new Map<number, number>();
    const { texts, isWhole } = writtenIn(args);
    let compared = 0;
    for (const text of texts) {
      for (let at = 0; at + PIECE <= text.length; at += 1) {
        if (this.#starts[startHash(text, at)] !== 1) continue;
        compared += 1;
        if (compared > MAX_COMPARED) break;
        const digest = this.#digest(text.slice(at, at + PIECE));
        if (own?.get(digest) !== undefined) continue;
        for (const pieces of others) {
          const piece = pieces.get(digest);
          if (piece !== undefined) found.set(piece.secret, piece.call);
        }
      }
    }
    // What is behind the part that is read could be any of them.
    const isAll = isWhole && compared <= MAX_COMPARED;
    if (found.size === 0) return isAll ? undefined : { count: 1, calls: [] };
    return { count: found.size, calls: [...new Set(found.values())].sort((a, b) => a - b) };
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

const startHash = (text: string, at: number): number =>
  (text.charCodeAt(at) * 29_791 +
    text.charCodeAt(at + 1) * 961 +
    text.charCodeAt(at + 2) * 31 +
    text.charCodeAt(at + 3)) %
  STARTS;
