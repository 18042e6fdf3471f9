import { constants } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MAX_LOCK_BYTES } from '../catalog/lock-text.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Entropy } from '../domain/ids.ts';
import type { LockFile } from './lock-file.ts';
import type { Mutex } from './process-mutex.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';

const fault = (path: string, what: string, cause?: unknown): BrokerError =>
  new BrokerError('ERR_CONFIG', `${path} ${what}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: 'brokers obey the database; the file follows once this is mended',
  });

/**
 * The lock file on disk.
 *
 * A link in its place is refused. Attack: it leads to a file that somebody else writes, or that must
 * not be written.
 */
export function diskLockFile(path: string, mutex: Mutex, entropy: Entropy): LockFile {
  async function read(): Promise<string | undefined> {
    let bytes: Buffer;
    try {
      // Non-blocking: a FIFO in its place must not hang the broker.
      const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
      const handle = await open(path, flags);
      try {
        const stat = await handle.stat();
        if (!stat.isFile()) throw fault(path, 'is not a file');
        if (stat.size > MAX_LOCK_BYTES) throw fault(path, `is larger than ${MAX_LOCK_BYTES} bytes`);
        bytes = await handle.readFile();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      const code = codeOf(error);
      if (code === 'ENOENT') return undefined;
      throw fault(path, code === 'ELOOP' ? 'is a link' : `cannot be read: ${code}`, error);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw fault(path, 'is not UTF-8 text');
    }
  }

  async function write(text: string): Promise<void> {
    if (Buffer.byteLength(text) > MAX_LOCK_BYTES) {
      throw fault(path, `would be larger than ${MAX_LOCK_BYTES} bytes`);
    }
    const suffix = Buffer.from(entropy(8)).toString('hex');
    const temporary = join(dirname(path), `.${basename(path)}.${suffix}`);
    try {
      const handle = await open(temporary, 'wx', 0o644);
      try {
        const mode = await modeOf(path);
        if (mode !== undefined) await handle.chmod(mode);
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw fault(path, `cannot be written: ${codeOf(error)}`, error);
    }
  }

  return {
    path,
    read,
    update: (work) => mutex(async () => work(await read(), write)),
  };
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).mode & 0o777;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
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
