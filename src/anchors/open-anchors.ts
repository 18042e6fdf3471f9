import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { CheckpointAnchor } from '../audit/checkpoint-store.ts';
import type { PlaceId } from '../audit/place-id.ts';
import type { AnchorSpec } from '../domain/anchor-spec.ts';
import { BrokerError } from '../domain/errors.ts';
import { requestFailure } from '../domain/request-failure.ts';
import { postText } from './post-text.ts';

/**
 * Makes the anchors of a configuration. Nothing is opened or dialled before something is sent.
 *
 * @param idOf names a place.
 * @param stdout writes to standard output and resolves once it is handed on.
 */
export const openAnchors = (
  specs: readonly AnchorSpec[],
  idOf: (place: string) => PlaceId,
  stdout: (text: string) => Promise<void>,
): readonly CheckpointAnchor[] => specs.map((spec) => openAnchor(spec, idOf, stdout));

function openAnchor(
  spec: AnchorSpec,
  idOf: (place: string) => PlaceId,
  stdout: (text: string) => Promise<void>,
): CheckpointAnchor {
  switch (spec.kind) {
    case 'file':
      return anchorOf(spec.key, idOf(`file ${spec.path}`), (note) => append(spec.path, note));
    case 'stdout':
      return anchorOf(spec.key, idOf('stdout'), stdout);
    case 'webhook':
      return anchorOf(spec.key, idOf(`webhook ${spec.url}`), (note, signal) =>
        postText(spec, 'text/plain; charset=utf-8', note, signal),
      );
  }
}

function anchorOf(
  key: string,
  place: PlaceId,
  send: (note: string, signal: AbortSignal) => Promise<void>,
): CheckpointAnchor {
  return {
    ...place,
    key,
    async send(note, signal) {
      try {
        await send(note, signal);
      } catch (error) {
        const why = requestFailure(error);
        throw new BrokerError('ERR_ANCHOR_FAILED', `${key}: a checkpoint was not kept: ${why}`);
      }
    },
  };
}

/**
 * Appends to a file and syncs it, making it 0600 when there is none, on a line of its own: a killed process
 * may have left half of one. A link is not followed: whoever could put one there would have us write elsewhere.
 */
async function append(path: string, note: string): Promise<void> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  const file = await open(path, O_WRONLY | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600);
  try {
    await file.appendFile((await endsInLine(path)) ? note : `\n${note}`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether what is appended begins a line. One that cannot be read, as may be where others keep it, does. */
async function endsInLine(path: string): Promise<boolean> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => {});
  if (file === undefined) return true;
  try {
    const { size } = await file.stat();
    const last = Buffer.alloc(1, '\n');
    if (size > 0) await file.read(last, 0, 1, size - 1);
    return last.toString() === '\n';
  } finally {
    await file.close();
  }
}
