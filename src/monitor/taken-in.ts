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

interface Last {
  readonly subject: string;
  readonly client: string | undefined;
  readonly known: TakenIn;
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
  /** What the client has that was asked for last: a call asks thrice. Nobody pushes it out before another comes. */
  #last: Last | undefined;

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
    const known = this.#lastIf(who) ?? this.#putLast(who);
    known.taint.moveTo(at);
    return known;
  }

  #putLast(who: ClientOf): TakenIn {
    const key = keyOfClient(who);
    const known = this.#whole.get(key) ?? this.#begin(key);
    putLast(this.#whole, key, known, Number.POSITIVE_INFINITY);
    this.#last = { subject: who.subject, client: who.client, known };
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

  /** What is known of a client, when no other was asked for since. */
  #lastIf({ subject, client }: ClientOf): TakenIn | undefined {
    const last = this.#last;
    return last?.subject === subject && last.client === client ? last.known : undefined;
  }

  /** Forgets what a client has taken in: an admin looked at it. */
  forget(who: ClientOf): void {
    this.#last = undefined;
    this.#whole.delete(keyOfClient(who));
    this.#shrunk.delete(keyOfClient(who));
  }
}
