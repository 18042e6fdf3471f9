import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { link, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { BrokerError } from '../domain/errors.ts';
import type { Entropy } from '../domain/ids.ts';
import type { GrantFile, GrantFiles } from './grant-files.ts';

/** Largest grant file that is read, bytes. */
export const MAX_GRANT_FILE_BYTES = 256 * 1024;
/** How many are read before the event loop turns. */
const FILES_A_TURN = 50;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';

/**
 * Reads one file. Intentionally synchronous: through the thread pool 250 small files take 40 ms of
 * processor time that running calls wait for, this way 2.
 */
function readBounded(path: string, name: string): string {
  // Non-blocking: a FIFO in the folder must not hang the broker's start.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new BrokerError('ERR_GRANT', `${name} is not a regular file`);
    // One more than it holds, so that a file that grows meanwhile is not cut.
    let bytes = Buffer.alloc(Math.min(stat.size, MAX_GRANT_FILE_BYTES) + 1);
    let length = 0;
    for (;;) {
      const bytesRead = readSync(file, bytes, length, bytes.length - length, length);
      length += bytesRead;
      if (length > MAX_GRANT_FILE_BYTES) {
        throw new BrokerError('ERR_GRANT', `${name} is larger than ${MAX_GRANT_FILE_BYTES} bytes`);
      }
      if (bytesRead === 0) break;
      if (length === bytes.length) {
        bytes = Buffer.concat([bytes], MAX_GRANT_FILE_BYTES + 1);
      }
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(0, length),
    );
  } finally {
    closeSync(file);
  }
}

async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, constants.O_RDONLY);
    await handle.sync().finally(() => handle.close());
  } catch {
    // Intentionally ignored: Windows cannot sync a folder, and the database is what brokers obey.
  }
}

/**
 * The grant files of a folder.
 *
 * @param grantsDir absolute path; made on the first `create`.
 * @param configDir absolute path file names are relative to.
 */
export function diskGrantFiles(grantsDir: string, configDir: string, entropy: Entropy): GrantFiles {
  const nameOf = (path: string): string => relative(configDir, path).split(sep).join('/');

  /** Only files directly in the folder: a name out of an id or the database leads nowhere else. */
  function pathOf(file: string): string {
    const path = resolve(configDir, file);
    if (dirname(path) !== resolve(grantsDir)) {
      throw new BrokerError('ERR_GRANT', `${file} is not in the folder of grants`);
    }
    return path;
  }

  function textAt(path: string): string {
    try {
      return readBounded(path, nameOf(path));
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      const reason = error instanceof TypeError ? 'not UTF-8' : reasonOf(error);
      throw new BrokerError('ERR_GRANT', `cannot read ${nameOf(path)}: ${reason}`, {
        cause: error,
      });
    }
  }

  async function writeTemporary(path: string, text: string): Promise<string> {
    const suffix = Buffer.from(entropy(8)).toString('hex');
    const temporary = join(dirname(path), `.${basename(path)}.${suffix}`);
    const handle = await open(temporary, 'wx', 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return temporary;
  }

  return {
    pathFor: (id) => nameOf(join(grantsDir, `${id}.yaml`)),

    async read() {
      let names: string[];
      try {
        names = await readdir(grantsDir);
      } catch (error) {
        if (isMissing(error)) return [];
        throw new BrokerError('ERR_GRANT', `cannot read the folder of grants: ${reasonOf(error)}`, {
          cause: error,
        });
      }
      const files: GrantFile[] = [];
      for (const name of names.sort()) {
        if (name.startsWith('.') || !/\.ya?ml$/.test(name)) continue;
        if (files.length % FILES_A_TURN === FILES_A_TURN - 1) await turn();
        const path = join(grantsDir, name);
        files.push({ file: nameOf(path), text: textAt(path) });
      }
      return files;
    },

    async readOne(file) {
      const path = pathOf(file);
      return existsSync(path) ? textAt(path) : undefined;
    },

    async create(file, text) {
      const path = pathOf(file);
      let temporary: string | undefined;
      try {
        await mkdir(grantsDir, { recursive: true, mode: 0o755 });
        temporary = await writeTemporary(path, text);
        await link(temporary, path);
        await syncFolder(grantsDir);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
          throw new BrokerError('ERR_USAGE', `${file} exists and is not overwritten`, {
            hint: 'choose another --id',
          });
        }
        throw new BrokerError('ERR_GRANT', `cannot write ${file}: ${reasonOf(error)}`, {
          cause: error,
        });
      } finally {
        if (temporary !== undefined) await unlink(temporary).catch(() => {});
      }
    },

    async replace(file, text) {
      const path = pathOf(file);
      try {
        const temporary = await writeTemporary(path, text);
        try {
          await rename(temporary, path);
        } catch (error) {
          await unlink(temporary).catch(() => {});
          throw error;
        }
        await syncFolder(grantsDir);
      } catch (error) {
        throw new BrokerError('ERR_GRANT', `cannot write ${file}: ${reasonOf(error)}`, {
          cause: error,
        });
      }
    },

    async discard(file) {
      await unlink(pathOf(file));
    },
  };
}
