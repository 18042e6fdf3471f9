import type { OpenState } from './compose.ts';
import { within } from './compose-broker.ts';

/** Milliseconds between two looks at whether the log's index lags behind. */
const LOOK_MS = 5000;
const SETTLE_MS = 1000;

/**
 * Keeps the log's index up with the log while a broker runs, aside from every call. Where it cannot,
 * questions take longer and answers stay the same. Answers how to stop.
 */
export function keepIndex({ stores, log }: OpenState): () => Promise<void> {
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    running = stores.events
      .completeIndex({ signal: stop.signal })
      .catch((error: unknown) => log.debug({ error }, 'the log is not indexed for now'))
      .finally(() => {
        isRunning = false;
      });
  }, LOOK_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    stop.abort();
    await within(SETTLE_MS, running);
  };
}
