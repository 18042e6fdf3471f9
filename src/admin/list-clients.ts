import { BrokerError } from '../domain/errors.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { Profile } from '../session/profile-store.ts';
import type { AdminContext } from './admin-context.ts';
import { isLive } from './revoke-sessions.ts';

/** A client: a profile, and what its sessions say of it. */
export interface ClientView {
  readonly profile: Profile;
  /** `suspended` while a session of it is: it opens none until that is resumed. */
  readonly state: 'active' | 'suspended' | 'revoked';
  /** Sessions that can be used, or could once they are resumed; in the order they were opened. */
  readonly live: readonly SessionRecord[];
  /** The session opened last. */
  readonly last?: SessionRecord;
}

/** Every client, ordered by name. */
export async function listClients(
  context: AdminContext,
  subject?: string,
): Promise<readonly ClientView[]> {
  const profiles = await context.profiles.list();
  const meant = profiles.filter((one) => subject === undefined || one.subject === subject);
  const views = await Promise.all(meant.map((profile) => viewOf(context, profile)));
  return views.sort((a, b) => (a.profile.name < b.profile.name ? -1 : 1));
}

/**
 * One client.
 *
 * @throws BrokerError `ERR_NOT_FOUND`.
 */
export async function findClient(context: AdminContext, name: string): Promise<ClientView> {
  const profile = await context.profiles.find(name);
  if (profile === undefined) {
    throw new BrokerError('ERR_NOT_FOUND', `no client ${name}`, {
      hint: 'see `toolgrant client list`',
    });
  }
  return viewOf(context, profile);
}

async function viewOf(context: AdminContext, profile: Profile): Promise<ClientView> {
  const { subject, name, createdAt, revokedAt } = profile;
  const sessions = await context.sessions.list({ client: name });
  const last = sessions.at(-1);
  const isHeld = sessions.some(
    (one) =>
      one.subject === subject && one.state === 'suspended' && (one.endedAt ?? 0) >= createdAt,
  );
  return {
    profile,
    state: revokedAt !== undefined ? 'revoked' : isHeld ? 'suspended' : 'active',
    live: sessions.filter((session) => isLive(session, context.clock.now())),
    ...(last === undefined ? {} : { last }),
  };
}
