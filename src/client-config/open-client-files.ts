import type { ClientFiles } from '../admin/client-files.ts';
import { ENTRY_ALIAS } from '../admin/client-files.ts';
import type { ClientId } from '../domain/client-ids.ts';
import { BrokerError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import type { ClientFacts } from './client-facts.ts';
import { CLIENTS } from './clients.ts';
import { connectEntry } from './connect-entry.ts';
import { connectedClients, disconnectEntry } from './disconnect-entry.ts';
import { pasted } from './entry-text.ts';
import { type ClientPlace, type FoundClient, findClient, logsOf } from './find-clients.ts';
import { spellEntry } from './spell-entry.ts';

/** What the files of clients are opened with. */
export interface ClientFilesOptions {
  readonly place: ClientPlace;
  /** Where originals are kept, below the state directory; absolute. */
  readonly backupDir: string;
  readonly brokerUrl: string | undefined;
}

/** Opens the files of this person's clients. Nothing is read before it is asked for. */
export function openClientFiles(options: ClientFilesOptions): ClientFiles {
  const { place, backupDir, brokerUrl } = options;

  const fileOf = (id: ClientId): FoundClient => {
    const client = factsOf(id);
    const found = findClient(client, place);
    if (found !== undefined && client.connect !== 'print-only') return found;
    throw new BrokerError('ERR_CONFIG', `${client.title} has no file that is edited here`, {
      hint: client.note ?? `run \`toolgrant connect ${id} --print\` and paste the entry`,
    });
  };

  return {
    brokerUrl,
    summary(id) {
      const client = factsOf(id);
      const { title, needsRestart, connect, note } = client;
      const logs = logsOf(client, place);
      const isHttp = connect === 'http-env' || connect === 'http-headers-helper';
      return {
        id,
        title,
        path: findClient(client, place)?.path,
        httpToken: !isHttp ? undefined : connect === 'http-env' ? 'environment' : 'helper',
        needsRestart,
        ...(connect === 'print-only' ? { notEditable: note ?? 'its file is not edited' } : {}),
        ...(logs === undefined ? {} : { logs }),
      };
    },
    spell(id, entry) {
      const client = factsOf(id);
      const own = spellEntry(client, entry);
      const inner = client.dialect === 'list' ? [own] : { [ENTRY_ALIAS]: own };
      const value = client.key.reduceRight<unknown>((at, key) => ({ [key]: at }), inner);
      const text =
        client.dialect === 'list' ? undefined : pasted(client, ENTRY_ALIAS, own).trimEnd();
      return { value: value as JsonObject, text: text ?? JSON.stringify(value, null, 2) };
    },
    connect: (id, entry, how) => connectEntry(fileOf(id), entry, backupDir, how),
    async disconnect(id, how) {
      const known = connectedClients(backupDir).filter(({ client }) => client.id === id);
      const current = fileOf(id);
      const files = known.some(({ path }) => path === current.path) ? known : [...known, current];
      const changes = [];
      for (const file of files) changes.push(await disconnectEntry(file, backupDir, how));
      return changes;
    },
    connected: () => [...new Set(connectedClients(backupDir).map(({ client }) => client.id))],
  };
}

function factsOf(id: ClientId): ClientFacts {
  const client = CLIENTS.find((one) => one.id === id);
  if (client === undefined) throw new Error(`no facts of ${id}`);
  return client;
}
