import type { ClientId } from '../domain/client-ids.ts';
import { member, stringMember } from '../domain/json.ts';
import type { ClientFacts } from './client-facts.ts';
import { readClientFile } from './client-file.ts';
import type { FoundClient } from './find-clients.ts';
import { parseClientText } from './parse-client-text.ts';
import { type ImportedEntry, isOurEntry, objectAt, readEntry } from './read-entry.ts';

/** A tool server somebody gave a client. Its entry holds their secrets: it is never printed whole. */
export interface ImportedServer {
  readonly client: ClientId;
  readonly path: string;
  /** As the client's file names it: anything, of any length. */
  readonly name: string;
  readonly entry: ImportedEntry;
  /** Whether the entry is this broker's own. */
  readonly isOurs: boolean;
  /** Whether the client has it switched off. */
  readonly isDisabled: boolean;
  /** What only the client can supply: the entry will not work as it is. */
  readonly problem?: string;
}

/** Servers of one client's file, and what was left out and why. */
export interface ClientServers {
  readonly servers: readonly ImportedServer[];
  /** Whole sentences that name the file and the entry, never a value. */
  readonly problems: readonly string[];
}

/**
 * Reads the servers of one client, leniently: an entry that is strange is named and left out, and
 * costs no other entry. Nothing is changed and nothing is thrown.
 */
export async function readServers(found: FoundClient): Promise<ClientServers> {
  if (!found.exists) return { servers: [], problems: [] };
  const file = readClientFile(found.path);
  if ('problem' in file) return { servers: [], problems: [`${found.path} ${file.problem}`] };
  return serversIn(found, file.text);
}

/** As `readServers`, from the file's text. */
export function serversIn({ client, path }: FoundClient, text: string): ClientServers {
  const parsed = parseClientText(client.format, text);
  if ('problem' in parsed) return { servers: [], problems: [`${path} ${parsed.problem}`] };
  const servers: ImportedServer[] = [];
  const problems: string[] = [];
  for (const [name, raw] of entriesIn(parsed.value, client)) {
    const read = readEntry(raw, client.dialect);
    const isOurs = isOurEntry(raw, client.dialect);
    if ('leftOut' in read) problems.push(`${path}: ${name} ${read.leftOut}`);
    else servers.push({ client: client.id, path, name, isOurs, ...read });
  }
  return { servers, problems };
}

/**
 * Servers a client's file keeps for work in one folder alone, `NAME in FOLDER`, ours aside. They are
 * not taken over: a name stands for something else in each folder.
 */
export function folderServers({ client, path, exists }: FoundClient): readonly string[] {
  const { folders, format, key, dialect } = client;
  if (folders === undefined || !exists) return [];
  const file = readClientFile(path);
  const parsed = 'problem' in file ? file : parseClientText(format, file.text);
  if ('problem' in parsed) return [];
  return Object.entries(objectAt(parsed.value, [folders]) ?? {}).flatMap(([folder, inner]) =>
    Object.entries(objectAt(inner, key) ?? {})
      .filter(([, raw]) => !isOurEntry(raw, dialect))
      .map(([name]) => `${name} in ${folder}`),
  );
}

/** The entries by name: of an object its members, of a list its items that have a `name`. */
function entriesIn(value: unknown, client: ClientFacts): (readonly [string, unknown])[] {
  if (client.dialect === 'list') {
    const list = client.key.reduce<unknown>((at, key) => member(at, key), value);
    return (Array.isArray(list) ? list : []).map((item, index) => [
      stringMember(item, 'name') ?? `number ${index + 1}`,
      item,
    ]);
  }
  return Object.entries(objectAt(value, client.key) ?? {});
}

/** The names of all entries of a text, those that could not be read too; none of a broken text. */
export function namesIn(client: ClientFacts, text: string): readonly string[] {
  const parsed = parseClientText(client.format, text);
  return 'problem' in parsed ? [] : entriesIn(parsed.value, client).map(([name]) => name);
}
