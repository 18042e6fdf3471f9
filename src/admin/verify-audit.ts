import { parseNotes } from '../audit/signed-note.ts';
import { type VerifyReport, verifyAudit as verify } from '../audit/verify.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Checkpoint } from '../domain/event.ts';
import { isJsonObject } from '../domain/json.ts';
import type { AdminContext } from './admin-context.ts';
import { lostAnchor } from './check-anchor.ts';

/**
 * Proves the log against itself, its local anchor, and checkpoints kept elsewhere. Reads a page at a time.
 *
 * @param onProgress is told how many events were read so far.
 * @param from the first event that is read; what came before it is taken as it is.
 */
export async function verifyAudit(
  context: AdminContext,
  outside: readonly Checkpoint[],
  onProgress: (events: number) => void,
  from?: number,
): Promise<VerifyReport> {
  const { kid, publicJwk } = await context.keys.checkpointKey();
  const report = await verify(context.events, {
    publicKey: (asked) => (asked === kid ? publicJwk : undefined),
    outside,
    onProgress,
    ...(from === undefined ? {} : { from }),
  });
  const lost = await lostAnchor(context);
  if (lost === undefined) return report;
  const message = 'the local anchor names it, and this database, or state of it, does not hold it';
  return {
    ...report,
    ok: false,
    problems: [...report.problems, { seq: lost.seq, message }],
    problemCount: report.problemCount + 1,
  };
}

/**
 * Reads checkpoints as `audit checkpoint` printed them and anchors keep them: notes, whatever stands
 * between them; or as JSON one, an array, or several one after another.
 *
 * @throws BrokerError `ERR_USAGE` for a text that holds none, or anything else besides.
 */
export function parseCheckpoints(text: string): readonly Checkpoint[] {
  const notes = parseNotes(text);
  if (notes.length > 0) return notes;
  const values = [...wholeOrMany(text)].flat();
  if (values.length === 0 || !values.every(isCheckpoint)) {
    throw new BrokerError('ERR_USAGE', 'the file does not hold a checkpoint', {
      hint: 'keep what `toolgrant audit checkpoint` prints',
    });
  }
  return values;
}

function wholeOrMany(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    // Appended to one file: objects follow each other without a comma.
    try {
      const joined: unknown = JSON.parse(`[${text.trim().replace(/\}\s*\{/g, '},{')}]`);
      return Array.isArray(joined) ? joined : [];
    } catch {
      return [];
    }
  }
}

const isCheckpoint = (value: unknown): value is Checkpoint =>
  isJsonObject(value) &&
  ['chain', 'hash', 'kid', 'signature'].every((name) => typeof value[name] === 'string') &&
  ['seq', 'at'].every((name) => Number.isSafeInteger(value[name]));
