import { randomFillSync } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  statfsSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Bytes kept back: some hundred refusals, and the WAL being folded into the database. */
export const RESERVE_BYTES = 4 * 1024 * 1024;

/**
 * A file beside the database that holds room on its disk. On a full disk it is given up, so that what is
 * refused from then on can still be recorded, and rights can still be taken away; no call begins before it
 * is whole again. Attack: a client, or anything else on the machine, fills the disk, and what it does
 * then leaves no trace.
 *
 * Its size says to every process how it is: whole, given up (empty), or never made.
 */
export class Reserve {
  readonly #path: string;

  constructor(databasePath: string) {
    this.#path = `${databasePath}-reserve`;
  }

  /** Makes it, or makes it whole again. @returns whether it is. Never throws. */
  keep(): boolean {
    if (this.#size() === RESERVE_BYTES) return true;
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      // Twice: or the next event would have it given up again.
      if (bavail * bsize < 2 * RESERVE_BYTES) return false;
      this.#fill();
      return true;
    } catch {
      this.give();
      return false;
    }
  }

  /** Gives its room back to the disk. @returns whether there was any. Never throws. */
  give(): boolean {
    try {
      if ((this.#size() ?? 0) === 0) return false;
      truncateSync(this.#path, 0);
      return true;
    } catch {
      return false;
    }
  }

  /** Whether it was given up, and cannot be had back yet. */
  isSpent(): boolean {
    const size = this.#size();
    return size !== undefined && size !== RESERVE_BYTES && !this.keep();
  }

  #size(): number | undefined {
    return statSync(this.#path, { throwIfNoEntry: false })?.size;
  }

  /** With bytes that no file system stores as less than they are. */
  #fill(): void {
    const { O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
    const file = openSync(this.#path, O_WRONLY | O_CREAT | (O_NOFOLLOW ?? 0), 0o600);
    try {
      const bytes = randomFillSync(Buffer.allocUnsafe(1024 * 1024));
      for (let at = 0; at < RESERVE_BYTES; ) {
        at += writeSync(file, bytes, 0, Math.min(bytes.length, RESERVE_BYTES - at), at);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}
