import type { ServerResponse } from 'node:http';
import { type Answer, endWithin, send } from './http-answer.ts';

/** Bounds of one exchange. */
export interface ExchangeLimits {
  /** Bytes that may wait for a client that does not read, before it is dropped. */
  readonly maxQueuedBytes: number;
  /** Milliseconds a client may take to read the end of an answer. */
  readonly drainMs: number;
  /** Milliseconds between comments that keep an event stream alive. */
  readonly keepAliveMs: number;
}

/**
 * The answer to one request: a single JSON body, unless a notification has to go first; then an
 * event stream that its reply ends.
 */
export class Exchange {
  readonly #response: ServerResponse;
  readonly #limits: ExchangeLimits;
  readonly #acceptsStream: boolean;
  #keepAlive: NodeJS.Timeout | undefined;
  #isDone = false;

  constructor(response: ServerResponse, accept: string | undefined, limits: ExchangeLimits) {
    this.#response = response;
    this.#limits = limits;
    this.#acceptsStream =
      accept === undefined || /text\/event-stream|\*\/\*|text\/\*/i.test(accept);
    response.once('close', () => this.#stop());
  }

  /** Whether the status is already on the wire. */
  get isStreaming(): boolean {
    return this.#keepAlive !== undefined;
  }

  /** Sends a notification ahead of the reply; dropped when the client takes no event stream. */
  notify(text: string): void {
    if (this.#isDone || !this.#acceptsStream || this.#response.destroyed) return;
    if (!this.isStreaming) this.#open();
    this.#write(`event: message\ndata: ${text}\n\n`);
  }

  /**
   * Ends the exchange: with `answer`, or with `last` as the final event when the stream is open
   * (`undefined`: the stream just ends).
   */
  finish(answer: Answer, last: string | undefined): void {
    if (this.#isDone) return;
    const wasStreaming = this.isStreaming;
    this.#stop();
    if (!wasStreaming) send(this.#response, answer, this.#limits.drainMs);
    else {
      const event = last === undefined ? '' : `event: message\ndata: ${last}\n\n`;
      endWithin(this.#response, this.#limits.drainMs, event);
    }
  }

  #open(): void {
    this.#response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
    });
    this.#keepAlive = setInterval(() => this.#write(': keep-alive\n\n'), this.#limits.keepAliveMs);
    this.#keepAlive.unref();
  }

  #write(text: string): void {
    this.#response.write(text);
    if (this.#response.writableLength > this.#limits.maxQueuedBytes) this.#response.destroy();
  }

  #stop(): void {
    this.#isDone = true;
    clearInterval(this.#keepAlive);
  }
}
