/** Levels of the log, quietest last. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is said along with a message: ids, tool refs, paths, counts, and an error under `error`. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Tells whoever runs the broker what it does. Never the audit: nothing depends on a line having been
 * written. Known secrets and what looks like a credential are scrubbed on the way out, as the second
 * line of defence; the first is not to hand them in.
 */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Says nothing. */
export const SILENT_LOG: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
