import { fdatasync } from 'node:fs';
import type { SyncFile } from '../../../src/sqlite/wal-sync.ts';

/** Syncs that last until they are let go, or fail. */
export interface HeldSyncs {
  readonly syncFile: SyncFile;
  /** How many began. */
  readonly begun: number;
  /** Descriptors they were of. */
  readonly files: readonly number[];
  /** Ends the one that runs: with an error, or as if it had worked. */
  end(code?: string): void;
  /** From now on none is held; with a code each fails. */
  letGo(code?: string): void;
}

/** Makes syncs that are held. */
export function heldSyncs(): HeldSyncs {
  const files: number[] = [];
  let running: Parameters<SyncFile>[1] | undefined;
  let isHeld = true;
  let failing: string | undefined;
  const errorOf = (code: string | undefined) =>
    code === undefined ? null : Object.assign(new Error(`injected ${code}`), { code });
  const end = (code?: string) => {
    const done = running;
    running = undefined;
    done?.(errorOf(code));
  };
  return {
    syncFile(file, done) {
      files.push(file);
      if (isHeld) running = done;
      else if (failing !== undefined) setImmediate(done, errorOf(failing));
      else fdatasync(file, done);
    },
    get begun() {
      return files.length;
    },
    files,
    end,
    letGo(code) {
      isHeld = false;
      failing = code;
      end(code);
    },
  };
}
