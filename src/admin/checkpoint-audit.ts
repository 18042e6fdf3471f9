import { MAIN_CHAIN } from '../audit/chain.ts';
import { createCheckpointSigner } from '../audit/checkpoint.ts';
import { formatNote, verifierKey } from '../audit/signed-note.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Checkpoint } from '../domain/event.ts';
import type { AdminContext } from './admin-context.ts';

/**
 * Signs a statement of the log's head, to be kept elsewhere. The command's own event is written
 * first, so that the checkpoint covers it.
 *
 * @throws BrokerError `ERR_STORE_FAILED` or `ERR_STORE_CONTENDED`.
 */
export async function checkpointAudit(
  context: AdminContext,
): Promise<{ readonly checkpoint: Checkpoint; readonly note: string }> {
  await context.admission.record({ code: 'TG6002', actor: context.actor });
  const head = await context.events.head();
  if (head === undefined) throw new BrokerError('ERR_STORE_FAILED', 'the log has no head');
  const key = await context.keys.checkpointKey();
  const sign = createCheckpointSigner(key);
  const checkpoint = sign({ chain: MAIN_CHAIN, seq: head.seq, hash: head.hash, at: head.at });
  const note = formatNote(checkpoint, key.publicJwk);
  if (note === undefined) throw new BrokerError('ERR_INTERNAL', 'a checkpoint without a note');
  return { checkpoint, note };
}

/** What other programs verify this state's checkpoints with. */
export const checkpointVerifier = async (context: AdminContext): Promise<string> =>
  verifierKey(MAIN_CHAIN, await context.keys.checkpointKey());
