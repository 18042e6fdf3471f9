import type { EventDraft } from '../domain/event.ts';
import type { CredentialReason } from '../domain/reasons.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { NotOpened } from '../session/session-store.ts';
import type { AdminContext } from './admin-context.ts';

/** Why a client gets no session. */
export type ClientRefusal = Extract<
  CredentialReason,
  'profile_revoked' | 'profile_suspended' | 'halted' | 'key_revoked'
>;

const REFUSED: Readonly<Record<NotOpened, ClientRefusal>> = {
  client_suspended: 'profile_suspended',
  halted: 'halted',
  key_revoked: 'key_revoked',
};

/**
 * Opens a session unless its client is out, or everything is halted: the one way to open any, so that
 * what was revoked or suspended comes back neither by restarting a client nor through another kind of
 * session.
 *
 * @throws BrokerError `ERR_STATE_UNSAFE`, `ERR_NOT_COMMITTED`.
 */
export async function openForClient(
  context: Pick<AdminContext, 'profiles' | 'sessions' | 'clock' | 'actor'>,
  session: SessionRecord,
  event: EventDraft,
): Promise<ClientRefusal | undefined> {
  const { client } = session;
  const profile = client === undefined ? undefined : await context.profiles.find(client);
  if (profile?.revokedAt !== undefined) return 'profile_revoked';
  const refused = await context.sessions.open(session, event, profile?.createdAt);
  if (refused !== undefined) return REFUSED[refused];
  if (client === undefined || profile === undefined) return undefined;
  // Attack: a start that races the revocation of this client. The profile is shut before its
  // sessions are, so a session opened meanwhile is found here.
  const since = await context.profiles.find(client);
  if (since !== undefined && since.revokedAt === undefined) return undefined;
  await context.sessions.end(session.id, 'revoked', context.clock.now(), {
    code: 'TG2003',
    actor: context.actor,
    client,
  });
  return 'profile_revoked';
}
