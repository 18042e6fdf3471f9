import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Why nothing more is written: the reader went away, let too much pile up, or reads nothing. */
export type WriteEnd = 'gone' | 'flooded' | 'stalled';

/** Bytes from which on lines do not wait for others. */
const TOGETHER_BYTES = 64 * 1024;

/**
 * Writes lines to a client and keeps what waits for it bounded. Once it has ended, nothing more is
 * written and nothing throws.
 */
export class LineWriter {
  readonly #output: Writable;
  readonly #maxQueuedBytes: number;
  readonly #drainMs: number;
  readonly #onEnd: (why: WriteEnd) => void;
  readonly #togetherBytes: number;
  #stalled: NodeJS.Timeout | undefined;
  #isHeld = false;
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
    this.#togetherBytes = Math.min(TOGETHER_BYTES, limits.maxQueuedBytes);
    this.#onEnd = onEnd;
    output.on('error', () => this.#end('gone'));
    output.on('close', () => this.#end('gone'));
  }

  /** Writes one line at once; `text` has no line end of its own, as JSON text has none. */
  write(text: string | Buffer): void {
    this.#queue(text);
    this.#leave();
  }

  /**
   * Writes a reply before anything more is read from anywhere, in one write with others of this turn of the
   * event loop: calls whose outcomes share a commit are answered together, and a write costs more than
   * all else that is done to tell a reply.
   *
   * Only what nothing follows may wait. The SDK's clients drop a progress notification that they read
   * together with the reply after it.
   */
  writeReply(text: string | Buffer): void {
    if (!this.#isHeld) process.nextTick(() => this.#leave());
    this.#queue(text);
    if (this.#output.writableLength > this.#togetherBytes) this.#leave();
  }

  /** Waits until what was written has left, or for so long. */
  async flush(waitMs: number): Promise<void> {
    this.#leave();
    if (this.#hasEnded || this.#output.writableLength === 0) return;
    const stop = new AbortController();
    const flushed = new Promise<void>((resolve) => {
      this.#output.write('', () => resolve());
    });
    const tooLong = delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
    await Promise.race([flushed, tooLong]);
    stop.abort();
  }

  /** Holds a line until `#leave`. */
  #queue(text: string | Buffer): void {
    if (this.#hasEnded) return;
    if (!this.#isHeld) this.#output.cork();
    this.#isHeld = true;
    const moved = (): void => this.#moved();
    if (typeof text === 'string') this.#output.write(`${text}\n`, moved);
    else {
      this.#output.write(text);
      this.#output.write('\n', moved);
    }
  }

  #leave(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#output.uncork();
    if (this.#hasEnded) return;
    if (this.#output.writableLength > this.#maxQueuedBytes) this.#end('flooded');
    else if (this.#output.writableLength > 0) this.#stalled ??= this.#patience();
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
