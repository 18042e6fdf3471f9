import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Why nothing more is written: the reader went away, or it let too much pile up. */
export type WriteEnd = 'gone' | 'flooded';

/**
 * Writes lines to a client and keeps what waits for it bounded. Once it has ended, nothing more is
 * written and nothing throws.
 */
export class LineWriter {
  readonly #output: Writable;
  readonly #maxQueuedBytes: number;
  readonly #onEnd: (why: WriteEnd) => void;
  #hasEnded = false;

  constructor(output: Writable, maxQueuedBytes: number, onEnd: (why: WriteEnd) => void) {
    this.#output = output;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onEnd = onEnd;
    output.on('error', () => this.#end('gone'));
    output.on('close', () => this.#end('gone'));
  }

  /** Queues one line; `text` has no line end of its own, as JSON text has none. */
  write(text: string): void {
    if (this.#hasEnded) return;
    this.#output.write(`${text}\n`);
    if (this.#output.writableLength > this.#maxQueuedBytes) this.#end('flooded');
  }

  /** Waits until what was written has left, or for so long. */
  async flush(waitMs: number): Promise<void> {
    if (this.#hasEnded || this.#output.writableLength === 0) return;
    const stop = new AbortController();
    const flushed = new Promise<void>((resolve) => {
      this.#output.write('', () => resolve());
    });
    const tooLong = delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
    await Promise.race([flushed, tooLong]);
    stop.abort();
  }

  #end(why: WriteEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd(why);
  }
}
