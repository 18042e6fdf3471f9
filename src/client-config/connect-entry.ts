import { BrokerError } from '../domain/errors.ts';
import type { ConnectOptions, EntryChange, OwnEntry } from './entry-change.ts';
import type { FoundClient } from './find-clients.ts';

/**
 * Writes our one entry into a client's file, in place of an earlier one of ours.
 *
 * @param backupDir folder of the state directory that keeps originals, absolute; made when missing.
 */
export async function connectEntry(
  found: FoundClient,
  _entry: OwnEntry,
  _backupDir: string,
  _options: ConnectOptions = {},
): Promise<EntryChange> {
  throw new BrokerError('ERR_NOT_ENFORCED', `${found.path} cannot be edited by this version`);
}
