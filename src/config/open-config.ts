import { checkConfigFile, checkPermissions } from './check-permissions.ts';
import { checkReach } from './check-reach.ts';
import type { Environment } from './clean-environment.ts';
import { findConfig } from './find-config.ts';
import { type LoadedConfig, type LoadOptions, loadConfig } from './load-config.ts';

/** What opening a configuration needs of the process. */
export interface OpenConfigOptions extends Pick<LoadOptions, 'keychain' | 'leavesServersOut'> {
  /** The value of `--config`, as typed. */
  readonly explicit?: string | undefined;
  readonly env: Environment;
  /** The process's user; `undefined` on Windows, where modes say nothing. */
  readonly uid: number | undefined;
}

/**
 * Finds the configuration and believes it only as far as it deserves: who can write it is checked
 * before it is read, everything it points to after.
 *
 * @throws BrokerError `ERR_CONFIG`, `ERR_NOT_ENFORCED`, `ERR_STATE_UNSAFE`.
 */
export function openConfig(options: OpenConfigOptions): LoadedConfig {
  const path = findConfig({ explicit: options.explicit, env: options.env });
  checkConfigFile(path, options.uid);
  const config = loadConfig(path, options.env, options);
  checkPermissions(config, options.uid);
  checkReach(config, options.env);
  return config;
}
