import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BrokerError } from '../domain/errors.ts';
import type { Entropy } from '../domain/ids.ts';
import { isSecretName, type SecretFiles } from '../domain/secret-place.ts';
import {
  createPrivateFile,
  ensurePrivateFolder,
  readPrivateFile,
  replacePrivateFile,
} from './private-file.ts';

/**
 * Opens the files of secrets, `secrets/<name>` in a folder, 0600 in 0700. Nothing is made before
 * something is written. A file's last line break is not part of its secret.
 *
 * Methods throw BrokerError `ERR_USAGE` for a name no secret can have, `ERR_STATE_UNSAFE`,
 * `ERR_STORE_FAILED`; never with what a file holds.
 */
export function openSecretFiles(options: {
  /** The configuration's folder, absolute. */
  readonly configDir: string;
  readonly uid: number | undefined;
  readonly entropy: Entropy;
}): SecretFiles {
  const { configDir, uid, entropy } = options;
  const folder = join(configDir, 'secrets');
  function pathOf(name: string): string {
    if (isSecretName(name)) return join(folder, name);
    throw new BrokerError('ERR_USAGE', 'not a name a secret can have', {
      hint: 'letters, digits, _ . and -, at most 64, the first a letter, a digit or _',
    });
  }
  return {
    pathOf,
    names() {
      try {
        const found = readdirSync(folder, { withFileTypes: true });
        return found
          .flatMap((one) => (one.isFile() && isSecretName(one.name) ? [one.name] : []))
          .sort();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw failed(folder, error);
      }
    },
    read: (name) =>
      readPrivateFile(pathOf(name), uid)
        ?.toString('utf8')
        .replace(/\r?\n$/, ''),
    write(name, value) {
      const path = pathOf(name);
      const made = ensurePrivateFolder(folder, uid);
      // A secret committed by accident is a secret given away.
      if (made) createPrivateFile(join(folder, '.gitignore'), '*\n', entropy);
      replacePrivateFile(path, `${value}\n`, entropy);
    },
    remove(name) {
      const path = pathOf(name);
      try {
        unlinkSync(path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw failed(path, error);
      }
    },
  };
}

const failed = (path: string, error: unknown): BrokerError =>
  new BrokerError(
    'ERR_STORE_FAILED',
    `${path}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`,
  );
