/**
 * Why the signal of a request ends that has been answered. One for all of them: an `abort()` without a
 * reason makes an error with a stack for each, which nobody reads.
 */
const ANSWERED: Error = new Error('the request has been answered');

/** Whether a request has been answered; as a signal only for those who wait for it. */
export class Answered {
  #controller: AbortController | undefined;
  #is = false;

  /** Whether it has. */
  get is(): boolean {
    return this.#is;
  }

  /** Aborts once it has. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#is) this.#controller.abort(ANSWERED);
    return this.#controller.signal;
  }

  /** Says that it has. */
  set(): void {
    this.#is = true;
    this.#controller?.abort(ANSWERED);
  }
}
