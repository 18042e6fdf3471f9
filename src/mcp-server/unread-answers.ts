import type { ServerResponse } from 'node:http';

/** An answer, watched as long as some of it waits to be read. */
export interface Watched {
  /** Looks again after something was written. */
  wrote(): void;
}

/**
 * The answers that wait for clients to read them, bounded in all. Beyond the bound the owner that
 * holds most loses its oldest; a lone answer always stays, so the bound never stops a client that
 * reads.
 *
 * Attack: many requests for large results, none of which is read.
 */
export class UnreadAnswers {
  readonly #maxBytes: number;
  readonly #onDropped: (owner: string) => void;
  /** By owner, the oldest first. */
  readonly #waiting = new Map<string, Set<ServerResponse>>();

  constructor(maxBytes: number, onDropped: (owner: string) => void) {
    this.#maxBytes = maxBytes;
    this.#onDropped = onDropped;
  }

  /** Watches an answer of this owner until it is closed. */
  watch(response: ServerResponse, owner: string): Watched {
    const leave = (): void => this.#leave(response, owner);
    let isWatched = false;
    return {
      wrote: () => {
        if (response.destroyed || response.writableLength === 0) {
          leave();
          return;
        }
        if (!isWatched) response.once('close', leave);
        isWatched = true;
        const own = this.#waiting.get(owner) ?? new Set();
        this.#waiting.set(owner, own.add(response));
        this.#bound();
      },
    };
  }

  #leave(response: ServerResponse, owner: string): void {
    const own = this.#waiting.get(owner);
    own?.delete(response);
    if (own?.size === 0) this.#waiting.delete(owner);
  }

  #bound(): void {
    for (;;) {
      let inAll = 0;
      let answers = 0;
      let most = { owner: '', bytes: 0 };
      for (const [owner, own] of this.#waiting) {
        let bytes = 0;
        for (const one of own) bytes += one.writableLength;
        inAll += bytes;
        answers += own.size;
        if (bytes > most.bytes) most = { owner, bytes };
      }
      const [oldest] = this.#waiting.get(most.owner) ?? [];
      if (inAll <= this.#maxBytes || answers < 2 || oldest === undefined) return;
      this.#leave(oldest, most.owner);
      oldest.destroy();
      this.#onDropped(most.owner);
    }
  }
}
