/** What one holder has taken of a whole. */
export interface Hold {
  /** Takes so much more; `false`, and nothing taken, when the whole or the owner's share is used up. */
  take(amount: number): boolean;
  /** Gives back some of it. */
  give(amount: number): void;
  /** Gives back all that was taken, once. */
  release(): void;
}

/** Owners that have taken nothing and are remembered all the same: each call would take one up anew. */
const MOST_IDLE = 1_000;

/**
 * Something of which there is only so much, and of which no owner gets all.
 *
 * Attack: one session, or one remote address, takes every connection or all memory.
 */
export class Shares<Owner> {
  readonly #maxInAll: number;
  readonly #maxEach: number;
  readonly #taken = new Map<Owner, number>();
  #inAll = 0;

  constructor(maxInAll: number, maxEach: number) {
    this.#maxInAll = maxInAll;
    this.#maxEach = maxEach;
  }

  /** A hold of this owner, empty so far. */
  hold(owner: Owner): Hold {
    let own = 0;
    const give = (amount: number): void => {
      const left = (this.#taken.get(owner) ?? 0) - amount;
      if (left > 0 || this.#taken.size <= MOST_IDLE) this.#taken.set(owner, left);
      else this.#taken.delete(owner);
      this.#inAll -= amount;
      own -= amount;
    };
    return {
      take: (amount) => {
        const taken = this.#taken.get(owner) ?? 0;
        if (taken + amount > this.#maxEach || this.#inAll + amount > this.#maxInAll) return false;
        own += amount;
        this.#inAll += amount;
        this.#taken.set(owner, taken + amount);
        return true;
      },
      give,
      release: () => give(own),
    };
  }
}
