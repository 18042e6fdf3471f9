import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Why nothing more is written: the reader went away, let too much pile up, or reads nothing. */
export type WriteEnd = 'gone' | 'flooded' | 'stalled';

/**
 * Writes lines to a client and keeps what waits for it bounded. Once it has ended, nothing more is
 * written and nothing throws.
 */
export class LineWriter {
  readonly #output: Writable;
  readonly #maxQueuedBytes: number;
  readonly #drainMs: number;
  readonly #onEnd: (why: WriteEnd) => void;
  #stalled: NodeJS.Timeout | undefined;
  #hasEnded = false;

  constructor(
    output: Writable,
    limits: {
      readonly maxQueuedBytes: number;
      /** Milliseconds in which the reader must take a line that waits. */
      readonly drainMs: number;
    },
    onEnd: (why: WriteEnd) => void,
  ) {
    this.#output = output;
    this.#maxQueuedBytes = limits.maxQueuedBytes;
    this.#drainMs = limits.drainMs;
    this.#onEnd = onEnd;
    output.on('error', () => this.#end('gone'));
    output.on('close', () => this.#end('gone'));
  }

  /** Queues one line; `text` has no line end of its own, as JSON text has none. */
  write(text: string | Buffer): void {
    if (this.#hasEnded) return;
    const moved = (): void => this.#moved();
    if (typeof text === 'string') this.#output.write(`${text}\n`, moved);
    else {
      this.#output.cork();
      this.#output.write(text);
      this.#output.write('\n', moved);
      this.#output.uncork();
    }
    if (this.#output.writableLength > this.#maxQueuedBytes) this.#end('flooded');
    else if (this.#output.writableLength > 0) this.#stalled ??= this.#patience();
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

  /** A line has left: the client reads. */
  #moved(): void {
    clearTimeout(this.#stalled);
    this.#stalled =
      this.#hasEnded || this.#output.writableLength === 0 ? undefined : this.#patience();
  }

  #patience(): NodeJS.Timeout {
    return setTimeout(() => this.#end('stalled'), this.#drainMs).unref();
  }

  #end(why: WriteEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#stalled);
    this.#onEnd(why);
  }
}
