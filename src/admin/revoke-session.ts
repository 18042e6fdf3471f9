import type { SessionId } from '../domain/ids.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { Profile } from '../session/profile-store.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';
import { findSession, otherActive } from './list-sessions.ts';
import { recordPutOut, shutProfile } from './revoke-sessions.ts';

/** A session that is out, and how far the word has reached. */
export interface RevokedSession {
  readonly id: SessionId;
  readonly subject: string;
  /** Whether it was already revoked or expired; nothing was written then, brokers were asked again. */
  readonly wasEnded: boolean;
  /** Profile that stays out until `connect` makes it anew. */
  readonly profile?: string;
  /** Other sessions of the same subject and client that are still usable. */
  readonly alsoActive: readonly SessionId[];
  readonly drain: DrainReport;
}

/**
 * Revokes a session and asks live brokers to drain. The profile it was opened by is shut first: a
 * client restarted in between must not come back with a new session.
 *
 * @throws BrokerError `ERR_USAGE`, `ERR_NOT_FOUND`, `ERR_NOT_COMMITTED`, `ERR_UNREACHABLE`.
 */
export async function revokeSession(context: AdminContext, id: string): Promise<RevokedSession> {
  const session = await findSession(context, id);
  const at = context.clock.now();
  const { profile, shut } = await shutItsProfile(context, session, at);
  const before = await context.sessions.end(session.id, 'revoked', at, {
    code: 'TG2003',
    actor: context.actor,
    session: session.id,
    subject: session.subject,
    ...(session.client === undefined ? {} : { client: session.client }),
    ...(profile === undefined ? {} : { detail: { profile } }),
  });
  const drain = await drainBrokers(context);
  const wasEnded = before?.state === 'revoked' || before?.state === 'expired';
  if (shut !== undefined && wasEnded) await recordPutOut(context, shut);
  return {
    id: session.id,
    subject: session.subject,
    wasEnded,
    ...(profile === undefined ? {} : { profile }),
    alsoActive: await otherActive(context, session, at),
    drain,
  };
}

async function shutItsProfile(
  context: AdminContext,
  session: SessionRecord,
  at: number,
): Promise<{ readonly profile?: string; readonly shut?: Profile }> {
  if (session.client === undefined) return {};
  const profile = await context.profiles.find(session.client);
  if (profile === undefined || profile.subject !== session.subject) return {};
  // A profile made anew after this session had ended is a later decision of an admin.
  const isLater = session.endedAt !== undefined && profile.createdAt > session.endedAt;
  if (isLater) return {};
  const isShutNow = await shutProfile(context, profile, at);
  return { profile: profile.name, ...(isShutNow ? { shut: profile } : {}) };
}
