import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { syncLock } from './admin/sync-lock.ts';
import { tellBrokers } from './admin/tell-brokers.ts';
import type { OpenState } from './compose.ts';
import { errorCode } from './domain/errors.ts';

const SETTLE_MS = 200;
const RETRY_MS = 5000;

/** Keeps the lock file and the database together while a broker runs. */
export interface LockFollower {
  /** Follows the file, and brings both together for the first time. Never rejects: the database decides. */
  start(): Promise<void>;
  /** Brings both together soon. */
  readonly sync: () => void;
  /** Stops following, once what is under way has ended. */
  close(): Promise<void>;
}

/** Makes a follower. `drain` is asked for when the file took something away. */
export function lockFollower(
  { config, context, instance, log }: OpenState,
  drain: () => Promise<unknown>,
): LockFollower {
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  let running: Promise<void> = Promise.resolve();
  let isWanted = false;
  let isClosed = false;
  let reported = '';

  async function run(): Promise<void> {
    const { narrowed, waiting, written, notWritten } = await syncLock(context);
    for (const item of narrowed) log.warn({ item }, 'the lock file takes something away');
    const said = JSON.stringify([waiting, notWritten]);
    if (said !== reported) {
      for (const { server, items } of waiting) {
        log.warn(
          { server, items },
          `the lock file waits for \`toolgrant tools approve ${server}\``,
        );
      }
      if (notWritten !== undefined) {
        log.warn(
          { reason: notWritten },
          'the lock file is not written; make it writable and restart',
        );
      }
    }
    reported = said;
    for (const server of written) log.info({ server }, 'lock file written');
    if (narrowed.length === 0) return;
    await drain();
    // Others follow the same file and find it taken in.
    void tellBrokers(context, instance);
  }

  function now(): Promise<void> {
    isWanted = false;
    running = running.then(run).catch((error: unknown) => {
      log.error({ error }, 'the lock file was not read; what was in force stays in force');
      // A broken file waits for its next change; a store that was busy does not change by itself.
      if (errorCode(error) !== 'ERR_CONFIG') later(RETRY_MS);
    });
    return running;
  }

  function later(ms: number): void {
    isWanted = true;
    if (isClosed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void now(), ms);
  }

  return {
    async start() {
      const name = basename(config.lockPath);
      try {
        // The folder and not the file: one that is replaced or made later is another one.
        watcher = watch(dirname(config.lockPath), { persistent: false }, (_, changed) => {
          if (changed === null || changed === name) later(SETTLE_MS);
        });
        watcher.on('error', (error) => log.warn({ error }, 'the lock file is no longer followed'));
      } catch (error) {
        log.warn({ error }, 'the lock file cannot be followed: it is read at the next start');
      }
      for (const server of await neverApproved()) {
        log.warn({ server }, `not started before \`toolgrant tools approve ${server}\``);
      }
      await now();
    },
    sync: () => void now(),
    async close() {
      watcher?.close();
      clearTimeout(timer);
      isClosed = true;
      if (isWanted) void now();
      await running;
    },
  };

  async function neverApproved(): Promise<readonly string[]> {
    if (context.asksFirst.length === 0) return [];
    const { servers } = context.catalog.snapshot();
    return context.asksFirst.filter((server) => !servers.has(server));
  }
}
