import { BrokerError } from '../domain/errors.ts';
import type { StateDatabase } from './state-database.ts';

/** What holds for everybody. */
export interface Rights {
  /** Moves with every change of rights. */
  readonly epoch: number;
  readonly isHalted: boolean;
}

const RIGHTS = Symbol('rights');

/** What holds for everybody just now. Inside `read` or a transaction. */
export function readRights(db: StateDatabase): Rights {
  const rights = db.remembered(RIGHTS, loadRights);
  db.witnessEpoch(rights.epoch);
  return rights;
}

function loadRights(db: StateDatabase): Rights {
  const row = db
    .statement<{ epoch: number; halted_at: number | null }>(
      'SELECT epoch, halted_at FROM rights WHERE id = 1',
    )
    .get();
  if (row === undefined) throw new BrokerError('ERR_STORE_FAILED', 'the store has no epoch');
  return { epoch: row.epoch, isHalted: row.halted_at !== null };
}

/** The current epoch. Inside `read` or a transaction. */
export const readEpoch = (db: StateDatabase): number => readRights(db).epoch;

/** Moves the epoch by one, inside the transaction that changes rights. @returns the new epoch. */
export function nextEpoch(db: StateDatabase): number {
  db.noteWrite();
  db.statement('UPDATE rights SET epoch = epoch + 1 WHERE id = 1').run();
  return readEpoch(db);
}
