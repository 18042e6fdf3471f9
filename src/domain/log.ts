/** How much is logged, quietest last. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

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
