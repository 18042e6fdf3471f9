import { fromLockEntry } from '../catalog/lock-entry.ts';
import type { Clock } from '../domain/clock.ts';
import type { GrantFiles } from './grant-files.ts';
import type { KnownDefinitions } from './known-servers.ts';
import type { LockFile } from './lock-file.ts';
import { readLock } from './sync-lock.ts';

/**
 * What a review of grant files reads: the files, and what they are about. No state: a checkout on a
 * machine without a broker has it all.
 */
export interface Review {
  readonly grantFiles: Pick<GrantFiles, 'read'>;
  /** Names of the configured tool servers. */
  readonly serverNames: readonly string[];
  readonly catalog: KnownDefinitions;
  readonly clock: Pick<Clock, 'now'>;
}

/** What is approved in the lock is approved: it is looked at when a broker takes it over. */
const NOTHING_SEEN = { blocked: new Set<string>(), flags: new Map() };

/** The definitions that a lock file approves, in the place of the database's. Read when they are asked for. */
export function lockedCatalog(
  lock: Pick<LockFile, 'path' | 'read'>,
  clock: Pick<Clock, 'now'>,
): KnownDefinitions {
  return {
    async snapshot() {
      const how = { now: clock.now(), first: NOTHING_SEEN };
      const entries = await readLock({ lock });
      const servers = new Map(
        [...entries].map(([server, entry]) => [server, fromLockEntry(server, entry, how)]),
      );
      return { epoch: 0, servers, lockBases: new Map() };
    },
  };
}
