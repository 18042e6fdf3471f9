/** Pieces of work that are remembered. */
const MOST = 64;

/**
 * What could not be kept, to be tried again in its order until it is. More than are remembered are lost,
 * and that stays known.
 */
export class Owed {
  #all: (() => Promise<unknown>)[] = [];
  #settling: Promise<void> | undefined;
  #isLost = false;

  /** Nothing is owed, and nothing was lost. */
  get isNothing(): boolean {
    return this.#all.length === 0 && !this.#isLost;
  }

  add(work: () => Promise<unknown>): void {
    if (this.#all.length < MOST) this.#all.push(work);
    else this.#isLost = true;
  }

  /** Tries all of it again, and rejects with the first that fails. Who comes meanwhile waits for the same. */
  settle(): Promise<void> {
    this.#settling ??= this.#try().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #try(): Promise<void> {
    for (let [next] = this.#all; next !== undefined; [next] = this.#all) {
      await next();
      // It may have been forgotten meanwhile.
      if (this.#all[0] === next) this.#all.shift();
    }
  }

  /** An admin looked at it. */
  forget(): void {
    this.#all = [];
    this.#isLost = false;
  }
}
