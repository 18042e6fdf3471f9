import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type ConnectOptions,
  ENTRY_ALIAS,
  type EntryChange,
  type OwnEntry,
} from '../admin/client-files.ts';
import { BrokerError } from '../domain/errors.ts';
import {
  type Connection,
  type ConnectionStore,
  hashOf,
  openConnections,
} from './connection-store.ts';
import { entryOf, withEntry, withoutEntry } from './entry-text.ts';
import { withFileLock } from './file-lock.ts';
import type { FoundClient } from './find-clients.ts';
import { namesIn } from './read-servers.ts';
import { makeFolders, openTarget, removeEmpty, replaceTarget, targetOf } from './replace-file.ts';
import { spellEntry } from './spell-entry.ts';
import { ownEntryIn, textWithoutUs } from './text-without-us.ts';

/**
 * Writes our one entry into a client's file, in place of an earlier one of ours. Every byte that is
 * not the entry's stays as it was; the file as it would be without us is kept below `backupDir`.
 *
 * @param backupDir folder of the state directory that keeps originals, absolute; made when missing.
 * @throws BrokerError `ERR_CONFIG` for a file we cannot or may not edit, `ERR_USAGE` when another
 * server has our name, `ERR_NOT_COMMITTED` when the file changed meanwhile. The file is then as it was.
 */
export async function connectEntry(
  found: FoundClient,
  entry: OwnEntry,
  backupDir: string,
  options: ConnectOptions = {},
): Promise<EntryChange> {
  assertEditable(found);
  const store = openConnections(backupDir);
  const target = targetOf(found.path);
  if (options.isDryRun === true) {
    const { change } = plan(found, target, entry, store, options);
    return { ...change, backup: undefined };
  }
  const madeFolders = makeFolders(dirname(target));
  const write = () => {
    const { opened, known, connection, change } = plan(found, target, entry, store, options);
    // First the record, then the file: an entry without a record could not be taken out without a trace.
    store.put(
      { ...connection, madeFolders: [...connection.madeFolders, ...madeFolders] },
      change.before,
    );
    try {
      if (change.after !== change.before) replaceTarget(opened, change.after);
    } catch (error) {
      if (known === undefined) store.remove(connection, false);
      else store.put(known, undefined);
      throw error;
    }
    return { ...change, backup: store.backupOf(found.client.id, found.path) };
  };
  try {
    return await withFileLock(target, write);
  } catch (error) {
    removeEmpty(madeFolders);
    throw error;
  }
}

/** Which servers a change brings and takes; one of equal name that changes is both. */
export function namesChanged(
  client: FoundClient['client'],
  before: string | undefined,
  after: string | undefined,
): Pick<EntryChange, 'added' | 'removed'> {
  const entries = (text = '') =>
    namesIn(client, text).map((name) => ({
      name,
      value: entryOf({ client, path: '', text }, name),
    }));
  const [old, now] = [entries(before), entries(after)];
  const missing = (from: typeof old, there: typeof old) =>
    from
      .filter((one) => !there.some((other) => isDeepStrictEqual(one, other)))
      .map(({ name }) => name);
  return { added: missing(now, old), removed: missing(old, now) };
}

/** @throws BrokerError `ERR_CONFIG` for a client whose file we do not edit. */
export function assertEditable({ client }: FoundClient): void {
  if (client.connect !== 'print-only') return;
  throw new BrokerError('ERR_CONFIG', `the file of ${client.title} is not one we edit`, {
    hint: `run \`toolgrant connect ${client.id} --print\``,
  });
}

function plan(
  found: FoundClient,
  target: string,
  entry: OwnEntry,
  store: ConnectionStore,
  options: ConnectOptions,
) {
  const { client, path } = found;
  const opened = openTarget(target);
  const before = opened.found?.text;
  const known = store.find(client.id, path);
  const file = (text: string) => ({ client, path, text });
  assertOurs(found, before, known);
  const baseline = textWithoutUs(found, before, known);
  const isAgain = (name: string) =>
    before !== undefined && entryOf(file(before), name) !== undefined;
  const movedOut = [
    ...new Set([
      ...(known?.movedOut ?? []).filter((name) => !isAgain(name)),
      ...(options.moveOut ?? []).filter((name) => name !== ENTRY_ALIAS && isAgain(name)),
    ]),
  ];
  const spelled = spellEntry(client, entry);
  const bare = movedOut.reduce((text, name) => withoutEntry(file(text), name), baseline ?? '');
  const { text: after, splice } = withEntry(file(bare), ENTRY_ALIAS, spelled);
  const connection = {
    client: client.id,
    path,
    leftHash: hashOf(after),
    baseline,
    entry: spelled,
    profile: options.profile,
    splice,
    movedOut,
    madeFolders: known?.madeFolders ?? [],
  };
  return {
    opened,
    known,
    connection,
    change: { path, before, after, ...namesChanged(client, before, after) },
  };
}

/** @throws BrokerError `ERR_USAGE` when somebody else's server has our name. */
function assertOurs(found: FoundClient, text: string | undefined, known: Connection | undefined) {
  if (text === undefined || ownEntryIn(found, text, known) !== undefined) return;
  const { client, path } = found;
  if (entryOf({ client, path, text }, ENTRY_ALIAS) === undefined) return;
  throw new BrokerError('ERR_USAGE', `${path} has another server named ${ENTRY_ALIAS}`, {
    hint: 'rename it there, and run the command again',
  });
}
