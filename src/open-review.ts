import { diskGrantFiles } from './admin/disk-grant-files.ts';
import { diskLockFile } from './admin/disk-lock-file.ts';
import { lockedCatalog, type Review } from './admin/review.ts';
import { openConfig } from './config/open-config.ts';
import { readConfigFile } from './config/read-config-file.ts';
import { readServerNames } from './config/server-specs.ts';
import type { Clock } from './domain/clock.ts';

const noEntropy = () => {
  throw new Error('nothing is written here');
};

/** A review, and what was read past in the configuration. */
export interface OpenedReview extends Review {
  readonly warnings: readonly string[];
}

/**
 * Opens what a review of grant files reads. Nothing is made, written, recorded or started, no reference
 * of a tool server is resolved, and no database is opened.
 *
 * @param explicit the value of `--config`, as typed.
 * @throws BrokerError `ERR_CONFIG`, `ERR_NOT_ENFORCED`, `ERR_STATE_UNSAFE`.
 */
export function openReview(
  explicit: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): OpenedReview {
  const uid = process.getuid?.();
  const config = openConfig({ explicit, env, uid, leavesServersOut: true });
  const { configPath, configDir, grantsDir, lockPath, warnings } = config;
  const lock = diskLockFile(lockPath, (work) => work(), noEntropy);
  return {
    grantFiles: diskGrantFiles(grantsDir, configDir, noEntropy),
    serverNames: readServerNames(readConfigFile(configPath).mcpServers),
    catalog: lockedCatalog(lock, clock),
    clock,
    warnings,
  };
}
