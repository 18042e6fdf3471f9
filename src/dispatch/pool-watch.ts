import type { Clock } from '../domain/clock.ts';
import type { PoolEntry } from './pool-entry.ts';
import { isInUse } from './pool-room.ts';
import type { Timers } from './timers.ts';

/** A clock that was set, or a machine that slept, moves an expiry away from its timer by no more than this. */
const EXPIRY_LOOK_MS = 60 * 60_000;

/** Ends connections for which there is no use any more. */
export interface PoolWatch {
  /** The connection is not in use from now on: a process is ended when that stays so. */
  idle(entry: PoolEntry): void;
  /** Ends a connection with its session; one in use is ended once its calls are settled. */
  expiry(entry: PoolEntry): void;
  /** Whether the session it belongs to is over. */
  isOver(entry: PoolEntry): boolean;
}

/** Makes the watch over a pool's connections. */
export function createPoolWatch(
  { clock, timers }: { readonly clock: Clock; readonly timers: Timers },
  end: (entry: PoolEntry) => Promise<void>,
): PoolWatch {
  const isOver = ({ expiresAt }: PoolEntry): boolean =>
    expiresAt !== undefined && clock.now() >= expiresAt;

  function watchIdle(entry: PoolEntry, waitMs: number): void {
    entry.cancelIdle = timers.after(waitMs, () => {
      entry.cancelIdle = undefined;
      if (isInUse(entry)) return;
      const leftMs = entry.lastUsedAt + entry.spec.idleMs - clock.monotonicMs();
      if (leftMs > 0) watchIdle(entry, leftMs);
      else void end(entry);
    });
  }

  function watchExpiry(entry: PoolEntry): void {
    if (entry.expiresAt === undefined) return;
    const waitMs = Math.min(entry.expiresAt - clock.now(), EXPIRY_LOOK_MS);
    entry.cancelExpiry = timers.after(waitMs, () => {
      if (!isOver(entry)) watchExpiry(entry);
      else if (entry.users === 0) void end(entry);
    });
  }

  return {
    idle(entry) {
      entry.lastUsedAt = clock.monotonicMs();
      // A timer outlasts the calls that come meanwhile: it is not set anew for each.
      if (entry.spec.kind === 'stdio' && entry.cancelIdle === undefined) {
        watchIdle(entry, entry.spec.idleMs);
      }
    },
    expiry: watchExpiry,
    isOver,
  };
}
