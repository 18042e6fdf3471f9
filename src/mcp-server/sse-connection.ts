import type { ServerResponse } from 'node:http';
import { endWithin } from './http-answer.ts';
import type { UnreadAnswers, Watched } from './unread-answers.ts';

/** Bounds of one event stream's connection. */
export interface SseLimits {
  /** Bytes of an event stream that may wait for a client that does not read, before it is dropped. */
  readonly maxQueuedBytes: number;
  /** Milliseconds in which a client must read something of what waits, and the end of an answer. */
  readonly drainMs: number;
  /** Milliseconds between comments that keep an event stream alive. */
  readonly keepAliveMs: number;
}

/** One event, `id` and `retry` where it has them. */
export function eventText(
  data: string,
  more: { readonly id?: string; readonly retryMs?: number } = {},
): string {
  const id = more.id === undefined ? '' : `id: ${more.id}\n`;
  const retry = more.retryMs === undefined ? '' : `retry: ${more.retryMs}\n`;
  return `event: message\n${id}${retry}data: ${data}\n\n`;
}

/**
 * One HTTP answer as an event stream: kept alive by comments, and cut off when its client does not
 * read it.
 *
 * Attack: a client that opens streams and reads none.
 */
export class SseConnection {
  readonly #response: ServerResponse;
  readonly #limits: SseLimits;
  readonly #unread: Watched;
  readonly #keepAlive: NodeJS.Timeout;
  #stalled: NodeJS.Timeout | undefined;
  #isDone = false;

  /**
   * Sends the status and the headers at once.
   *
   * @param owner whom it counts against while it waits to be read.
   * @param onGone called once at its end; `isWhole` when everything was handed over.
   */
  constructor(
    response: ServerResponse,
    limits: SseLimits,
    unread: UnreadAnswers,
    owner: string,
    onGone: (isWhole: boolean) => void = () => {},
  ) {
    this.#response = response;
    this.#limits = limits;
    this.#unread = unread.watch(response, owner);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    this.#keepAlive = setInterval(() => this.write(': keep-alive\n\n'), limits.keepAliveMs);
    this.#keepAlive.unref();
    const onClose = (): void => {
      this.#stop();
      onGone(response.writableFinished);
    };
    // Gone before anybody listened: no event will come.
    if (response.destroyed) setImmediate(onClose);
    else response.once('close', onClose);
  }

  /** Writes text as it is. */
  write(text: string): void {
    if (this.#isDone || this.#response.destroyed) return;
    this.#response.write(text, () => this.#moved());
    if (this.#response.writableLength > this.#limits.maxQueuedBytes) this.#response.destroy();
    else if (this.#response.writableLength > 0) {
      this.#stalled ??= this.#patience();
      this.#unread.wrote();
    }
  }

  /** Ends it, with a last text where there is one. */
  end(last = ''): void {
    if (this.#isDone) return;
    this.#stop();
    endWithin(this.#response, this.#limits.drainMs, last);
    this.#unread.wrote();
  }

  /** Some of what waited has left: the client reads. */
  #moved(): void {
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    if (this.#isDone) return;
    if (this.#response.writableLength > 0) this.#stalled = this.#patience();
    else this.#unread.wrote();
  }

  #patience(): NodeJS.Timeout {
    return setTimeout(() => this.#response.destroy(), this.#limits.drainMs).unref();
  }

  #stop(): void {
    this.#isDone = true;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#stalled);
  }
}
