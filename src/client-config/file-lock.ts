import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BrokerError } from '../domain/errors.ts';
import { guarded, temporaryStart } from './replace-file.ts';

const TRIES = 40;
const PAUSE_MS = 50;

/**
 * Runs with a client's file to itself among our own commands: a file beside it, `….toolgrant-lock`,
 * holds the process id. It appears whole, by a link, so it is never seen empty; the lock of a process
 * that is gone is taken over. Clients do not know it: what they write meanwhile is found by comparing.
 *
 * @throws BrokerError `ERR_NOT_COMMITTED` when another command keeps it for two seconds, `ERR_CONFIG`
 * when no file can be made there.
 */
export async function withFileLock<T>(target: string, run: () => T): Promise<T> {
  const lock = `${target}.toolgrant-lock`;
  const own = `${process.pid}.${randomBytes(8).toString('hex')}\n`;
  for (let tries = 0; !take(lock, own); tries += 1) {
    if (tries >= TRIES) {
      throw new BrokerError('ERR_NOT_COMMITTED', `another command is editing ${target}`, {
        hint: `run the command again; if nothing else runs, remove ${lock}`,
      });
    }
    await pause(PAUSE_MS);
  }
  try {
    guarded(target, () => removeLeftOver(target));
    return run();
  } finally {
    if (contentOf(lock) === own) rmSync(lock, { force: true });
  }
}

/** What commands that were killed left: new versions, nobody's under the lock, and locks not yet taken. */
function removeLeftOver(target: string): void {
  const folder = dirname(target);
  const lockStart = `${basename(target)}.toolgrant-lock.`;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const isNew = name.startsWith(temporaryStart(target)) && name.endsWith('.tmp');
    const isStale = name.startsWith(lockStart) && isGone(name.slice(lockStart.length));
    if (isNew || isStale) rmSync(path, { force: true });
  }
}

function take(lock: string, own: string): boolean {
  const temporary = `${lock}.${own.trimEnd()}`;
  return guarded(lock, () => {
    try {
      writeFileSync(temporary, own, { flag: 'wx', mode: 0o600 });
      if (linked(temporary, lock)) return true;
      const held = contentOf(lock);
      if (held !== undefined && isGone(held)) discard(lock, held, `${temporary}.stale`);
      return linked(temporary, lock);
    } finally {
      rmSync(temporary, { force: true });
    }
  });
}

/** Moves a stale lock away. If it was another's fresh one by then, it is put back. */
function discard(lock: string, held: string, aside: string): void {
  try {
    renameSync(lock, aside);
    if (contentOf(aside) !== held) linked(aside, lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Of a lock's text, or the name of one not yet taken. What has no process id in it is not ours whole, and nobody's. */
function isGone(held: string): boolean {
  const pid = Number(held.split('.')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
