import { accessSync, constants, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { ClientFacts, ClientPlatform } from './client-facts.ts';
import { CLIENTS } from './clients.ts';

/** Where a person's clients keep their files. */
export interface ClientPlace {
  /** The home folder, absolute. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As `process.platform` names it; one we do not know is looked at as Linux. */
  readonly platform: string;
}

/** A client's file on this machine, there or not. */
export interface FoundClient {
  readonly client: ClientFacts;
  /** Absolute; as the client opens it, a link not followed. */
  readonly path: string;
  readonly exists: boolean;
  /** Whether the client seems to be here: its file, or the folder it makes. */
  readonly isInstalled: boolean;
  readonly isReadable: boolean;
  /** Whether we may write it. */
  readonly isWritable: boolean;
  /** What is wrong with the file, in words without anything it holds. */
  readonly problem?: string;
}

/**
 * Looks where every known client keeps its servers: one result for each client that has a file on
 * this system, whether or not the client is here. Nothing is opened and nothing is changed.
 */
export async function findClients(place: ClientPlace): Promise<readonly FoundClient[]> {
  return CLIENTS.flatMap((client) => findClient(client, place) ?? []);
}

/** As `findClients`, for one; `undefined` when the client has no file on this system. */
export function findClient(client: ClientFacts, place: ClientPlace): FoundClient | undefined {
  const paths = (client.files[platformOf(place)] ?? []).flatMap(
    (template) => placed(template, place) ?? [],
  );
  const path = paths.find((one) => look(one) !== undefined) ?? paths[0];
  const sign = client.sign === undefined ? undefined : placed(client.sign, place);
  return path === undefined ? undefined : foundAt(client, path, sign);
}

/** What is at a path where a client has, or had, its file. */
export function foundAt(
  client: ClientFacts,
  path: string,
  sign: string = dirname(path),
): FoundClient {
  const seen = look(path);
  const isInstalled = seen !== undefined || look(sign) !== undefined;
  if (seen === undefined) {
    return { client, path, exists: false, isInstalled, isReadable: false, isWritable: true };
  }
  const base = { client, path, exists: true, isInstalled };
  if (seen === 'broken' || !seen.isFile()) {
    const problem = seen === 'broken' ? 'cannot be looked at' : 'is not a file';
    return { ...base, isReadable: false, isWritable: false, problem };
  }
  const isReadable = may(path, constants.R_OK);
  // Root may write what its owner has made read-only; we do not.
  const isWritable = isReadable && (seen.mode & 0o222) !== 0 && may(path, constants.W_OK);
  return {
    ...base,
    isReadable,
    isWritable,
    ...(isReadable ? {} : { problem: 'may not be read by this user' }),
  };
}

/** Where a client's logs are on this system, with its variables filled in. */
export const logsOf = (client: ClientFacts, place: ClientPlace): string | undefined => {
  const template = client.logs?.[platformOf(place)];
  return template === undefined ? undefined : placed(template, place);
};

const platformOf = ({ platform }: ClientPlace): ClientPlatform =>
  platform === 'darwin' || platform === 'win32' ? platform : 'linux';

/** A template's path, `undefined` when it names a variable that is not set to an absolute path. */
function placed(template: string, { home, env }: ClientPlace): string | undefined {
  const [first = '', ...rest] = template.split('/');
  const name = first.replaceAll(/[$%]/g, '');
  const given = name === 'HOME' ? home : env[name];
  if (given !== undefined && isAbsolute(given)) return join(given, ...rest);
  if (name === 'XDG_CONFIG_HOME') return join(home, '.config', ...rest);
  if (name === 'APPDATA') return join(home, 'AppData', 'Roaming', ...rest);
  return undefined;
}

function look(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return 'broken' as const;
  }
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
