import type { SecretPlace } from './domain/secret-place.ts';
import { openKeychain } from './keychain/open-keychain.ts';
import { openSecretFiles } from './keystore/open-secret-files.ts';
import { systemEntropy } from './system.ts';

/**
 * Where the secrets of a configuration are kept. Nothing is opened or made before it is asked.
 *
 * @param env the process's surroundings, which lead to the keychain.
 */
export function secretPlaceAt(
  configDir: string,
  env: Readonly<Record<string, string | undefined>>,
): SecretPlace {
  const uid = process.getuid?.();
  return {
    keychain: openKeychain({ env, uid }),
    files: openSecretFiles({ configDir, uid, entropy: systemEntropy }),
  };
}
