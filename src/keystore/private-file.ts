import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { BrokerError } from '../domain/errors.ts';
import type { Entropy } from '../domain/ids.ts';

/** Where private files live and who owns them. */
export interface PrivateFileOptions {
  /** The state directory, absolute. */
  readonly stateDir: string;
  /** The process's user; `undefined` where the platform has none: modes are not checked. */
  readonly uid: number | undefined;
  /** Names temporary files. */
  readonly entropy: Entropy;
}

const MAX_BYTES = 65_536;

/**
 * Makes a folder, 0700, unless it exists.
 *
 * @returns whether it was made now.
 * @throws BrokerError `ERR_STATE_UNSAFE` when it is no folder, is open to others, or is another user's;
 * it is never repaired silently, for what lay open may have been read.
 */
export function ensurePrivateFolder(path: string, uid: number | undefined): boolean {
  const isThere = guarded(path, () => statSync(path, { throwIfNoEntry: false })) !== undefined;
  const made = isThere
    ? undefined
    : guarded(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
  const seen = guarded(path, () => statSync(path));
  if (!seen.isDirectory()) throw unsafe(`${path} is not a folder`);
  checkPrivate(path, seen, uid);
  return made !== undefined;
}

/**
 * Reads a private file, judging the very file that is read: no link, no other's, open to nobody else.
 *
 * @returns `undefined` when there is none.
 * @throws BrokerError `ERR_STATE_UNSAFE`, `ERR_STORE_FAILED`; never with what the file holds.
 */
export function readPrivateFile(path: string, uid: number | undefined): Buffer | undefined {
  let file: number;
  try {
    // NONBLOCK: opening a pipe somebody put there would wait for ever.
    file = openSync(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw unsafe(`${path} is a link`, `replace ${path} by the file itself`);
    throw failed(path, error);
  }
  try {
    const seen = fstatSync(file);
    if (!seen.isFile()) throw unsafe(`${path} is not a file`);
    checkPrivate(path, seen, uid);
    if (seen.size > MAX_BYTES) throw corrupt(path);
    return guarded(path, () => readFileSync(file));
  } finally {
    closeSync(file);
  }
}

/**
 * Makes a private file unless there is one: whole or not at all, and of several processes that try at
 * the same moment exactly one succeeds.
 *
 * @returns whether this process made it.
 * @throws BrokerError `ERR_STORE_FAILED`.
 */
export function createPrivateFile(
  path: string,
  content: string | Uint8Array,
  entropy: Entropy,
): boolean {
  return withTemporary(path, content, entropy, (temporary) => {
    try {
      linkSync(temporary, path);
      return true;
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw failed(path, error);
    }
  });
}

/**
 * Writes a private file in the place of whatever was there, whole or not at all, durably.
 *
 * @throws BrokerError `ERR_STORE_FAILED`; the file is then as it was.
 */
export function replacePrivateFile(path: string, content: string, entropy: Entropy): void {
  withTemporary(path, content, entropy, (temporary) =>
    guarded(path, () => renameSync(temporary, path)),
  );
}

/**
 * Removes a private file for good; one that is not there is no error.
 *
 * @throws BrokerError `ERR_STORE_FAILED`.
 */
export function removePrivateFile(path: string): void {
  guarded(path, () => rmSync(path, { force: true }));
  syncFolder(dirname(path));
}

/** A file that is not what was written. */
export const corrupt = (path: string): BrokerError =>
  new BrokerError('ERR_STORE_CORRUPT', `${path} does not hold what it should`, {
    hint: `restore ${path} from a backup, or move it away to have a new one made`,
  });

function withTemporary<T>(
  path: string,
  content: string | Uint8Array,
  entropy: Entropy,
  place: (temporary: string) => T,
): T {
  const temporary = `${path}.${Buffer.from(entropy(8)).toString('hex')}.tmp`;
  const file = guarded(path, () => openSync(temporary, 'wx', 0o600));
  try {
    try {
      guarded(path, () => {
        writeFileSync(file, content);
        fsyncSync(file);
      });
    } finally {
      closeSync(file);
    }
    const result = place(temporary);
    syncFolder(dirname(path));
    return result;
  } finally {
    try {
      unlinkSync(temporary);
    } catch {
      // Renamed away, or left for the next look: it is private either way.
    }
  }
}

/** Makes a new name durable. Windows cannot, and has no need. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  guarded(folder, () => {
    const file = openSync(folder, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  });
}

function checkPrivate(
  path: string,
  seen: { readonly mode: number; readonly uid: number },
  uid: number | undefined,
): void {
  if (uid === undefined) return;
  if (seen.uid !== uid && seen.uid !== 0) {
    throw unsafe(`${path} belongs to user ${seen.uid}, not to ${uid}`, `chown ${uid} ${path}`);
  }
  if ((seen.mode & 0o077) !== 0) {
    const mode = (seen.mode & 0o7777).toString(8).padStart(4, '0');
    throw unsafe(`${path} is open to others (mode ${mode})`, `chmod go-rwx ${path}`);
  }
}

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof BrokerError ? error : failed(path, error);
  }
}

const errnoOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? 'unknown error';

const failed = (path: string, error: unknown): BrokerError =>
  new BrokerError('ERR_STORE_FAILED', `${path}: ${errnoOf(error)}`);

const unsafe = (message: string, hint?: string): BrokerError =>
  new BrokerError('ERR_STATE_UNSAFE', message, hint === undefined ? {} : { hint });
