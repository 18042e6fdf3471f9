import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BrokerError } from '../domain/errors.ts';
import { readClientFile } from './client-file.ts';

/** A client's file as it was found, with everything a new version of it has to keep. */
export interface OpenedFile {
  /** The file itself, links followed. */
  readonly target: string;
  /** `undefined`: there was none. */
  readonly found:
    | { readonly bytes: Buffer; readonly text: string; readonly stats: Stats }
    | undefined;
}

/**
 * The file a path leads to: a link is followed, so that what people keep in a dotfile repository stays
 * there.
 *
 * @throws BrokerError `ERR_CONFIG` for a link to nothing.
 */
export function targetOf(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path;
  try {
    return realpathSync(path);
  } catch {
    throw new BrokerError('ERR_CONFIG', `${path} is a link to nothing`, {
      hint: 'make the file it leads to, or remove the link',
    });
  }
}

/**
 * Reads a file that is to be replaced.
 *
 * @throws BrokerError `ERR_CONFIG` for what cannot be read or may not be replaced, with the remedy.
 */
export function openTarget(target: string): OpenedFile {
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) return { target, found: undefined };
  const file = readClientFile(target);
  if ('problem' in file) throw refused(`${target} ${file.problem}`);
  // Root may write it all the same; who made it read-only meant everybody.
  if ((stats.mode & 0o222) === 0) throw refused(`${target} is read-only`, `chmod u+w ${target}`);
  if (stats.nlink > 1) {
    throw refused(`${target} has another name (a hard link), which would keep the old text`);
  }
  return { target, found: { ...file, stats } };
}

/**
 * Puts a new text in the place of a file that was opened, or removes it: whole or not at all, durably,
 * with its mode and owner. To be called under the file's lock.
 *
 * @throws BrokerError `ERR_NOT_COMMITTED` when the file changed since it was opened; nothing is written.
 */
export function replaceTarget({ target, found }: OpenedFile, text: string | undefined): void {
  guarded(target, () => {
    if (text === undefined) {
      assertUnchanged(target, found?.bytes);
      rmSync(target);
      return;
    }
    const temporary = join(
      dirname(target),
      `${temporaryStart(target)}${randomBytes(6).toString('hex')}.tmp`,
    );
    try {
      write(temporary, text, found?.stats);
      assertUnchanged(target, found?.bytes);
      if (found === undefined) linkSync(temporary, target);
      else renameSync(temporary, target);
    } finally {
      rmSync(temporary, { force: true });
    }
  });
  syncFolder(dirname(target));
}

/** What the names of new versions of a file begin with, beside it, until they take its place. */
export const temporaryStart = (target: string): string => `.${basename(target)}.toolgrant-`;

/**
 * Makes the folders a file needs.
 *
 * @returns those that were made, the outermost first.
 */
export function makeFolders(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false }) !== undefined) return [];
  const outer = makeFolders(dirname(folder));
  guarded(folder, () => mkdirSync(folder, { mode: 0o700 }));
  return [...outer, folder];
}

/** Removes folders that were made, the innermost first, as far as nobody has put anything there. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      return;
    }
  }
}

function write(path: string, text: string, like: Stats | undefined): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, text);
    if (like !== undefined) {
      // Attack: run as root in a person's folder, the name may be a link to another file by now.
      const made = fstatSync(file);
      if (made.uid !== like.uid || made.gid !== like.gid) fchownSync(file, like.uid, like.gid);
      fchmodSync(file, like.mode & 0o7777);
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The client may have written meanwhile: its text is never overwritten. */
function assertUnchanged(target: string, bytes: Buffer | undefined): void {
  const now = readClientFile(target);
  const isSame =
    'problem' in now
      ? bytes === undefined && now.problem === 'is not there'
      : bytes?.equals(now.bytes) === true;
  if (isSame) return;
  throw new BrokerError('ERR_NOT_COMMITTED', `${target} changed meanwhile: nothing was written`, {
    hint: 'quit the client and run the command again',
  });
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

/** Runs what touches the file system; its errors become ours, with the path and the system's code. */
export function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw refused(`${path} cannot be written (${code})`);
  }
}

const refused = (
  message: string,
  hint = 'nothing was changed; use --print and paste the entry',
): BrokerError => new BrokerError('ERR_CONFIG', message, { hint });
