import { type BigIntStats, statSync } from 'node:fs';
import type { BrokerError } from '../domain/errors.ts';
import { replacedError } from './sqlite-errors.ts';

/**
 * Knows one database again. Once its file is another one, or its epoch or the end of its chain lies
 * before what was seen, it is lost for good.
 *
 * Attack: the database is moved away, replaced, or put back from yesterday under a running broker, which
 * would go on obeying the old one, or begin to obey one in which what was revoked since is in force.
 */
export class SameDatabase {
  readonly #path: string;
  readonly #file: BigIntStats | undefined;
  readonly #onLost: (error: BrokerError) => void;
  #lost: BrokerError | undefined;
  #epoch = 0;
  #head = { seq: 0, hash: '' };
  #isHeadSeen = false;

  /** @param onLost told once. */
  constructor(path: string, onLost: (error: BrokerError) => void) {
    this.#path = path;
    this.#file = fileAt(path);
    this.#onLost = onLost;
  }

  /** @throws BrokerError `ERR_STORE_REPLACED` once it is lost. */
  requireKept(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** Looks which file the path names now. @throws BrokerError `ERR_STORE_REPLACED`. */
  requireSameFile(): void {
    const file = fileAt(this.#path);
    if (file === undefined) throw this.#lose('is gone');
    if (file.ino === this.#file?.ino && file.dev === this.#file.dev) return;
    throw this.#lose('is another file now');
  }

  /** Another transaction begins. */
  began(): void {
    this.#isHeadSeen = false;
  }

  /**
   * Compares an epoch that was just read with those before it. What a transaction has made is not kept yet.
   *
   * @throws BrokerError `ERR_STORE_REPLACED`.
   */
  witnessEpoch(epoch: number, isInTransaction: boolean): void {
    if (epoch < this.#epoch) throw this.#lose('went back to an older state');
    if (!isInTransaction) this.#epoch = epoch;
  }

  /**
   * Compares the end of the chain, read inside a transaction, with where it was. Only the first of a
   * transaction counts: later ones are its own.
   *
   * @throws BrokerError `ERR_STORE_REPLACED`.
   */
  witnessHead(head: { readonly seq: number; readonly hash: string }): void {
    this.requireKept();
    if (this.#isHeadSeen) return;
    const { seq, hash } = this.#head;
    if (head.seq < seq || (head.seq === seq && hash !== '' && head.hash !== hash)) {
      throw this.#lose('went back to an older state');
    }
    this.#head = { seq: head.seq, hash: head.hash };
    this.#isHeadSeen = true;
  }

  #lose(how: string): BrokerError {
    if (this.#lost !== undefined) return this.#lost;
    const lost = replacedError(this.#path, how);
    this.#lost = lost;
    // Not from within a transaction.
    queueMicrotask(() => this.#onLost(lost));
    return lost;
  }
}

/** Which file a path names just now. */
const fileAt = (path: string): BigIntStats | undefined =>
  statSync(path, { throwIfNoEntry: false, bigint: true });
