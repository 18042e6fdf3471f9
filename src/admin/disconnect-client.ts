import type { ClientId } from '../domain/client-ids.ts';
import type { AdminContext } from './admin-context.ts';
import type { ClientFiles, DisconnectedEntry } from './client-files.ts';

/**
 * Takes our entry out of a client's files and puts the profiles it used out: the client, or whoever
 * copied the entry, opens no further session with them. Sessions that are open go on until they are
 * revoked or end.
 *
 * @returns one change a file; `before` equals `after` where there was no entry of ours.
 * @throws BrokerError as `ClientFiles.disconnect`, `ERR_NOT_COMMITTED` or `ERR_STORE_*` when it cannot
 * be recorded: then the file is as it was.
 */
export async function disconnectClient(
  context: AdminContext,
  files: ClientFiles,
  client: ClientId,
): Promise<readonly DisconnectedEntry[]> {
  const planned = await files.disconnect(client, { isDryRun: true });
  for (const { path, before, after, profile } of planned) {
    if (before === after) continue;
    await context.admission.record({
      code: 'TG2009',
      actor: context.actor,
      ...(profile === undefined ? {} : { client: profile }),
      detail: { client, file: path },
    });
    // Before the entry: once that is gone nothing tells which profile it used.
    if (profile !== undefined) await putOut(context, profile);
  }
  return files.disconnect(client, {});
}

async function putOut(context: AdminContext, name: string): Promise<void> {
  const known = await context.profiles.find(name);
  if (known === undefined || known.revokedAt !== undefined) return;
  await context.admission.record({
    code: 'TG2007',
    actor: context.actor,
    subject: known.subject,
    client: name,
    detail: { why: 'disconnected' },
  });
  await context.profiles.put({ ...known, revokedAt: context.clock.now() });
}
