import type { EventLog } from './event-log.ts';
import { eventText, type SseConnection } from './sse-connection.ts';

/** How a stream behaves while nobody reads it. */
export interface ResumableOptions {
  /** Whether the client knows events that carry an id alone (2025-11-25). */
  readonly isPrimed: boolean;
  /** Milliseconds a client is asked to wait before it comes back. */
  readonly retryMs: number;
  /** Milliseconds a stream that nobody reads is kept; `undefined`: as long as its session. */
  readonly detachedMs: number | undefined;
}

/** Messages that may wait for the first reader of a stream of news. */
const MAX_UNHEARD = 32;

/**
 * A stream of messages that outlives the connection it is read over: a client that lost it comes back
 * with the id of the last event it has, and gets those after it.
 *
 * @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery
 */
export class ResumableStream {
  readonly #number: number;
  readonly #log: EventLog;
  readonly #options: ResumableOptions;
  readonly #onLost: () => void;
  #connection: SseConnection | undefined;
  /** The place of the last event that went to a connection; the cursor of a stream's first event. */
  #writtenTo = 0;
  #detached: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #isAbandoned = false;
  #isLost = false;

  /** @param onLost called once when nobody can read it to its end any more, or everybody has. */
  constructor(number: number, log: EventLog, options: ResumableOptions, onLost: () => void) {
    this.#number = number;
    this.#log = log;
    this.#options = options;
    this.#onLost = onLost;
  }

  /** Whether somebody reads it. */
  get isRead(): boolean {
    return this.#connection !== undefined;
  }

  /**
   * Lets a connection read it, instead of the one before; `after` is the place of the last event the
   * client has, otherwise what was not yet written comes first.
   */
  attach(open: (onGone: (isWhole: boolean) => void) => SseConnection, after?: number): void {
    const before = this.#connection;
    this.#connection = undefined;
    before?.end();
    clearTimeout(this.#detached);
    const connection = open((isWhole) => {
      if (this.#connection !== connection) return;
      this.#connection = undefined;
      this.#left(isWhole);
    });
    this.#connection = connection;
    const { isPrimed, retryMs } = this.#options;
    const events = this.#log.after(this.#number, after ?? this.#writtenTo);
    if (isPrimed && after === undefined) {
      connection.write(eventText('', { id: `${this.#number}-${this.#writtenTo}`, retryMs }));
    } else connection.write(`retry: ${retryMs}\n\n`);
    for (const { id, data } of events) this.#write(id, data);
    if (this.#hasEnded) connection.end();
  }

  /** Says something: at once to who reads it, otherwise when somebody does. */
  send(data: string): void {
    if (this.#isLost || this.#hasEnded) return;
    const isNews = this.#options.detachedMs === undefined;
    if (isNews && !this.isRead) {
      const unheard = this.#log.after(this.#number, this.#writtenTo);
      // What nobody has heard yet need not be said twice, nor without end.
      if (unheard.length >= MAX_UNHEARD || unheard.some((one) => one.data === data)) return;
    }
    const { id } = this.#log.append(this.#number, data);
    this.#write(id, data);
  }

  /** Says the last word, if there is one, and ends. */
  end(last: string | undefined): void {
    if (this.#isLost || this.#hasEnded) return;
    this.#hasEnded = true;
    if (last === undefined) {
      this.#connection?.end();
      if (!this.isRead) this.#lose();
      return;
    }
    const { id, isKept } = this.#log.append(this.#number, last);
    if (this.#connection !== undefined) this.#connection.end(eventText(last, { id }));
    else if (!isKept) this.#lose();
  }

  /** Lets go of a last word that waits for a reader; of news, of all but what `stays`. */
  drop(stays: (data: string) => boolean): void {
    const isNews = this.#options.detachedMs === undefined;
    if (isNews) this.#log.forget(this.#number, stays);
    else if (this.#hasEnded && !this.isRead) this.#lose();
  }

  /** Nobody can come back to it: its connection, if any, is the last. */
  abandon(): void {
    this.#isAbandoned = true;
    if (!this.isRead) this.#lose();
  }

  #write(id: string, data: string): void {
    if (this.#connection === undefined) return;
    this.#connection.write(eventText(data, { id }));
    this.#writtenTo = Number(id.slice(id.indexOf('-') + 1));
  }

  #left(isWhole: boolean): void {
    const { detachedMs } = this.#options;
    if ((isWhole && this.#hasEnded) || this.#isAbandoned) this.#lose();
    else if (detachedMs !== undefined) {
      this.#detached = setTimeout(() => this.#lose(), detachedMs).unref();
    }
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    clearTimeout(this.#detached);
    this.#log.forget(this.#number);
    this.#onLost();
  }
}
