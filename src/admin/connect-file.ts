import type { ClientId } from '../domain/client-ids.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Profile } from '../session/profile-store.ts';
import type { AdminContext } from './admin-context.ts';
import type { ClientFiles, EntryChange, OwnEntry } from './client-files.ts';
import {
  type ConnectedClient,
  connectClient,
  plannedProfile,
  type StartCommand,
} from './connect-client.ts';

/** What `connect` is asked. */
export interface ConnectRequest {
  readonly client: ClientId;
  readonly subject: string;
  readonly start: StartCommand;
  /** `http`: over HTTP, with a token from `headersHelper` or the environment, as the client can. */
  readonly way: 'stdio' | 'http';
  /** Whether a person sits at the client: `connectClient`. */
  readonly isInteractive?: boolean;
  /** A command as a shell reads it back; for `headersHelper`. */
  readonly asShell: (words: readonly string[]) => string;
  /** Names of servers to take out of the client's file in the same write. */
  readonly moveOut?: readonly string[];
}

/** A client whose file has our entry. */
export interface ConnectedFile extends ConnectedClient {
  readonly change: EntryChange;
}

/**
 * Makes a client's profile and writes our entry into the client's file: the profile first, then the
 * entry. A file that cannot be edited is found out before anything is made; if writing fails all the
 * same, the profile goes back to what it was, or out: no live profile is left that was not there.
 *
 * @throws BrokerError as `connectClient` and `ClientFiles.connect`.
 */
export async function connectFile(
  context: AdminContext,
  files: ClientFiles,
  request: ConnectRequest,
): Promise<ConnectedFile> {
  const { client, subject, start, moveOut = [] } = request;
  await previewConnect(context, files, request);
  const name = await plannedProfile(context, client, subject);
  const known = await context.profiles.find(name);
  const connected = await connectClient(context, client, subject, start, request.isInteractive);
  const entry = entryFor(files, request, name);
  try {
    await context.admission.record({
      code: 'TG2008',
      actor: context.actor,
      subject,
      client: name,
      detail: { client, file: files.summary(client).path ?? '', movedOut: moveOut },
    });
    return {
      ...connected,
      entry,
      change: await files.connect(client, entry, { moveOut, profile: name }),
    };
  } catch (error) {
    await takeBack(context, connected, known);
    throw error;
  }
}

/** What `connectFile` would do; nothing is made, written or recorded. Throws as it would. */
export async function previewConnect(
  context: AdminContext,
  files: ClientFiles,
  request: ConnectRequest,
): Promise<{ readonly profile: string; readonly entry: OwnEntry; readonly change: EntryChange }> {
  const profile = await plannedProfile(context, request.client, request.subject);
  const entry = entryFor(files, request, profile);
  const { moveOut = [] } = request;
  return {
    profile,
    entry,
    change: await files.connect(request.client, entry, { moveOut, isDryRun: true }),
  };
}

/**
 * The entry a request asks for.
 *
 * @throws BrokerError `ERR_USAGE` when the client, or this configuration, cannot do HTTP.
 */
export function entryFor(files: ClientFiles, request: ConnectRequest, profile: string): OwnEntry {
  const { client, start, way, asShell } = request;
  const rest = ['--profile', profile, '--config', start.config];
  if (way === 'stdio') {
    return { kind: 'stdio', command: start.node, args: [start.cli, 'stdio', ...rest] };
  }
  const { httpToken, title } = files.summary(client);
  if (httpToken === undefined) {
    throw new BrokerError('ERR_USAGE', `${title} cannot be given a token for HTTP`, {
      hint: 'leave out --http: it then starts the broker itself',
    });
  }
  if (files.brokerUrl === undefined) {
    throw new BrokerError('ERR_USAGE', 'the address of the broker is not fixed', {
      hint: 'give `listen` a port other than 0 in the configuration',
    });
  }
  const { brokerUrl: url } = files;
  if (httpToken === 'environment') return { kind: 'http', url };
  const helper = asShell([start.node, start.cli, 'token', ...rest, '--header']);
  return { kind: 'http', url, headersHelper: helper };
}

/** Fails closed: if even this cannot be recorded, the profile is put out without a record. */
async function takeBack(
  context: AdminContext,
  connected: ConnectedClient,
  known: Profile | undefined,
): Promise<void> {
  const isLive = known !== undefined && known.revokedAt === undefined;
  if (isLive) return;
  const { profile: name, subject } = connected;
  const now = context.clock.now();
  await context.profiles.put({
    name,
    subject,
    createdAt: known?.createdAt ?? now,
    revokedAt: known?.revokedAt ?? now,
  });
  await context.admission
    .record({
      code: 'TG2007',
      actor: context.actor,
      subject,
      client: name,
      detail: { why: 'entry_not_written' },
    })
    .catch(() => undefined);
}
