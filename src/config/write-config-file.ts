import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { configError } from './config-error.ts';

/**
 * Writes a configuration whole or not at all, durably. A new one is its owner's alone, 0600, in a
 * folder of its own, 0700; one that exists keeps its mode, and a link to it stays a link.
 *
 * @param before the text that was read; `undefined`: there was no file.
 * @param suffix tells temporary files of several processes apart.
 * @throws BrokerError `ERR_CONFIG` when the file is no longer what was read, or cannot be written.
 */
export function writeConfigFile(
  path: string,
  before: string | undefined,
  after: string,
  suffix: string,
): void {
  try {
    if (before === undefined) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      place(path, after, 0o600, suffix, (temporary) => linkSync(temporary, path));
      return;
    }
    const target = realpathSync(path);
    const mode = statSync(target).mode & 0o777;
    place(target, after, mode, suffix, (temporary) => {
      if (readFileSync(target, 'utf8') !== before) throw changed(path);
      renameSync(temporary, target);
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ERR_CONFIG') throw error;
    if (code === 'EEXIST') throw changed(path);
    throw configError(`${path} cannot be written: ${code}`);
  }
}

const changed = (path: string) =>
  configError(`${path} was changed meanwhile`, 'run the command again; nothing was written');

function place(
  path: string,
  text: string,
  mode: number,
  suffix: string,
  move: (temporary: string) => void,
): void {
  const temporary = `${path}.${suffix}.tmp`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      writeFileSync(file, text);
      fchmodSync(file, mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    move(temporary);
  } finally {
    try {
      unlinkSync(temporary);
    } catch {
      // Renamed away.
    }
  }
}
