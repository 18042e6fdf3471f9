import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { clientById } from './clients.ts';
import { assertEditable } from './connect-entry.ts';
import { type Connection, openConnections } from './connection-store.ts';
import type { ChangeOptions, EntryChange } from './entry-change.ts';
import { withFileLock } from './file-lock.ts';
import { type FoundClient, foundAt } from './find-clients.ts';
import {
  type OpenedFile,
  openTarget,
  removeEmpty,
  replaceTarget,
  targetOf,
} from './replace-file.ts';
import { textWithoutUs } from './text-without-us.ts';

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
): Promise<EntryChange> {
  assertEditable(found);
  const store = openConnections(backupDir);
  const { client, path } = found;
  const backup = () => store.backupOf(client.id, path);
  const target = targetOf(path);
  const plan = (known: Connection | undefined) => {
    const opened = openTarget(target);
    const before = opened.found?.text;
    return { opened, change: { path, before, after: textWithoutUs(found, before, known) } };
  };
  if (options.isDryRun === true) {
    return { ...plan(store.find(client.id, path)).change, backup: backup() };
  }
  if (statSync(dirname(target), { throwIfNoEntry: false }) === undefined) {
    forget(store.find(client.id, path), true);
    return { path, before: undefined, after: undefined, backup: backup() };
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
