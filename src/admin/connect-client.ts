import { createHash } from 'node:crypto';
import { isGrantName } from '../authorize/grant-schema.ts';
import { BrokerError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { ProfileStore } from '../session/profile-store.ts';
import type { AdminContext } from './admin-context.ts';

/** Clients an entry can be printed for. */
export const CONNECTABLE_CLIENTS = ['claude-code', 'claude-desktop'] as const;

/** A client an entry can be printed for. */
export type ConnectableClient = (typeof CONNECTABLE_CLIENTS)[number];

/** Whether a text names a client an entry can be printed for. */
export const isConnectableClient = (text: string): text is ConnectableClient =>
  CONNECTABLE_CLIENTS.some((client) => client === text);

/**
 * The name of our entry in a client's file. At most five characters and no underscore: clients
 * prefix tool names with it and stop at 64 characters.
 */
export const ENTRY_ALIAS = 'tg';

/** How a client starts us: absolute paths, because clients have neither the shell's `PATH` nor its folder. */
export interface StartCommand {
  /** The node executable, absolute. */
  readonly node: string;
  /** The CLI's entry file, absolute. */
  readonly cli: string;
  /** The configuration, absolute. */
  readonly config: string;
}

/** A profile and the entry that makes a client use it. Neither holds a secret. */
export interface ConnectedClient {
  readonly client: ConnectableClient;
  readonly subject: string;
  readonly profile: string;
  /** Whether a revoked mark was cleared. */
  readonly wasRevoked: boolean;
  /** Whether a live grant is for this profile; otherwise the client will see no tools. */
  readonly isGranted: boolean;
  /** What goes into the client's file, `mcpServers` included. */
  readonly entry: JsonObject;
}

/** The client a profile was made for; `undefined` for a name `connect` does not give. */
export const clientOfProfile = (profile: string): ConnectableClient | undefined =>
  CONNECTABLE_CLIENTS.find((client) => profile === client || profile.startsWith(`${client}-`));

/** The subject's own profile of a client: by the client's name, unless another subject has that. */
async function ownProfileName(
  profiles: ProfileStore,
  client: ConnectableClient,
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
export function profileName(client: ConnectableClient, subject: string): string {
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
 * Makes a client's profile, or makes a revoked one anew, and the entry for the client's file.
 *
 * @throws BrokerError `ERR_USAGE` for a subject no grant can name, or when another subject's profile has the name,
 * `ERR_NOT_COMMITTED` or `ERR_STORE_*` when the event cannot be recorded: no record, no profile.
 */
export async function connectClient(
  context: AdminContext,
  client: ConnectableClient,
  subject: string,
  start: StartCommand,
): Promise<ConnectedClient> {
  if (!isGrantName(subject)) {
    throw new BrokerError('ERR_USAGE', 'no grant can name this subject', {
      hint: 'use what stands at `subject` in a grant',
    });
  }
  const name = await ownProfileName(context.profiles, client, subject);
  const known = await context.profiles.find(name);
  if (known !== undefined && known.subject !== subject) {
    throw new BrokerError('ERR_USAGE', `the profile ${name} belongs to another subject`);
  }
  const now = context.clock.now();
  await context.admission.record({
    code: 'TG2006',
    actor: context.actor,
    subject,
    client: name,
    detail: { wasRevoked: known?.revokedAt !== undefined },
  });
  await context.profiles.put({ name, subject, createdAt: now });
  const { grants } = await context.grants.snapshot(subject);
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
      mcpServers: {
        [ENTRY_ALIAS]: {
          ...(client === 'claude-code' ? { type: 'stdio' } : {}),
          command: start.node,
          args: [start.cli, 'stdio', '--profile', name, '--config', start.config],
        },
      },
    },
  };
}
