import { BrokerError } from '../domain/errors.ts';

/** SQLite's extended result code of anything thrown (`SQLITE_BUSY`, `SQLITE_IOERR_FSYNC` …). */
export function sqliteCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
}

/** Whether another connection has the lock just now; nothing is wrong and nothing was written. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && /^SQLITE_(BUSY|LOCKED)/.test(code);
}

/** Whether the disk has no more room. */
export const isFull = (error: unknown): boolean => sqliteCode(error) === 'SQLITE_FULL';

/** Names why a database could not be opened. The message holds the path, never content. */
export function openError(path: string, error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  const code = sqliteCode(error) ?? 'unknown';
  if (/^SQLITE_(CORRUPT|NOTADB|ERROR)/.test(code)) return corruptError(path, code, error);
  if (/^SQLITE_(READONLY|PERM|AUTH)/.test(code)) return readOnlyError(path, error);
  return new BrokerError('ERR_STORE_FAILED', `cannot open ${path} (${code})`, { cause: error });
}

/** The database is damaged or is something else. */
export const corruptError = (path: string, what: string, cause?: unknown): BrokerError =>
  new BrokerError('ERR_STORE_CORRUPT', `${path} is damaged or not a Toolgrant database (${what})`, {
    cause,
    hint: 'move it away and restore a backup; what it holds cannot be trusted',
  });

/** The database, or its folder, cannot be written. */
export const readOnlyError = (path: string, cause?: unknown): BrokerError =>
  new BrokerError('ERR_STORE_READ_ONLY', `${path} cannot be written`, {
    cause,
    hint: 'make the file and its folder writable for the user that runs this; without a record there are no calls',
  });

/** Another program holds the database for itself. */
export const lockedError = (path: string, cause?: unknown): BrokerError =>
  new BrokerError('ERR_STORE_LOCKED', `${path} is locked by another program`, {
    cause,
    hint: 'close the program that holds it, a database browser or a backup perhaps',
  });

/** The database is not the one that was opened, or an older state of it. */
export const replacedError = (path: string, how: string): BrokerError =>
  new BrokerError('ERR_STORE_REPLACED', `${path} ${how}`, {
    hint: 'what was revoked may be in force in it: look at `toolgrant audit verify` before you start again',
  });

/** The disk was full: what is refused is recorded in the room kept back, and nothing new begins. */
export const shortOfRoom = (): BrokerError =>
  new BrokerError('ERR_STORE_FAILED', 'the disk is full: nothing new begins', {
    hint: 'make room on it; `toolgrant audit prune` and a backup elsewhere are ways',
  });

/** Reading or writing failed: nothing of the transaction was acknowledged. */
export const storeFailed = (error: unknown): BrokerError =>
  error instanceof BrokerError &&
  (error.code === 'ERR_STORE_FAILED' || error.code === 'ERR_STORE_REPLACED')
    ? error
    : new BrokerError(
        'ERR_STORE_FAILED',
        `the store failed (${sqliteCode(error) ?? (error instanceof BrokerError ? error.code : 'unknown')})`,
        { cause: error },
      );

/**
 * The commit itself failed. Nothing was acknowledged, but the WAL may hold the transaction whole, only
 * its sync missing: then it counts as soon as the database is recovered.
 */
export const commitFailed = (error: unknown): BrokerError =>
  new BrokerError('ERR_STORE_FAILED', storeFailed(error).message, {
    cause: error,
    hint: 'look before you repeat it: a failing disk may have kept the change all the same',
  });
