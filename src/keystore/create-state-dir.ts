import { join } from 'node:path';
import { createPrivateFile, ensurePrivateFolder, type PrivateFileOptions } from './private-file.ts';

/**
 * Makes the state directory, 0700, or checks the one that is there. A new one gets a `.gitignore` that
 * names everything in it: keys committed by accident are keys given away.
 *
 * @throws BrokerError `ERR_STATE_UNSAFE`, `ERR_STORE_FAILED`.
 */
export function createStateDir(options: PrivateFileOptions): void {
  const made = ensurePrivateFolder(options.stateDir, options.uid);
  if (made) createPrivateFile(join(options.stateDir, '.gitignore'), '*\n', options.entropy);
}
