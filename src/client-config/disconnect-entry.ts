import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ChangeOptions, DisconnectedEntry } from '../admin/client-files.ts';
import { clientById } from './clients.ts';
import { assertEditable, namesChanged } from './connect-entry.ts';
import { type Connection, openConnections } from './connection-store.ts';
import { withFileLock } from './file-lock.ts';
import { type FoundClient, foundAt } from './find-clients.ts';
import { profileOfEntry } from './read-entry.ts';
import {
  type OpenedFile,
  openTarget,
  removeEmpty,
  replaceTarget,
  targetOf,
} from './replace-file.ts';
import { ownEntryIn, textWithoutUs } from './text-without-us.ts';

/**
 * Takes our entry out of a client's file, and puts back what `moveOut` took. A file nobody changed
 * since gets its original bytes, or goes if there was none; of one that changed, the rest stays as it
 * is. Without an entry of ours nothing changes: `before` equals `after`.
 *
 * @param backupDir as `connectEntry` was given.
 * @throws BrokerError `ERR_CONFIG` for a file we cannot or may not edit, `ERR_NOT_COMMITTED` when it
 * changed meanwhile. The file is then as it was.
 */
export async function disconnectEntry(
  found: FoundClient,
  backupDir: string,
  options: ChangeOptions = {},
): Promise<DisconnectedEntry> {
  assertEditable(found);
  const store = openConnections(backupDir);
  const { client, path } = found;
  const backup = () => store.backupOf(client.id, path);
  const target = targetOf(path);
  const plan = (known: Connection | undefined) => {
    const opened = openTarget(target);
    const before = opened.found?.text;
    const after = textWithoutUs(found, before, known);
    const profile = before === undefined ? undefined : ownProfile(found, before, known);
    const names = namesChanged(client, before, after);
    return { opened, change: { path, before, after, profile, ...names } };
  };
  if (options.isDryRun === true) {
    return { ...plan(store.find(client.id, path)).change, backup: backup() };
  }
  if (statSync(dirname(target), { throwIfNoEntry: false }) === undefined) {
    forget(store.find(client.id, path), true);
    const none = {
      before: undefined,
      after: undefined,
      profile: undefined,
      added: [],
      removed: [],
    };
    return { path, ...none, backup: backup() };
  }
  const result = await withFileLock(target, () => {
    const known = store.find(client.id, path);
    const { opened, change } = plan(known);
    replaceIfChanged(opened, change);
    forget(known, change.after === known?.baseline);
    return { known, change: { ...change, backup: backup() } };
  });
  if (result.change.after === undefined) removeEmpty(result.known?.madeFolders ?? []);
  return result.change;

  function forget(known: Connection | undefined, isRestored: boolean): void {
    if (known === undefined) return;
    const isOriginal = isRestored && known.baseline === store.originalOf(client.id, path);
    store.remove(known, !isOriginal);
  }
}

/** The profile our entry uses, told by its words, or remembered. */
function ownProfile(
  found: FoundClient,
  text: string,
  known: Connection | undefined,
): string | undefined {
  const raw = ownEntryIn(found, text, known);
  if (raw === undefined) return undefined;
  return profileOfEntry(raw, found.client.dialect) ?? known?.profile;
}

/** Files below `backupDir`'s records that have, or had, our entry. */
export function connectedClients(backupDir: string): readonly FoundClient[] {
  return openConnections(backupDir)
    .list()
    .flatMap(({ client, path }) => {
      const facts = clientById(client);
      return facts === undefined ? [] : [foundAt(facts, path)];
    });
}

function replaceIfChanged(
  opened: OpenedFile,
  { before, after }: { readonly before: string | undefined; readonly after: string | undefined },
): void {
  if (before !== after) replaceTarget(opened, after);
}
