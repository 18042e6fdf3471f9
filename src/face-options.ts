import type { StateOptions } from './compose.ts';

/** Options all faces share. */
export interface FaceOptions extends StateOptions {
  readonly version: string;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Serves from a database that is older than its local anchor. */
  readonly acceptsRollback?: boolean;
}

/** The exit code of a broker whose database is no longer the one it was started on. */
export const LOST = 4;

/** Resolves when a signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
