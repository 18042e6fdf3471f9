import { verifyAudit as verify } from '../audit/verify.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';

/** What a backup holds. */
export interface BackedUp {
  readonly events: number;
  /** The newest event in it. */
  readonly lastSeq: number;
}

/**
 * Copies the database while brokers run, and proves the copy before it is put in its place. What is wrong
 * with a log is wrong with its copy: then there is none.
 *
 * @param path absolute; nothing is there.
 * @param onProgress is told how many events were read so far.
 * @throws BrokerError `ERR_USAGE`, `ERR_STORE_CORRUPT`, `ERR_STORE_FAILED`.
 */
export async function backupAudit(
  { upkeep, keys }: AdminContext,
  path: string,
  onProgress: (events: number) => void,
): Promise<BackedUp> {
  const { kid, publicJwk } = await keys.checkpointKey();
  const copy = await upkeep.copy(path);
  let report: Awaited<ReturnType<typeof verify>>;
  try {
    report = await verify(copy.events, {
      publicKey: (asked) => (asked === kid ? publicJwk : undefined),
      onProgress,
    });
    const [first] = report.problems;
    if (first !== undefined) {
      throw new BrokerError(
        'ERR_STORE_CORRUPT',
        `no backup was made: event ${first.seq}: ${first.message}`,
        { hint: 'see `toolgrant audit verify`, and keep a copy of the whole state directory' },
      );
    }
  } catch (error) {
    await copy.discard();
    throw error;
  }
  await copy.keep();
  return { events: report.events, lastSeq: report.lastSeq };
}
