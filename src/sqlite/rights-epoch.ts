import { BrokerError } from '../domain/errors.ts';
import type { StateDatabase } from './state-database.ts';

/** The current epoch: moves with every change of rights. Inside `read` or a transaction. */
export function readEpoch(db: StateDatabase): number {
  const row = db.statement<{ epoch: number }>('SELECT epoch FROM rights WHERE id = 1').get();
  if (row === undefined) throw new BrokerError('ERR_STORE_FAILED', 'the store has no epoch');
  return row.epoch;
}

/** Moves the epoch by one, inside the transaction that changes rights. @returns the new epoch. */
export function nextEpoch(db: StateDatabase): number {
  db.noteWrite();
  db.statement('UPDATE rights SET epoch = epoch + 1 WHERE id = 1').run();
  return readEpoch(db);
}
