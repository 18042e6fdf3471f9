import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Why nothing more is written: the reader went away, let too much pile up, or reads nothing. */
export type WriteEnd = 'gone' | 'flooded' | 'stalled';

/** Characters of replies that wait for others of their turn. */
const MOST_GATHERED = 16 * 1024;

/**
 * Writes lines to a client and keeps what waits for it bounded: short replies of one turn together,
 * as each writing costs a call of the system. Once it has ended, nothing more is written and nothing throws.
 */
export class LineWriter {
  readonly #output: Writable;
  readonly #maxQueuedBytes: number;
  readonly #drainMs: number;
  readonly #onEnd: (why: WriteEnd) => void;
  #gathered = '';
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
    this.#handOver();
    if (this.#hasEnded) return;
    if (typeof text === 'string') this.#output.write(`${text}\n`, this.#moved);
    else {
      this.#output.cork();
      this.#output.write(text);
      this.#output.write('\n', this.#moved);
      this.#output.uncork();
    }
    this.#bound();
  }

  /**
   * Queues a reply, together with others of this turn. Not for notifications: clients drop progress that
   * they read at once with the reply.
   */
  writeReply(text: string | Buffer): void {
    if (this.#hasEnded) return;
    if (typeof text !== 'string' || text.length > MOST_GATHERED) {
      this.write(text);
      return;
    }
    if (this.#gathered === '') process.nextTick(() => this.#handOver());
    this.#gathered += `${text}\n`;
    if (this.#gathered.length > MOST_GATHERED) this.#handOver();
  }

  /** Waits until what was written has left, or for so long. */
  async flush(waitMs: number): Promise<void> {
    this.#handOver();
    if (this.#hasEnded || this.#output.writableLength === 0) return;
    const stop = new AbortController();
    const flushed = new Promise<void>((resolve) => {
      this.#output.write('', () => resolve());
    });
    const tooLong = delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
    await Promise.race([flushed, tooLong]);
    stop.abort();
  }

  #handOver(): void {
    const gathered = this.#gathered;
    if (gathered === '' || this.#hasEnded) return;
    this.#gathered = '';
    this.#output.write(gathered, this.#moved);
    this.#bound();
  }

  #bound(): void {
    if (this.#output.writableLength > this.#maxQueuedBytes) this.#end('flooded');
    else if (this.#output.writableLength > 0) this.#stalled ??= this.#patience();
  }

  /** Something has left: the client reads. */
  readonly #moved = (): void => {
    clearTimeout(this.#stalled);
    this.#stalled =
      this.#hasEnded || this.#output.writableLength === 0 ? undefined : this.#patience();
  };

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
