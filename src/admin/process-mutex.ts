import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { BrokerError } from '../domain/errors.ts';
import type { Entropy } from '../domain/ids.ts';

/** Runs `work` while no other process and no other caller of this one runs theirs. */
export type Mutex = <T>(work: () => Promise<T>) => Promise<T>;

const TRIES = 200;
const PAUSE_MS = 25;
/** What this process holds, through whichever mutex. */
const held = new Set<string>();

/**
 * A mutex of all processes on a machine: a file that exists while somebody holds it, with the holder's
 * process id. One left by a process that is gone is taken over.
 *
 * @param path absolute; its folder exists and is private.
 * @throws BrokerError `ERR_CONFIG` when another process holds it for five seconds; what `work` throws.
 */
export function processMutex(path: string, entropy: Entropy): Mutex {
  const word = (): string => Buffer.from(entropy(12)).toString('hex');
  let last: Promise<unknown> = Promise.resolve();

  /** Makes a file whole or not at all; `false` when there is one. */
  async function make(file: string, text: string): Promise<boolean> {
    const temporary = `${path}.${word()}`;
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
    try {
      await link(temporary, file);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      await unlink(temporary);
    }
  }

  const holder = (file = path): Promise<string | undefined> =>
    readFile(file, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });

  /** Whether who wrote this is gone: its process, or an earlier one of our own id. */
  function isLeft(text: string): boolean {
    const pid = Number.parseInt(text, 10);
    if (pid === process.pid) return !held.has(text);
    try {
      process.kill(pid, 0);
      return false;
    } catch (error) {
      return codeOf(error) !== 'EPERM';
    }
  }

  /**
   * Removes what a dead holder left. One process at a time may, by a file of the holder's own name:
   * else a slow one would remove what its faster rival has just made. Who dies at that leaves its claim.
   */
  async function takeOver(text: string, mine: string): Promise<void> {
    const claim = `${path}.${/[0-9a-f]+$/.exec(text.trim())?.[0] ?? 'left'}.claim`;
    if (!(await make(claim, mine))) {
      const claimant = await holder(claim);
      if (claimant !== undefined && isLeft(claimant)) await discard(claim, claimant);
      return;
    }
    try {
      if ((await holder()) === text) await unlink(path);
    } finally {
      await unlink(claim);
    }
  }

  /** Takes away a file that holds this text; another's that took its place meanwhile is put back. */
  async function discard(file: string, text: string): Promise<void> {
    const aside = `${file}.${word()}`;
    try {
      await rename(file, aside);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    if ((await holder(aside)) !== text) await link(aside, file).catch(() => {});
    await unlink(aside);
  }

  async function enter(): Promise<string> {
    const mine = `${process.pid} ${word()}\n`;
    held.add(mine);
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (await make(path, mine)) return mine;
      const text = await holder();
      if (text !== undefined && isLeft(text)) await takeOver(text, mine);
      else await pause(PAUSE_MS);
    }
    held.delete(mine);
    throw new BrokerError('ERR_CONFIG', `${path} is held by another process`, {
      hint: `if no toolgrant process runs, remove ${path}`,
    });
  }

  async function run<T>(work: () => Promise<T>): Promise<T> {
    let mine: string;
    try {
      mine = await enter();
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      throw new BrokerError('ERR_CONFIG', `${path} cannot be used: ${codeOf(error)}`, {
        cause: error,
      });
    }
    try {
      return await work();
    } finally {
      await unlink(path).catch(() => {});
      held.delete(mine);
    }
  }

  return (work) => {
    const next = last.then(() => run(work));
    last = next.catch(() => undefined);
    return next;
  };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
