import { openAnchors } from './anchors/open-anchors.ts';
import type { OpenState } from './compose.ts';
import { within } from './compose-broker.ts';
import { errorCode } from './domain/errors.ts';
import { sendCheckpoints } from './send-checkpoints.ts';

/** Milliseconds between two looks; a head that is older than a minute is signed. */
const LOOK_MS = 5_000;
const SEAL_AFTER_MS = 60_000;
/** Milliseconds anchors have for what is sent at the end. */
const LAST_MS = 5_000;

/**
 * Signs the head of the log a minute after the last checkpoint, also when nothing comes after it, and
 * sends checkpoints to their anchors, aside from every call. Answers how to end it: the head is signed
 * then, and sent.
 */
export function keepCheckpoints(
  { config, context, log, placeId, stores }: OpenState,
  stdout: ((text: string) => Promise<void>) | undefined,
): () => Promise<void> {
  const specs = config.audit.anchors.filter(({ kind, key }) => {
    if (kind !== 'stdout' || stdout !== undefined) return true;
    // Over stdio it belongs to the client.
    log.warn({ anchor: key }, 'this command prints no checkpoints');
    return false;
  });
  const anchors = openAnchors(specs, placeId, stdout ?? (async () => {}));
  const stop = new AbortController();
  let running: Promise<void> | undefined;

  async function look(minAgeMs: number): Promise<void> {
    try {
      await stores.checkpoints.seal(minAgeMs);
      const { publicJwk } = await context.keys.checkpointKey();
      const deps = { store: stores.checkpoints, publicJwk, log, signal: stop.signal };
      await sendCheckpoints(anchors, deps);
    } catch (error) {
      log.warn({ code: errorCode(error), error }, 'the head of the log is not signed for now');
    }
  }
  const timer = setInterval(() => {
    running ??= look(SEAL_AFTER_MS).finally(() => {
      running = undefined;
    });
  }, LOOK_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await within(
      LAST_MS,
      (running ?? Promise.resolve()).then(() => look(0)),
    );
    stop.abort();
  };
}
