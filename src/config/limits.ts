import { configError } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';

/** Bounds towards clients and on processes, for the whole broker. */
export interface Limits {
  /** Largest message a client may send, bytes. */
  readonly maxMessageBytes: number;
  /** Members and items one message of a client may hold, counted over its whole depth. */
  readonly maxMembers: number;
  /** Open connections, in all and of one remote address. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Requests being answered, in all and of one session. */
  readonly maxInFlight: number;
  readonly maxInFlightPerSession: number;
  /** Bytes of answers that may wait for clients that do not read, in all. */
  readonly maxQueuedBytes: number;
  /** Milliseconds an answer may wait for its client to read it. */
  readonly drainMs: number;
  /** Processes of tool servers alive at once, in all and for one subject. */
  readonly maxProcesses: number;
  readonly maxProcessesPerSubject: number;
}

/** The bounds unless the configuration says otherwise. */
export const DEFAULT_LIMITS: Limits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxMembers: 10_000,
  maxConnections: 1024,
  maxConnectionsPerAddress: 512,
  maxInFlight: 1024,
  maxInFlightPerSession: 256,
  maxQueuedBytes: 64 * 1024 * 1024,
  drainMs: 30_000,
  maxProcesses: 64,
  maxProcessesPerSubject: 48,
};

/** A share and the whole it is of. */
const SHARES = [
  ['maxConnectionsPerAddress', 'maxConnections'],
  ['maxInFlightPerSession', 'maxInFlight'],
  ['maxProcessesPerSubject', 'maxProcesses'],
] as const;

/**
 * Fills in what the file leaves out. A default share never exceeds a whole that was set lower.
 *
 * @throws BrokerError `ERR_CONFIG` for a share that was set larger than its whole.
 */
export function readLimits(file: ConfigFile['limits']): Limits {
  const said = Object.entries(file ?? {}).filter(([, value]) => value !== undefined);
  const limits = { ...DEFAULT_LIMITS, ...(Object.fromEntries(said) as Partial<Limits>) };
  const shares = SHARES.map(([share, whole]) => {
    if (file?.[share] !== undefined && limits[share] > limits[whole]) {
      throw configError(
        `limits.${share}: is more than limits.${whole}, which is ${limits[whole]}`,
        'lower the one or raise the other',
      );
    }
    return [share, Math.min(limits[share], limits[whole])];
  });
  return { ...limits, ...(Object.fromEntries(shares) as Partial<Limits>) };
}
