import type { ServerResponse } from 'node:http';
import { type Answer, endWithin, send } from './http-answer.ts';
import type { UnreadAnswers, Watched } from './unread-answers.ts';

/** Bounds of one exchange. */
export interface ExchangeLimits {
  /** Bytes of an event stream that may wait for a client that does not read, before it is dropped. */
  readonly maxQueuedBytes: number;
  /** Milliseconds in which a client must read something of what waits, and the end of an answer. */
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
  readonly #unread: Watched;
  #keepAlive: NodeJS.Timeout | undefined;
  #stalled: NodeJS.Timeout | undefined;
  #isDone = false;

  /** @param owner whom the answer counts against while it waits to be read. */
  constructor(
    response: ServerResponse,
    accept: string | undefined,
    limits: ExchangeLimits,
    unread: UnreadAnswers,
    owner: string,
  ) {
    this.#response = response;
    this.#limits = limits;
    this.#unread = unread.watch(response, owner);
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
    this.#unread.wrote();
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
    this.#response.write(text, () => this.#moved());
    if (this.#response.writableLength > this.#limits.maxQueuedBytes) this.#response.destroy();
    else if (this.#response.writableLength > 0) {
      this.#stalled ??= setTimeout(() => this.#response.destroy(), this.#limits.drainMs).unref();
      this.#unread.wrote();
    }
  }

  /** Some of what waited has left: the client reads. */
  #moved(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    if (this.#isDone) return;
    if (this.#response.writableLength > 0) {
      this.#stalled = setTimeout(() => this.#response.destroy(), this.#limits.drainMs).unref();
    } else this.#unread.wrote();
  }

  #stop(): void {
    this.#isDone = true;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#stalled);
  }
}
