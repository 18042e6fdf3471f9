import { closeSync, fsyncSync, openSync } from 'node:fs';
import { BrokerError } from '../domain/errors.ts';

/**
 * Makes durable what every process has committed so far, also where commits are not synced: what is
 * kept elsewhere must not speak of events that a power cut takes away.
 *
 * Only the WAL is opened: closing any descriptor of the database itself would drop SQLite's locks on it.
 * What has left the WAL was synced when it was folded in.
 *
 * @throws BrokerError `ERR_STORE_FAILED`.
 * @see https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export function syncWal(databasePath: string): void {
  const path = `${databasePath}-wal`;
  try {
    const file = openSync(path, 'r+');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return;
    throw new BrokerError('ERR_STORE_FAILED', `${path} cannot be synced: ${code ?? 'unknown'}`, {
      cause: error,
    });
  }
}
