import { newSessionId, newTokenId } from '../domain/ids.ts';
import type { CredentialReason } from '../domain/reasons.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import { sessionExpiry } from '../session/session-life.ts';
import type { AdminContext } from './admin-context.ts';
import { openForClient } from './open-for-client.ts';

/** How a profile's session is used. */
export interface ProfileUse {
  /** Absent when the one who gets its token decides. */
  readonly transport?: 'stdio';
  /** The key its token is going to be signed with; absent when none is handed out. */
  readonly keyId?: string;
  /** Milliseconds; 8 hours when absent, at most 24. */
  readonly lifeMs?: number;
}

/**
 * Opens the session a profile gets at each start, or says why it gets none: what was revoked or
 * suspended is not reopened by restarting a client.
 *
 * A subject without a live grant still gets its session: it sees no tool until there is one.
 *
 * @throws BrokerError `ERR_STATE_UNSAFE`, `ERR_NOT_COMMITTED`.
 */
export async function openProfileSession(
  context: Pick<AdminContext, 'profiles' | 'grants' | 'sessions' | 'clock' | 'entropy' | 'actor'>,
  name: string,
  use: ProfileUse,
): Promise<SessionRecord | { readonly refused: CredentialReason }> {
  const profile = await context.profiles.find(name);
  if (profile === undefined) return { refused: 'profile_unknown' };
  if (profile.revokedAt !== undefined) return { refused: 'profile_revoked' };
  const now = context.clock.now();
  const { grants } = context.grants.snapshot(profile.subject);
  const live = grants
    .filter(({ clients, expiresAt }) => expiresAt > now && (clients?.includes(name) ?? true))
    .map(({ expiresAt }) => expiresAt);
  const session: SessionRecord = {
    id: newSessionId(context.entropy),
    subject: profile.subject,
    client: profile.name,
    ...(profile.isInteractive === true ? { isInteractive: true } : {}),
    tokenId: newTokenId(context.entropy),
    ...(use.keyId === undefined ? {} : { keyId: use.keyId }),
    openedAt: now,
    expiresAt: sessionExpiry(now, use.lifeMs, live.length === 0 ? undefined : Math.max(...live)),
    state: 'active',
    calls: 0,
  };
  const refused = await openForClient(context, session, {
    code: 'TG2002',
    actor: context.actor,
    session: session.id,
    subject: session.subject,
    client: profile.name,
    ...(use.transport === undefined ? {} : { transport: use.transport }),
    detail: {
      expiresAt: session.expiresAt,
      ...(profile.isInteractive === true ? { interactive: true } : {}),
      ...(use.keyId === undefined ? {} : { tokenId: session.tokenId, keyId: use.keyId }),
    },
  });
  return refused === undefined ? session : { refused };
}
