import { BrokerError } from '../domain/errors.ts';
import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { SessionRecord } from '../domain/session-record.ts';
import type { Profile } from '../session/profile-store.ts';
import type { AdminContext } from './admin-context.ts';
import { type DrainReport, drainBrokers } from './drain-brokers.ts';

/** Sessions that are out together, and how far the word has reached. */
export interface RevokedSessions {
  /** Those that could be used, or were suspended, until now; in the order they were opened. */
  readonly sessions: readonly SessionId[];
  /** Profiles that stay out until `connect` makes them anew. */
  readonly profiles: readonly string[];
  /** Live grants of the subject: they stay in force, and a new session would be under them. */
  readonly grants: readonly string[];
  readonly drain: DrainReport;
}

/**
 * Revokes every session of a subject, or every session there is, and asks live brokers to drain.
 * Profiles are shut first, so that no client comes back in between. Grants stay as they are.
 *
 * @param subject `undefined`: everybody.
 * @throws BrokerError `ERR_NOT_FOUND` for a subject nothing names, `ERR_NOT_COMMITTED`,
 * `ERR_UNREACHABLE`.
 */
export async function revokeSessions(
  context: AdminContext,
  subject: string | undefined,
): Promise<RevokedSessions> {
  const at = context.clock.now();
  const isMeant = (one: { readonly subject: string }) =>
    subject === undefined || one.subject === subject;
  const profiles = (await context.profiles.list()).filter(isMeant);
  const group = subject === undefined ? {} : { subject };
  const grants = (await context.grants.all()).filter(
    (grant) => isMeant(grant) && grant.revokedAt === undefined && grant.expiresAt > at,
  );
  if (subject !== undefined && profiles.length === 0 && grants.length === 0) {
    if ((await context.sessions.list(group)).length === 0) {
      throw new BrokerError('ERR_NOT_FOUND', `nothing names the subject ${subject}`, {
        hint: 'see `toolgrant session list --all` and `toolgrant client list`',
      });
    }
  }
  const shut: Profile[] = [];
  for (const profile of profiles) {
    if (await shutProfile(context, profile, at)) shut.push(profile);
  }
  const ended = await context.sessions.revokeAll(group, at, revocationOf(context));
  const drain = await drainBrokers(context);
  for (const profile of shut) await recordPutOut(context, profile);
  return {
    sessions: ended.filter((session) => isLive(session, at)).map(({ id }) => id),
    profiles: profiles.map(({ name }) => name).sort(),
    grants: grants.map(({ id }) => id).sort(),
    drain,
  };
}

/** Shuts a profile; `false` when it was. */
export async function shutProfile(
  context: AdminContext,
  profile: Profile,
  at: number,
): Promise<boolean> {
  if (profile.revokedAt !== undefined) return false;
  await context.profiles.put({ ...profile, revokedAt: at });
  return true;
}

/**
 * Records that a profile was shut, where no event of a session says so. Afterwards: a store that fails
 * must not keep anybody in.
 */
export const recordPutOut = (
  { admission, actor }: AdminContext,
  { subject, name }: Profile,
): Promise<unknown> =>
  admission.record({ code: 'TG2007', actor, subject, client: name, detail: { why: 'revoked' } });

/** The event of each session that ends with others. */
export const revocationOf =
  ({ actor }: AdminContext) =>
  ({ id, subject, client }: SessionRecord): EventDraft => ({
    code: 'TG2003',
    actor,
    session: id,
    subject,
    ...(client === undefined ? {} : { client }),
  });

/** Whether a session can be used at `at`, or could once it is resumed. */
export const isLive = ({ state, expiresAt }: SessionRecord, at: number): boolean =>
  at < expiresAt && (state === 'active' || state === 'suspended');
