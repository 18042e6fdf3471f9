import { formatInstant, markRevoked } from '../authorize/format-grant.ts';
import { BrokerError } from '../domain/errors.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { grantIdEvent } from './grant-event.ts';
import { parseGrantFiles } from './plan-grants.ts';

/** A grant that is out, and how far the word has reached. */
export interface RevokedGrant {
  readonly id: string;
  readonly subject: string;
  /** Whether it was revoked before; nothing was written then, brokers were asked again. */
  readonly wasRevoked: boolean;
  /** The file now marked `revoked:`. */
  readonly markedFile?: string;
  /** Why its file could not be marked; the revocation stands. */
  readonly markFailure?: string;
  readonly drain: DrainReport;
}

/**
 * Revokes a grant for good and asks live brokers to drain. The tombstone is in the database; marking
 * the file is a courtesy to its readers and comes last.
 *
 * @throws BrokerError `ERR_NOT_FOUND` for an id that was never applied, `ERR_NOT_COMMITTED`,
 * `ERR_UNREACHABLE`.
 */
export async function revokeGrant(context: AdminContext, id: string): Promise<RevokedGrant> {
  const record = (await context.grants.all()).find((grant) => grant.id === id);
  if (record === undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `no grant ${id} is in force`, {
      hint: 'see `toolgrant grant list`; a file that was never applied can just be deleted',
    });
  }
  const at = context.clock.now();
  const wasRevoked = record.revokedAt !== undefined;
  if (!wasRevoked) {
    const event = grantIdEvent(context, 'TG3003', record);
    await context.grants.change([{ kind: 'revoke', id, event }], at);
  }
  const drain = await drainBrokers(context);
  return {
    id,
    subject: record.subject,
    wasRevoked,
    ...(await mark(context, id, record.revokedAt ?? at)),
    drain,
  };
}

async function mark(
  context: AdminContext,
  id: string,
  at: number,
): Promise<{ readonly markedFile?: string; readonly markFailure?: string }> {
  try {
    const found = parseGrantFiles(await context.grantFiles.read()).find(
      ({ parsed }) => parsed.ok && parsed.document.id === id,
    );
    if (found === undefined || !found.parsed.ok) return {};
    if (found.parsed.markedRevoked !== undefined) return { markedFile: found.file };
    const marked = markRevoked(found.text, formatInstant(at));
    if (marked === found.text) {
      return { markFailure: `${found.file} could not be marked as revoked` };
    }
    await context.grantFiles.replace(found.file, marked);
    return { markedFile: found.file };
  } catch (error) {
    return { markFailure: error instanceof BrokerError ? error.message : 'the file is as it was' };
  }
}
