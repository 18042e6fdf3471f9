import type { Log } from '../domain/log.ts';
import { requestFailure } from '../domain/request-failure.ts';
import type { Span } from './span.ts';

/** Spans that wait; what comes while it is full is dropped. */
const MAX_WAITING = 2_048;
/** Spans sent at once. */
const BATCH = 512;
/** Milliseconds that spans wait for company. */
const GATHER_MS = 1_000;
const MAX_TRIES = 5;
/** Milliseconds before a batch is sent again, doubled each time. */
const FIRST_PAUSE_MS = 1_000;
/** Milliseconds that what is left may take to send at the end. */
const LAST_MS = 2_000;
/** HTTP statuses after which the same may be sent again, and `undefined`: nobody answered. */
const PASSING: ReadonlySet<number | undefined> = new Set([undefined, 429, 502, 503, 504]);

/** How a batch was taken. */
export interface Taken {
  /** Spans of it that the receiver did not keep, and will not when they are sent again. */
  readonly rejected: number;
}

/** What sending spans needs. */
export interface SpanQueueDeps {
  /** Resolves when the receiver answered that it has them. @throws Error with the HTTP `status` it answered, if any. */
  readonly post: (spans: readonly Span[], signal: AbortSignal) => Promise<Taken>;
  /** Resolves after so many milliseconds, at once when aborted; keeps no process alive. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly log: Log;
}

/** Spans on their way. */
export interface SpanQueue {
  /** Takes a span, or drops it; never waits, never throws. */
  readonly add: (span: Span) => void;
  /** How many were taken by the receiver, and how many were dropped, so far. */
  readonly counts: () => { readonly sent: number; readonly dropped: number };
  /** Sends what waits within two seconds, and takes no more. Idempotent. Never rejects. */
  close(): Promise<void>;
}

/**
 * Sends spans in batches, aside from every call. Telemetry is no audit: what a slow or absent receiver does
 * not take is dropped and counted, memory and time are bounded.
 */
export function createSpanQueue({ post, wait, log }: SpanQueueDeps): SpanQueue {
  const stop = new AbortController();
  /** Ends the pauses, so that what waits is sent at once. */
  const hurry = new AbortController();
  const waiting: Span[] = [];
  let sent = 0;
  let dropped = 0;
  let running: Promise<void> | undefined;
  let isTold = false;

  /** Once until it is well again: a receiver that is gone for a night would fill the log. */
  function drop(count: number, why: string): void {
    if (count === 0) return;
    dropped += count;
    if (!isTold) log.warn({ why }, 'spans are dropped: their receiver does not take them');
    isTold = true;
  }

  async function run(): Promise<void> {
    await wait(GATHER_MS, hurry.signal);
    while (waiting.length > 0 && !stop.signal.aborted) {
      await send(waiting.splice(0, BATCH));
      if (waiting.length < BATCH) await wait(GATHER_MS, hurry.signal);
    }
    drop(waiting.splice(0).length, 'the broker ends');
    // Here and not once it is settled: what is added in between would wait for the next one.
    running = undefined;
  }

  async function send(batch: readonly Span[]): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    for (let tried = 1; ; tried += 1) {
      try {
        const { rejected } = await post(batch, stop.signal);
        const kept = Math.max(0, batch.length - rejected);
        sent += kept;
        if (kept < batch.length) drop(batch.length - kept, 'it rejected some');
        else if (isTold) {
          isTold = false;
          log.info({ dropped }, 'spans are taken again');
        }
        return;
      } catch (error) {
        const { status } = error as { readonly status?: number };
        const isOver = tried === MAX_TRIES || hurry.signal.aborted || !PASSING.has(status);
        if (isOver) return drop(batch.length, requestFailure(error));
        await wait(pause, hurry.signal);
        pause *= 2;
      }
    }
  }

  return {
    add(span) {
      if (hurry.signal.aborted) dropped += 1;
      else if (waiting.length >= MAX_WAITING) drop(1, 'it is slow');
      else {
        waiting.push(span);
        running ??= run();
      }
    },
    counts: () => ({ sent, dropped }),
    async close() {
      hurry.abort();
      if (running === undefined) return;
      const late = wait(LAST_MS, stop.signal).then(() => stop.abort());
      await running;
      stop.abort();
      await late;
    },
  };
}
