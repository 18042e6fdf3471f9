import type { SessionId } from '../domain/ids.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { findClient } from './list-clients.ts';
import { isLive, revocationOf, shutProfile } from './revoke-sessions.ts';

/** A client that is out, and how far the word has reached. */
export interface RevokedClient {
  readonly name: string;
  readonly subject: string;
  /** Whether its profile was shut before. */
  readonly wasRevoked: boolean;
  /** Sessions that could be used, or were suspended, until now; in the order they were opened. */
  readonly sessions: readonly SessionId[];
  readonly drain: DrainReport;
}

/**
 * Revokes a client and asks live brokers to drain: its profile is shut, then every session of it ends.
 * It stays out until `connect` makes it anew.
 *
 * @throws BrokerError `ERR_NOT_FOUND`, `ERR_NOT_COMMITTED`, `ERR_UNREACHABLE`.
 */
export async function revokeClient(context: AdminContext, name: string): Promise<RevokedClient> {
  const { profile } = await findClient(context, name);
  const { subject } = profile;
  const at = context.clock.now();
  await shutProfile(context, profile, at);
  const ended = await context.sessions.revokeAll(
    // Whoever opened them: `session open --client` may have named another subject.
    { client: name },
    at,
    revocationOf(context),
    { code: 'TG2013', actor: context.actor, subject, client: name },
  );
  return {
    name,
    subject,
    wasRevoked: profile.revokedAt !== undefined,
    sessions: ended.filter((session) => isLive(session, at)).map(({ id }) => id),
    drain: await drainBrokers(context),
  };
}
