import type { ServerResponse } from 'node:http';
import { type Answer, send } from './http-answer.ts';
import { takesEventStream } from './http-gate.ts';
import type { ResumableStream } from './resumable-stream.ts';
import { eventText, SseConnection, type SseLimits } from './sse-connection.ts';
import type { UnreadAnswers } from './unread-answers.ts';

/** What the rest of an answer is written to, once it is an event stream. */
interface Stream {
  send(text: string): void;
  end(last: string | undefined): void;
}

/** What an exchange is made of. */
export interface ExchangeParts {
  readonly response: ServerResponse;
  readonly accept: string | undefined;
  readonly limits: SseLimits;
  readonly unread: UnreadAnswers;
  /** Whom the answer counts against while it waits to be read. */
  readonly owner: string;
  /** Opens a stream that the client can come back to, where it has a transport session. */
  readonly resumable: ((response: ServerResponse) => ResumableStream) | undefined;
}

/**
 * The answer to one request: a single JSON body, unless something has to go first; then an event
 * stream that its reply ends.
 */
export class Exchange {
  readonly #parts: ExchangeParts;
  #stream: Stream | undefined;
  #isDone = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  /** Whether the client takes an event stream. */
  get takesStream(): boolean {
    return takesEventStream(this.#parts.accept);
  }

  /** Whether the client can come back for the rest of the answer. */
  get isResumable(): boolean {
    return this.#stream !== undefined && this.#parts.resumable !== undefined;
  }

  /** Makes it an event stream now, unless the client takes none or is gone. */
  open(): void {
    const { response, resumable, limits, unread, owner } = this.#parts;
    if (this.#isDone || this.#stream !== undefined || !this.takesStream) return;
    if (response.destroyed || response.headersSent) return;
    if (resumable !== undefined) this.#stream = resumable(response);
    else {
      const connection = new SseConnection(response, limits, unread, owner);
      this.#stream = {
        send: (text) => connection.write(eventText(text)),
        end: (last) => connection.end(last === undefined ? '' : eventText(last)),
      };
    }
  }

  /** Sends a message ahead of the reply; dropped when the client takes no event stream. */
  send(text: string): void {
    if (this.#isDone) return;
    this.open();
    this.#stream?.send(text);
  }

  /**
   * Ends the exchange: with `answer`, or with `last` as the final event when the stream is open
   * (`undefined`: the stream just ends).
   */
  finish(answer: Answer, last: string | Buffer | undefined): void {
    if (this.#isDone) return;
    this.#isDone = true;
    const { response, limits, unread, owner } = this.#parts;
    if (this.#stream !== undefined) {
      this.#stream.end(last === undefined ? undefined : String(last));
      return;
    }
    send(response, answer, limits.drainMs);
    // Unless the system has taken all of it.
    if (response.writableLength > 0) unread.watch(response, owner).wrote();
  }
}
