import type { ServerResponse } from 'node:http';
import { EventLog, type EventLogLimits, readEventId } from './event-log.ts';
import { newsNotification, wantedBy } from './news.ts';
import { ResumableStream } from './resumable-stream.ts';
import type { Hold } from './shares.ts';
import { SseConnection, type SseLimits } from './sse-connection.ts';
import type { UnreadAnswers } from './unread-answers.ts';
import { notificationText } from './wire.ts';

/** Bounds of the streams of one transport session. */
export interface StreamLimits extends SseLimits, EventLogLimits {
  /** Milliseconds a client is asked to wait before it comes back to a stream. */
  readonly retryMs: number;
  /** Milliseconds a request's stream is kept, and the request runs on, while nobody reads it. */
  readonly detachedMs: number;
}

/** What is said of lists: nothing of anybody's, and it is not said twice. */
const LIST_NEWS: ReadonlySet<string> = new Set(
  [...wantedBy('2025')]
    .flatMap((of) => newsNotification({ kind: 'list_changed', of }) ?? [])
    .map(notificationText),
);

/** The number of the stream of news. */
const NEWS = 0;

/** The event streams of one transport session: one for news, one for each request that needs one. */
export class SessionStreams {
  readonly #limits: StreamLimits;
  readonly #isPrimed: boolean;
  readonly #unread: UnreadAnswers;
  readonly #owner: string;
  readonly #log: EventLog;
  readonly #streams = new Map<number, ResumableStream>();
  readonly #news: ResumableStream;
  #last = NEWS;
  #isClosed = false;

  /** @param isPrimed whether the client knows events that carry an id alone. */
  constructor(
    limits: StreamLimits,
    isPrimed: boolean,
    unread: UnreadAnswers,
    owner: string,
    room: Hold,
  ) {
    this.#limits = limits;
    this.#isPrimed = isPrimed;
    this.#unread = unread;
    this.#owner = owner;
    this.#log = new EventLog(limits, room);
    this.#news = this.#add(NEWS, undefined, () => {});
  }

  /** Says something that belongs to no request, when somebody listens. */
  tell(text: string): void {
    this.#news.send(text);
  }

  /**
   * Lets go of replies and news that wait for their client to come back; that a list is another stays
   * true. Attack: a right is revoked, and what was released under it before is fetched afterwards.
   */
  letGo(): void {
    for (const stream of [...this.#streams.values()]) stream.drop((text) => LIST_NEWS.has(text));
  }

  /** Opens a stream for one request on its answer; `onLost`: nobody can read it any more. */
  open(response: ServerResponse, onLost: () => void): ResumableStream {
    this.#last += 1;
    const number = this.#last;
    const stream = this.#add(number, this.#limits.detachedMs, () => {
      this.#streams.delete(number);
      onLost();
    });
    this.#attach(stream, response);
    if (this.#isClosed) stream.abandon();
    return stream;
  }

  /** Lets an answer read the news; whoever read them before does not any more. */
  listen(response: ServerResponse): void {
    this.#attach(this.#news, response);
  }

  /** Lets an answer read on where another broke off; `false` when there is no such stream. */
  resume(response: ServerResponse, lastEventId: string): boolean {
    const from = readEventId(lastEventId);
    const stream = from === undefined ? undefined : this.#streams.get(from.stream);
    if (stream === undefined) return false;
    this.#attach(stream, response, from?.place);
    return true;
  }

  /** Ends the stream of news; those of requests are read to their end by who reads them now. */
  close(): void {
    this.#isClosed = true;
    this.#news.end(undefined);
    for (const stream of [...this.#streams.values()]) stream.abandon();
    this.#log.close();
  }

  #add(number: number, detachedMs: number | undefined, onLost: () => void): ResumableStream {
    const options = { isPrimed: this.#isPrimed, retryMs: this.#limits.retryMs, detachedMs };
    const stream = new ResumableStream(number, this.#log, options, onLost);
    this.#streams.set(number, stream);
    return stream;
  }

  #attach(stream: ResumableStream, response: ServerResponse, after?: number): void {
    stream.attach(
      (onGone) => new SseConnection(response, this.#limits, this.#unread, this.#owner, onGone),
      after,
    );
  }
}
