import { pruneAudit } from './admin/prune-audit.ts';
import type { OpenState } from './compose.ts';
import { within } from './compose-broker.ts';
import { errorCode } from './domain/errors.ts';

/** Milliseconds after the start of a broker, and between two looks. */
const FIRST_MS = 60_000;
const LOOK_MS = 3_600_000;
const SETTLE_MS = 1_000;

/**
 * Removes what is too old, or too much, while a broker runs, aside from every call; nothing at all unless
 * it is configured. Answers how to stop.
 */
export function keepRetention({ config, context, log }: OpenState): () => Promise<void> {
  const { retention } = config.audit;
  if (Object.keys(retention).length === 0) return async () => {};
  const stop = new AbortController();
  let running: Promise<void> | undefined;

  async function look(): Promise<void> {
    try {
      const options = { isByBroker: true, signal: stop.signal };
      const pruned = await pruneAudit(context, retention, options);
      if (pruned !== undefined) log.info({ ...pruned }, 'the oldest events were removed');
      const { bytes } = await context.upkeep.extent();
      if (retention.maxBytes !== undefined && bytes > retention.maxBytes) {
        log.warn(
          { bytes },
          'the database is larger than audit.maxSize: what is left is too young, or needed',
        );
      }
    } catch (error) {
      log.warn({ code: errorCode(error), error }, 'no events were removed');
    }
  }
  const start = () => {
    running ??= look().finally(() => {
      running = undefined;
    });
  };
  const first = setTimeout(start, FIRST_MS).unref();
  const timer = setInterval(start, LOOK_MS).unref();
  return async () => {
    clearTimeout(first);
    clearInterval(timer);
    stop.abort();
    await within(SETTLE_MS, running ?? Promise.resolve());
  };
}
