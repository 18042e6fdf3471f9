import { BrokerError } from '../domain/errors.ts';
import { checkReach } from './check-reach.ts';
import type { Environment } from './clean-environment.ts';
import { serverEntrySchema } from './config-schema.ts';
import { createKeychainLookUp } from './keychain-values.ts';
import type { LoadedConfig } from './load-config.ts';
import { readServerSpecs } from './server-specs.ts';

/** Where a configuration keeps what it obeys. */
export type ConfigPlaces = Pick<
  LoadedConfig,
  'configPath' | 'configDir' | 'grantsDir' | 'stateDir' | 'lockPath'
>;

/**
 * Why an entry would keep the whole configuration from being opened: a variable that is not set, a
 * folder from which it could change its own grants. One such entry stops every tool server.
 *
 * @returns the message, which names keys and never values; `undefined` for an entry that is fine.
 */
export function entryProblem(
  places: ConfigPlaces,
  name: string,
  entry: object,
  env: Environment,
  platform: string = process.platform,
): string | undefined {
  const parsed = serverEntrySchema.safeParse(entry);
  if (!parsed.success) return `mcpServers.${name}: is not an entry a configuration can hold`;
  const context = {
    env,
    configDir: places.configDir,
    platform,
    secrets: new Set<string>(),
    warnings: [],
    keychain: createKeychainLookUp(undefined, []),
  };
  try {
    const specs = readServerSpecs({ [name]: parsed.data }, context);
    checkReach({ ...places, specs }, env);
    return undefined;
  } catch (error) {
    if (error instanceof BrokerError) return error.message;
    throw error;
  }
}
