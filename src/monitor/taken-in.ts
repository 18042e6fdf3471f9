import type { KeyedDigest } from './keyed-digest.ts';
import { type ClientOf, keyOfClient } from './monitor-store.ts';
import { SecretMemory } from './secret-memory.ts';
import { TaintMemory } from './taint-memory.ts';
import { putLast } from './track.ts';

/** What the sessions of one client have taken in. */
export interface TakenIn {
  readonly taint: TaintMemory;
  readonly secrets: SecretMemory;
}

/** Clients of which all is kept, some 1.5 MiB each at the very most. */
const MOST_WHOLE = 256;
/** Clients of which it is kept that something was; an admin opens sessions, so that nobody can make more. */
const MOST_SHRUNK = 20_000;

/**
 * What clients have taken in, by subject and client: what a session has read is not forgotten because
 * its client connects anew. One that is pushed out by others stays as suspicious as it was.
 */
export class TakenInByClients {
  readonly #digest: KeyedDigest;
  readonly #rememberMs: number;
  readonly #whole = new Map<string, TakenIn>();
  readonly #shrunk = new Map<string, TaintMemory>();

  constructor(digest: KeyedDigest, rememberMs: number) {
    this.#digest = digest;
    this.#rememberMs = rememberMs;
  }

  /** Clients remembered. */
  get size(): number {
    return this.#whole.size + this.#shrunk.size;
  }

  /** What a client has taken in that is remembered at an instant. */
  of(who: ClientOf, at: number): TakenIn {
    const key = keyOfClient(who);
    const known = this.#whole.get(key) ?? this.#begin(key);
    known.taint.moveTo(at);
    if (this.#whole.size > 1) putLast(this.#whole, key, known, Number.POSITIVE_INFINITY);
    else this.#whole.set(key, known);
    for (const [oldest, one] of this.#whole) {
      if (this.#whole.size <= MOST_WHOLE) break;
      this.#whole.delete(oldest);
      one.taint.shrink();
      if (!one.taint.isOver) putLast(this.#shrunk, oldest, one.taint, MOST_SHRUNK);
    }
    return known;
  }

  #begin(key: string): TakenIn {
    const taint = this.#shrunk.get(key) ?? new TaintMemory(this.#digest, this.#rememberMs);
    this.#shrunk.delete(key);
    return { taint, secrets: new SecretMemory(this.#digest) };
  }

  /** Forgets what a client has taken in: an admin looked at it. */
  forget(who: ClientOf): void {
    this.#whole.delete(keyOfClient(who));
    this.#shrunk.delete(keyOfClient(who));
  }
}
