import type { BrokerErrorCode } from '../domain/errors.ts';

/** What the process ends with. Scripts rely on these; `docs/cli.md` lists them. */
export const EXIT = {
  done: 0,
  /** A negative answer, a refusal, or a change not everybody has confirmed. */
  no: 1,
  usage: 2,
  /** An invalid or unenforceable configuration or grant. */
  invalid: 3,
  /** Not reachable, not committed, or broken machinery. */
  failed: 4,
  notFound: 5,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of broken machinery. Exhaustive: a new error code stops the build until somebody decides. */
export function exitCodeOf(code: BrokerErrorCode): ExitCode {
  switch (code) {
    case 'ERR_USAGE':
      return EXIT.usage;
    case 'ERR_CONFIG':
    case 'ERR_GRANT':
    case 'ERR_NOT_ENFORCED':
    case 'ERR_STATE_UNSAFE':
      return EXIT.invalid;
    case 'ERR_NOT_FOUND':
      return EXIT.notFound;
    case 'ERR_HALTED':
      return EXIT.no;
    case 'ERR_INTERNAL':
    case 'ERR_UNREACHABLE':
    case 'ERR_SHIP_FAILED':
    case 'ERR_SHIP_REFUSED':
    case 'ERR_NOT_COMMITTED':
    case 'ERR_STORE_NEWER':
    case 'ERR_STORE_LOCKED':
    case 'ERR_STORE_READ_ONLY':
    case 'ERR_STORE_CORRUPT':
    case 'ERR_STORE_REPLACED':
    case 'ERR_STORE_ROLLED_BACK':
    case 'ERR_STORE_FAILED':
    case 'ERR_STORE_CONTENDED':
    case 'ERR_ANCHOR_FAILED':
    case 'ERR_SERVER_START':
    case 'ERR_SERVER_CLOSED':
    case 'ERR_SERVER_TIMEOUT':
    case 'ERR_SERVER_PROTOCOL':
    case 'ERR_SERVER_FLOOD':
    case 'ERR_SERVER_BACKOFF':
    case 'ERR_SERVER_HTTP':
    case 'ERR_SERVER_LIMIT':
    case 'ERR_SHUTTING_DOWN':
      return EXIT.failed;
  }
}
