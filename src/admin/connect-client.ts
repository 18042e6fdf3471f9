import { createHash } from 'node:crypto';
import { isGrantName } from '../authorize/grant-schema.ts';
import { CLIENT_IDS, type ClientId } from '../domain/client-ids.ts';
import { BrokerError } from '../domain/errors.ts';
import type { ProfileStore } from '../session/profile-store.ts';
import type { AdminContext } from './admin-context.ts';
import type { OwnEntry } from './client-files.ts';

/** How a client starts us: absolute paths, because clients have neither the shell's `PATH` nor its folder. */
export interface StartCommand {
  /** The node executable, absolute. */
  readonly node: string;
  /** The CLI's entry file, absolute. */
  readonly cli: string;
  /** The configuration, absolute. */
  readonly config: string;
}

/** A profile and the entry that makes a client start us with it. Neither holds a secret. */
export interface ConnectedClient {
  readonly client: ClientId;
  readonly subject: string;
  readonly profile: string;
  /** Whether a revoked mark was cleared. */
  readonly wasRevoked: boolean;
  /** Whether a live grant is for this profile; otherwise the client will see no tools. */
  readonly isGranted: boolean;
  /** What goes into the client's file. */
  readonly entry: OwnEntry;
}

/** The client a profile was made for; `undefined` for a name `connect` does not give. */
export const clientOfProfile = (profile: string): ClientId | undefined =>
  CLIENT_IDS.find((client) => profile === client || profile.startsWith(`${client}-`));

/** The subject's own profile of a client: by the client's name, unless another subject has that. */
async function ownProfileName(
  profiles: ProfileStore,
  client: ClientId,
  subject: string,
): Promise<string> {
  const known = await profiles.find(client);
  return known === undefined || known.subject === subject ? client : profileName(client, subject);
}

/**
 * A further subject's profile of a client: `<client>-<subject>`, in `[a-z0-9-]` and at most 48
 * characters. A subject that does not fit gets a short hash, so that `alice.b` and `alice-b` never
 * share a profile.
 */
export function profileName(client: ClientId, subject: string): string {
  const exact = `${client}-${subject}`;
  if (/^[a-z0-9][a-z0-9-]{0,47}$/.test(exact)) return exact;
  const hash = createHash('sha256').update(exact).digest('hex').slice(0, 8);
  const slug = exact
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 39)
    .replace(/-+$/, '');
  return `${slug}-${hash}`;
}

/**
 * The name of the profile `connectClient` makes, or makes anew.
 *
 * @throws BrokerError `ERR_USAGE` for a subject no grant can name, or when another subject's profile has the name.
 */
export async function plannedProfile(
  context: AdminContext,
  client: ClientId,
  subject: string,
): Promise<string> {
  if (!isGrantName(subject)) {
    throw new BrokerError('ERR_USAGE', 'no grant can name this subject', {
      hint: 'use what stands at `subject` in a grant',
    });
  }
  const name = await ownProfileName(context.profiles, client, subject);
  const known = await context.profiles.find(name);
  if (known === undefined || known.subject === subject) return name;
  throw new BrokerError('ERR_USAGE', `the profile ${name} belongs to another subject`);
}

/**
 * Makes a client's profile, or makes a revoked one anew, and the entry for the client's file.
 *
 * @param isInteractive whether a person sits at the client and may approve there what rules leave to it;
 * said anew each time.
 * @throws BrokerError as `plannedProfile`, and `ERR_NOT_COMMITTED` or `ERR_STORE_*` when the event
 * cannot be recorded: no record, no profile.
 */
export async function connectClient(
  context: AdminContext,
  client: ClientId,
  subject: string,
  start: StartCommand,
  isInteractive = false,
): Promise<ConnectedClient> {
  const name = await plannedProfile(context, client, subject);
  const known = await context.profiles.find(name);
  const now = context.clock.now();
  await context.admission.record({
    code: 'TG2006',
    actor: context.actor,
    subject,
    client: name,
    detail: {
      wasRevoked: known?.revokedAt !== undefined,
      ...(isInteractive ? { interactive: true } : {}),
    },
  });
  await context.profiles.put({
    name,
    subject,
    createdAt: now,
    ...(isInteractive ? { isInteractive } : {}),
  });
  const { grants } = context.grants.snapshot(subject);
  return {
    client,
    subject,
    profile: name,
    wasRevoked: known?.revokedAt !== undefined,
    isGranted: grants.some(
      (grant) =>
        grant.expiresAt > now && (grant.clients === undefined || grant.clients.includes(name)),
    ),
    entry: {
      kind: 'stdio',
      command: start.node,
      args: [start.cli, 'stdio', '--profile', name, '--config', start.config],
    },
  };
}
