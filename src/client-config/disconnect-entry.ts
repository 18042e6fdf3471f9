import { BrokerError } from '../domain/errors.ts';
import type { ChangeOptions, EntryChange } from './entry-change.ts';
import type { FoundClient } from './find-clients.ts';

/**
 * Takes our entry out of a client's file, and puts back what `moveOut` took. A file nobody changed
 * since gets its original bytes; of one that changed, the rest stays as it is.
 *
 * @param backupDir as `connectEntry` was given.
 */
export async function disconnectEntry(
  found: FoundClient,
  _backupDir: string,
  _options: ChangeOptions = {},
): Promise<EntryChange> {
  throw new BrokerError('ERR_NOT_ENFORCED', `${found.path} cannot be edited by this version`);
}
