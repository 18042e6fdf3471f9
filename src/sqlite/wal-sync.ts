import { close, constants, fdatasync, openSync } from 'node:fs';
import { BrokerError } from '../domain/errors.ts';

/** Makes a file's data durable on another thread. */
export type SyncFile = (file: number, done: (error: NodeJS.ErrnoException | null) => void) => void;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: BrokerError) => void;
}

/**
 * Makes durable what one connection commits, aside from the event loop.
 *
 * One sync runs at a time; what is committed meanwhile shares the next, as a sync covers only what was
 * written before it began. The first that fails is the last: the kernel counts what it could not write
 * as written then, and a second sync would succeed over what is lost.
 *
 * The descriptor is as old as the connection, since an error is told once to each that was open when it
 * happened. It is the WAL's: closing one of the database itself would drop SQLite's locks on it.
 *
 * @see https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export class WalSync {
  readonly #path: string;
  readonly #file: number;
  readonly #syncFile: SyncFile;
  readonly #onFailed: () => void;
  #waiting: Waiting[] = [];
  #isRunning = false;
  #isClosing = false;
  #isClosed = false;
  #failure: BrokerError | undefined;

  /**
   * @param onFailed told before anybody who waits, once.
   * @throws BrokerError `ERR_STORE_FAILED`.
   */
  constructor(databasePath: string, onFailed: () => void, syncFile: SyncFile = fdatasync) {
    this.#path = `${databasePath}-wal`;
    this.#syncFile = syncFile;
    this.#onFailed = onFailed;
    try {
      this.#file = openSync(this.#path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0));
    } catch (error) {
      throw this.#failed('opened', error);
    }
  }

  /** Whether a sync is under way, whose end may tell of a failure. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /**
   * Resolves when all that any process has committed so far is durable.
   *
   * @throws BrokerError `ERR_STORE_FAILED`: what was committed since the last sync may be lost, or not.
   */
  durable(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else if (this.#isClosing) reject(this.#failed('synced', undefined));
      else {
        this.#waiting.push({ resolve, reject });
        if (!this.#isRunning) this.#run();
      }
    });
  }

  /** Takes nothing more; what waits is still made durable. */
  close(): void {
    this.#isClosing = true;
    this.#closeOnceIdle();
  }

  #run(): void {
    const covered = this.#waiting;
    this.#waiting = [];
    this.#isRunning = true;
    this.#syncFile(this.#file, (error) => {
      this.#isRunning = false;
      if (error !== null) {
        const failure = this.#failed('synced', error);
        this.#failure = failure;
        this.#onFailed();
        for (const { reject } of [...covered, ...this.#waiting.splice(0)]) reject(failure);
      } else {
        if (this.#waiting.length > 0) this.#run();
        for (const { resolve } of covered) resolve();
      }
      this.#closeOnceIdle();
    });
  }

  /** A descriptor that is closed under a sync may be another file's by then. */
  #closeOnceIdle(): void {
    if (!this.#isClosing || this.#isRunning || this.#isClosed) return;
    this.#isClosed = true;
    close(this.#file, () => {});
  }

  #failed(how: string, cause: unknown): BrokerError {
    const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? 'closed';
    return new BrokerError('ERR_STORE_FAILED', `${this.#path} cannot be ${how}: ${code}`, {
      cause,
      hint: 'look before you repeat it: a failing disk may have kept the change all the same',
    });
  }
}
