import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerError } from '../domain/errors.ts';
import type { InstanceId } from '../domain/ids.ts';

/** `sun_path` holds 104 bytes on macOS, 108 on Linux, its final NUL included. */
const MAX_PATH_BYTES = 100;

/** Names a broker's control socket: in the state directory, or a named pipe on Windows. */
export const controlSocketPath = (
  stateDir: string,
  instance: InstanceId,
  platform: string = process.platform,
): string =>
  platform === 'win32' ? `\\\\.\\pipe\\toolgrant-${instance}` : join(stateDir, `${instance}.sock`);

/** A path short enough to bind, and the folder that was made for it, if one was. */
export interface BindablePath {
  readonly path: string;
  readonly madeFolder?: string;
}

/**
 * Keeps a path that can be bound; of one that is too long makes another, in a new folder of random
 * name, 0700, under the temporary folder.
 *
 * @throws BrokerError `ERR_STATE_UNSAFE` when that is too long as well.
 */
export function bindablePath(path: string, temporary: string = tmpdir()): BindablePath {
  if (process.platform === 'win32' || Buffer.byteLength(path) <= MAX_PATH_BYTES) return { path };
  const short = join(temporary, 'toolgrant-XXXXXX', 's');
  if (Buffer.byteLength(short) > MAX_PATH_BYTES) {
    throw new BrokerError('ERR_STATE_UNSAFE', 'no place short enough for the control socket', {
      hint: 'move the state directory to a shorter path, or set TMPDIR to one',
    });
  }
  const madeFolder = mkdtempSync(join(temporary, 'toolgrant-'));
  chmodSync(madeFolder, 0o700);
  return { path: join(madeFolder, 's'), madeFolder };
}
