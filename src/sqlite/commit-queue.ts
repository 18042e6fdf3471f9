import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Entropy } from '../domain/ids.ts';
import { BUSY, type StateDatabase } from './state-database.ts';

const MAX_BATCH = 256;
const MAX_WAITING = 8_192;
/** How long one meeting with another writer counts as company, milliseconds. */
const COMPANY_MS = 500;
/** How long a commit that calls shared counts as their company, milliseconds. */
const SHARED_MS = 50;
/** How much longer than it held the lock a process in company leaves it to others. */
const BREATHER_RATIO = 2;
const MAX_BREATHER_MS = 10;
/**
 * The most that one failed attempt counts towards a piece's wait, milliseconds: a process that was
 * not given the processor has not been trying. Twice the wait in real time ends it all the same.
 */
const MAX_CHARGE_MS = 8;

/** One piece of work for the shared transaction. */
export interface QueuedWork<T> {
  /**
   * Runs inside the transaction, synchronously. A `BrokerError` it throws before writing anything
   * refuses this piece alone.
   */
  readonly work: () => T;
  /** How long a busy store is waited for, milliseconds. */
  readonly waitMs: number;
  /** Settles the piece when that time has passed; may throw. Nothing was written. */
  readonly contended: () => T;
}

/** A piece that waits for its transaction, and what its caller holds. */
class Waiting<T = unknown> {
  readonly promise: Promise<T>;
  readonly queuedAt: number;
  readonly giveUpAt: number;
  /** Milliseconds of trying that are left. */
  leftMs: number;
  triedAt: number;
  readonly #piece: QueuedWork<T>;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  #outcome: { readonly value: T } | { readonly refusal: BrokerError } | undefined;

  constructor(piece: QueuedWork<T>, now: number) {
    this.#piece = piece;
    this.queuedAt = now;
    this.triedAt = now;
    this.leftMs = piece.waitMs;
    this.giveUpAt = now + 2 * piece.waitMs;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Inside the transaction. Its own refusal becomes its result, any other failure undoes the transaction. */
  run(): void {
    try {
      this.#outcome = { value: this.#piece.work() };
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      this.#outcome = { refusal: error };
    }
  }

  /** What the work said stands. */
  commit(): void {
    const outcome = this.#outcome;
    if (outcome === undefined) this.fail(new BrokerError('ERR_INTERNAL', 'it was never run'));
    else if ('refusal' in outcome) this.#reject(outcome.refusal);
    else this.#resolve(outcome.value);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }

  giveUp(): void {
    try {
      this.#resolve(this.#piece.contended());
    } catch (error) {
      this.#reject(error);
    }
  }

  /** Charges a failed attempt to it. */
  mayTryAgain(now: number): boolean {
    this.leftMs -= Math.min(MAX_CHARGE_MS, now - this.triedAt);
    this.triedAt = now;
    return this.leftMs > 0 && now < this.giveUpAt;
  }
}

/**
 * Appends of this process, gathered into one transaction per turn of the event loop.
 *
 * A lone piece does not wait for company: what is queued when the turn ends shares its commit. Where
 * calls have just shared one, a turn more is left to others: a commit and its sync cost more than what
 * they make durable, and the next of them are on their way. Each
 * piece decides within the transaction whether it writes, and is settled only once its commit is as durable
 * as it is configured to be; what comes meanwhile waits, and shares the next. A busy
 * store is retried after a few milliseconds of jitter, the older the batch the sooner. A process that
 * has met another writer leaves the lock alone for a while after each commit, or it would take it
 * again before anybody else woke up. When the transaction or its sync fails, every piece in it is rejected with
 * `ERR_STORE_FAILED`.
 */
export class CommitQueue {
  readonly #db: StateDatabase;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  #waiting: Waiting[] = [];
  #isScheduled = false;
  #syncs = 0;
  #isClosed = false;
  #companyUntil = Number.NEGATIVE_INFINITY;
  #sharedUntil = Number.NEGATIVE_INFINITY;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(db: StateDatabase, clock: Clock, entropy: Entropy) {
    this.#db = db;
    this.#clock = clock;
    this.#entropy = entropy;
  }

  /** Queues a piece of work. Beyond 8,192 waiting ones it is settled as contended at once. */
  submit<T>(piece: QueuedWork<T>): Promise<T> {
    const queuedAt = this.#clock.monotonicMs();
    const waiting = new Waiting<T>(piece, queuedAt);
    if (this.#isClosed) waiting.fail(new BrokerError('ERR_STORE_FAILED', 'the store is closed'));
    else if (this.#waiting.length >= MAX_WAITING) waiting.giveUp();
    else {
      this.#waiting.push(waiting as Waiting);
      this.#schedule(this.#notBefore - queuedAt);
    }
    return waiting.promise;
  }

  /** How many pieces wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Commits what waits, without waiting for a lock, and rejects the rest and everything later. What was
   * committed is settled once it is durable.
   */
  close(): void {
    for (let before = Infinity; this.#waiting.length < before; ) {
      before = this.#waiting.length;
      this.#drain();
    }
    this.#isClosed = true;
    for (const item of this.#waiting.splice(0)) {
      item.fail(new BrokerError('ERR_STORE_FAILED', 'the store is closed'));
    }
  }

  #schedule(delayMs: number): void {
    if (this.#isScheduled || this.#isClosed || this.#syncs > 0) return;
    this.#isScheduled = true;
    const next = () => {
      this.#isScheduled = false;
      this.#drain();
    };
    if (delayMs < 1) {
      const isShared = this.#clock.monotonicMs() < this.#sharedUntil;
      setImmediate(isShared ? () => setImmediate(next) : next);
    } else setTimeout(next, Math.min(delayMs, MAX_BREATHER_MS));
  }

  #drain(): void {
    if (this.#isClosed || this.#waiting.length === 0) return;
    const batch = this.#waiting.slice(0, MAX_BATCH);
    const startedAt = this.#clock.monotonicMs();
    let answer: true | typeof BUSY;
    try {
      answer = this.#db.tryWrite(() => {
        for (const item of batch) item.run();
        return true as const;
      });
    } catch (error) {
      this.#waiting = this.#waiting.slice(batch.length);
      for (const item of batch) item.fail(error);
      if (this.#waiting.length > 0) this.#schedule(0);
      return;
    }
    if (answer === BUSY) {
      this.#wait();
      return;
    }
    this.#waiting = this.#waiting.slice(batch.length);
    if (batch.length > 1) this.#sharedUntil = startedAt + SHARED_MS;
    const breatherMs = this.#breatherMs(startedAt);
    const durable = this.#db.durable();
    if (durable !== undefined) {
      void this.#settleOnce(durable, batch);
      return;
    }
    for (const item of batch) item.commit();
    if (this.#waiting.length > 0) this.#schedule(breatherMs);
  }

  async #settleOnce(durable: Promise<void>, batch: readonly Waiting[]): Promise<void> {
    this.#syncs += 1;
    try {
      await durable;
      for (const item of batch) item.commit();
    } catch (error) {
      for (const item of batch) item.fail(error);
    }
    this.#syncs -= 1;
    if (this.#waiting.length > 0) this.#schedule(this.#notBefore - this.#clock.monotonicMs());
  }

  #breatherMs(startedAt: number): number {
    const now = this.#clock.monotonicMs();
    const isAlone = now >= this.#companyUntil;
    const ms = isAlone ? 0 : Math.min(MAX_BREATHER_MS, (now - startedAt) * BREATHER_RATIO);
    this.#notBefore = now + ms;
    return ms;
  }

  #wait(): void {
    const now = this.#clock.monotonicMs();
    this.#companyUntil = now + COMPANY_MS;
    const late = new Set(this.#waiting.filter((item) => !item.mayTryAgain(now)));
    this.#waiting = this.#waiting.filter((item) => !late.has(item));
    for (const item of late) item.giveUp();
    const oldest = this.#waiting[0];
    if (oldest !== undefined) this.#schedule(this.#pauseMs(now - oldest.queuedAt));
  }

  /** 1 to 5 ms at first, shorter with age, so that who has waited longest wins. */
  #pauseMs(ageMs: number): number {
    const jitter = (this.#entropy(1)[0] ?? 0) / 256;
    if (ageMs < 30) return 1 + 4 * jitter;
    if (ageMs < 100) return 1 + 2 * jitter;
    return jitter < 0.5 ? 0 : 1;
  }
}
