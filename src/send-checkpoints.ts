import type { CheckpointAnchor, CheckpointStore } from './audit/checkpoint-store.ts';
import { formatNote } from './audit/signed-note.ts';
import { errorCode } from './domain/errors.ts';
import type { Log } from './domain/log.ts';

/** Checkpoints sent to an anchor in one go. */
const BATCH = 100;

/**
 * Sends each anchor the checkpoints it does not have, oldest first, and goes on where it stopped, be it
 * in an earlier process. One may get a checkpoint twice, when two brokers send at once or one is killed
 * in between; none gets one too few. An anchor that fails is tried again later and holds up no other.
 */
export async function sendCheckpoints(
  anchors: readonly CheckpointAnchor[],
  deps: {
    readonly store: CheckpointStore;
    readonly publicJwk: Readonly<Record<string, string>>;
    readonly log: Log;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  await Promise.all(
    anchors.map(async (anchor) => {
      try {
        await sendTo(anchor, deps);
      } catch (error) {
        deps.log.warn(
          { anchor: anchor.key, code: errorCode(error), error },
          'checkpoints wait for their anchor',
        );
      }
    }),
  );
}

async function sendTo(
  anchor: CheckpointAnchor,
  { store, publicJwk, signal }: Parameters<typeof sendCheckpoints>[1],
): Promise<void> {
  for (;;) {
    const waiting = await store.after(await store.sentTo(anchor.id), BATCH);
    for (const checkpoint of waiting) {
      if (signal.aborted) return;
      const note = formatNote(checkpoint, publicJwk);
      if (note !== undefined) await anchor.send(note, signal);
      await store.noteSent(anchor.id, checkpoint.seq);
    }
    if (waiting.length < BATCH) return;
  }
}
