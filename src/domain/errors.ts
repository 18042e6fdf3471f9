/** Stable codes of broken machinery. Recorded with the outcome; clients see `-32603` without detail. */
export type BrokerErrorCode =
  | 'ERR_INTERNAL'
  | 'ERR_CONFIG'
  | 'ERR_GRANT'
  | 'ERR_USAGE'
  | 'ERR_NOT_ENFORCED'
  | 'ERR_NOT_FOUND'
  | 'ERR_HALTED'
  | 'ERR_UNREACHABLE'
  | 'ERR_SHIP_FAILED'
  | 'ERR_SHIP_REFUSED'
  | 'ERR_NOT_COMMITTED'
  | 'ERR_STATE_UNSAFE'
  | 'ERR_STORE_NEWER'
  | 'ERR_STORE_LOCKED'
  | 'ERR_STORE_READ_ONLY'
  | 'ERR_STORE_CORRUPT'
  | 'ERR_STORE_REPLACED'
  | 'ERR_STORE_ROLLED_BACK'
  | 'ERR_STORE_FAILED'
  | 'ERR_STORE_CONTENDED'
  | 'ERR_SERVER_START'
  | 'ERR_SERVER_CLOSED'
  | 'ERR_SERVER_TIMEOUT'
  | 'ERR_SERVER_PROTOCOL'
  | 'ERR_SERVER_FLOOD'
  | 'ERR_SERVER_BACKOFF'
  | 'ERR_SERVER_HTTP'
  | 'ERR_SERVER_LIMIT'
  | 'ERR_ANCHOR_FAILED'
  | 'ERR_SHUTTING_DOWN';

/**
 * Broken machinery. A message may hold ids, tool refs, paths and counts; never a credential, an
 * argument or a result. `hint` is the remedy, printed on a line of its own by the CLI.
 */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;
  readonly hint: string | undefined;

  constructor(
    code: BrokerErrorCode,
    message: string,
    options?: { cause?: unknown; hint?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BrokerError';
    this.code = code;
    this.hint = options?.hint;
  }
}

/** The stable code of anything thrown: a `BrokerError`'s own, otherwise `ERR_INTERNAL`. */
export const errorCode = (error: unknown): BrokerErrorCode =>
  error instanceof BrokerError ? error.code : 'ERR_INTERNAL';
