const BUCKETS = 12;

/**
 * How often something happened within a window, in constant memory: counted in twelfths of it, so that
 * what happened up to a twelfth earlier may count too.
 */
export class SlidingCount {
  readonly #bucketMs: number;
  readonly #counts: number[] = new Array<number>(BUCKETS).fill(0);
  /** Number of the newest bucket since the epoch. */
  #newest = 0;

  /** @param windowMs milliseconds. */
  constructor(windowMs: number) {
    this.#bucketMs = Math.max(1, windowMs / BUCKETS);
  }

  /** Counts one more, and says how many there are. A clock that is set back counts into the newest bucket. */
  add(now: number): number {
    this.#moveTo(now);
    const slot = this.#newest % BUCKETS;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    return this.count(now);
  }

  count(now: number): number {
    this.#moveTo(now);
    let sum = 0;
    for (const count of this.#counts) sum += count;
    return sum;
  }

  #moveTo(now: number): void {
    const bucket = Math.floor(now / this.#bucketMs);
    if (bucket <= this.#newest) return;
    const passed = Math.min(bucket - this.#newest, BUCKETS);
    for (let i = 1; i <= passed; i += 1) this.#counts[(bucket - passed + i) % BUCKETS] = 0;
    this.#newest = bucket;
  }
}
