import { setImmediate as turn } from 'node:timers/promises';
import type { Database, Statement } from 'better-sqlite3';
import type { Clock } from '../domain/clock.ts';
import { BrokerError } from '../domain/errors.ts';
import type { InjectFault } from './fault.ts';
import { type Durability, openDatabase } from './open-database.ts';
import type { Reserve } from './reserve.ts';
import { SameDatabase } from './same-database.ts';
import { commitFailed, isBusy, isFull, storeFailed } from './sqlite-errors.ts';
import { StateMemory, type ValueName } from './state-memory.ts';
import { type SyncFile, WalSync } from './wal-sync.ts';

/** The database was busy; nothing was written. */
export const BUSY = Symbol('busy');

/** How often a read, or an admin's slice, insists before it gives up or lets the event loop turn: some 20 ms. */
const SPIN_TRIES = 150;
const SPIN_PAUSE_MS = 0.05;
const CHANGE_WAIT_MS = 10_000;
/** How often a value is read that others' commits keep changing, before it is not remembered. */
const LOADS_AT_MOST = 3;
/**
 * How long room that was there is taken for there, milliseconds: another process that gives it up gives
 * more than ten times of what calls write until then.
 */
const ROOM_MS = 20;
const WAIT_CELL = new Int32Array(new SharedArrayBuffer(4));

/**
 * The one connection of a process to its state, and what is believed of it.
 *
 * A commit is in the system's hands when it returns, and outlives this process. Where it is to outlive a
 * power cut it is made `durable` afterwards, on another thread; a `full` one has that done by SQLite.
 *
 * After any failure but "busy" the connection is closed, and the next use opens and checks the
 * database anew. While that does not work, every use fails. Statements are prepared once per connection.
 *
 * After a failed sync the WAL may have a hole that only the disk knows, and a log with a hole ends there
 * when it is recovered, whatever comes after it. So before anything else is written all of it goes into
 * the database, and it is begun anew.
 *
 * It is one database for good: once it is not the `SameDatabase`, every use fails.
 */
export class StateDatabase {
  readonly #path: string;
  readonly #durability: Durability;
  readonly #clock: Clock;
  readonly #fault: InjectFault;
  readonly #openAgain: () => Database | undefined;
  #db: Database | undefined;
  #wal: WalSync | undefined;
  readonly #syncFile: SyncFile | undefined;
  #mustFold = false;
  readonly #same: SameDatabase;
  readonly #reserve: Reserve | undefined;
  #isClosed = false;
  #hasGivenRoom = false;
  #statements = new Map<string, Statement<unknown[], unknown>>();
  #version: Statement<unknown[], number> | undefined;
  readonly #memory = new StateMemory(() => this.#dataVersion());
  /** Inside a change, which may write anything. */
  #isChanging = false;
  /** Between the BEGIN and the COMMIT of this connection: asking it costs more than what is asked. */
  #isInTransaction = false;
  /** Until when there is known to be room, by the monotonic clock. */
  #roomUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    readonly db: Database;
    readonly path: string;
    readonly durability: Durability;
    readonly clock: Clock;
    readonly fault: InjectFault;
    /** Opens the database anew after a failure; `undefined` while it is locked. Default: as brokers do. */
    readonly openAgain?: () => Database | undefined;
    /** Told once, when the database is no longer the one that was opened. */
    readonly onLost: (error: BrokerError) => void;
    /** Given up on a full disk. */
    readonly reserve?: Reserve;
    /** Tests only: in place of the system's. */
    readonly syncFile?: SyncFile;
  }) {
    this.#path = options.path;
    this.#durability = options.durability;
    this.#openAgain =
      options.openAgain ??
      (() => openDatabase(options.path, options.durability, { mayCreate: false }));
    this.#clock = options.clock;
    this.#fault = options.fault;
    this.#reserve = options.reserve;
    this.#syncFile = options.syncFile;
    this.#same = new SameDatabase(options.path, options.onLost);
    this.#believe(options.db);
  }

  /** A statement of the current connection, prepared at most once. Only inside `read` or a transaction. */
  statement<Row = unknown>(sql: string): Statement<unknown[], Row> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known as Statement<unknown[], Row>;
    if (this.#db === undefined) throw new BrokerError('ERR_STORE_FAILED', 'the store is not open');
    const statement = this.#db.prepare<unknown[], Row>(sql);
    this.#statements.set(sql, statement as Statement<unknown[], unknown>);
    return statement;
  }

  /**
   * What `load` reads, read again only when the database has changed: whoever writes it in a queued
   * transaction calls `remember`. Only inside `read` or a transaction; `load` does nothing but read.
   *
   * @param name of the value, the same for nothing else.
   */
  remembered<T>(name: ValueName, load: (db: StateDatabase) => T): T {
    if (this.#isChanging) return load(this);
    for (let tries = 1; ; tries += 1) {
      const known = this.#memory.get(name);
      if (known !== undefined || this.#memory.has(name)) return known as T;
      const value = load(this);
      // What was read beside other commits belongs to none of the states that others are remembered of.
      const isOfThis = this.#isInTransaction || this.#memory.look();
      if (isOfThis) this.#memory.set(name, value);
      if (isOfThis || tries >= LOADS_AT_MOST) return value;
    }
  }

  /** Says what a value is from now on, inside the queued transaction that makes it so. */
  remember(name: ValueName, value: unknown): void {
    if (!this.#isChanging) this.#memory.set(name, value);
  }

  /** The connection itself, for schema questions. Only inside `read`. */
  get connection(): Database {
    if (this.#db === undefined) throw new BrokerError('ERR_STORE_FAILED', 'the store is not open');
    return this.#db;
  }

  /**
   * Reads synchronously from the newest committed state; several statements see one snapshot.
   *
   * @throws BrokerError `ERR_STORE_FAILED`, or `ERR_STORE_CONTENDED` when busy beyond 20 ms.
   */
  read<T>(work: () => T, isSnapshot = false): T {
    const first = this.#readOnce(work, isSnapshot);
    const answer = first === BUSY ? this.#insist(() => this.#readOnce(work, isSnapshot)) : first;
    if (answer === BUSY) throw new BrokerError('ERR_STORE_CONTENDED', 'the store is busy');
    return answer;
  }

  /**
   * Tries one write transaction. `work` runs between BEGIN IMMEDIATE and COMMIT and must not await;
   * a `BrokerError` it throws undoes the transaction and is passed on, the connection stays. With
   * `configured` it is for the caller to wait until it is `durable`.
   *
   * @returns `BUSY` when another connection holds the lock.
   * @throws BrokerError `ERR_STORE_FAILED`.
   */
  tryWrite<T>(work: () => T, sync: 'configured' | 'full' = 'configured'): T | typeof BUSY {
    const isRaised = sync === 'full';
    let isCommitting = false;
    try {
      const db = this.#open();
      if (db === undefined || !this.#isFolded(db)) return BUSY;
      if (isRaised) db.pragma('synchronous = FULL');
      this.#fault('begin');
      this.statement('BEGIN IMMEDIATE').run();
      this.#isInTransaction = true;
      this.#same.began();
      this.#memory.look();
      const result = work();
      isCommitting = true;
      this.#fault('commit');
      this.statement('COMMIT').run();
      this.#isInTransaction = false;
      this.#memory.committed();
      return result;
    } catch (error) {
      // Its sync may have failed, and with it that of earlier commits; not where there was no room for it.
      if (isCommitting && isRaised && !isBusy(error) && !isFull(error)) this.#mustFold = true;
      if (!this.#undo()) throw this.#distrust(error, isCommitting);
      if (isBusy(error)) return BUSY;
      if (error instanceof BrokerError) throw error;
      throw this.#distrust(error, isCommitting);
    } finally {
      if (isRaised) this.#restoreSync();
    }
  }

  /**
   * Resolves when everything committed so far is as durable as it is configured to be; `undefined` when
   * it is already. To be asked in the same turn as the commit: another connection knows nothing of it.
   *
   * @throws BrokerError `ERR_STORE_FAILED`, by rejecting: nothing is to be acknowledged. It may have been
   * kept, as where a commit fails.
   */
  durable(): Promise<void> | undefined {
    return this.#wal?.durable();
  }

  /**
   * One admin transaction: retried at once and tightly until it wins, so that it comes before
   * brokers, who back off by milliseconds. The event loop turns every 20 ms. On a full disk it is made
   * in the room that was kept back.
   *
   * @throws BrokerError `ERR_NOT_COMMITTED` after 10 s or when the store failed; nothing was
   * acknowledged. Where the commit itself failed the message says that it may have been kept.
   */
  async change<T>(work: () => T, sync: 'configured' | 'full' = 'configured'): Promise<T> {
    const giveUpAt = this.#clock.monotonicMs() + CHANGE_WAIT_MS;
    for (;;) {
      let answer: T | typeof BUSY;
      try {
        answer = this.#insist(() => this.#tryChange(work, sync));
      } catch (error) {
        if (!(error instanceof BrokerError) || error.code !== 'ERR_STORE_FAILED') throw error;
        // Nothing was kept: what a full disk does not take is no whole transaction.
        if (this.#takeGivenRoom()) continue;
        throw notCommitted(error);
      }
      if (answer !== BUSY) {
        if (sync === 'configured') await this.#durableChange();
        return answer;
      }
      if (this.#clock.monotonicMs() >= giveUpAt) {
        throw new BrokerError(
          'ERR_NOT_COMMITTED',
          'not committed: the store stayed busy for 10 s',
          {
            hint: 'something holds the database; nothing was changed, try again',
          },
        );
      }
      await turn();
    }
  }

  /** Begins the WAL anew before the next write: somebody who was killed may have known of a hole in it. */
  foldFirst(): void {
    this.#mustFold = true;
  }

  /** Whether the disk was full, and there is not enough room on it for anything new to begin. */
  isShortOfRoom(): boolean {
    const now = this.#clock.monotonicMs();
    if (now < this.#roomUntilMs) return false;
    const isShort = this.#reserve?.isSpent() === true;
    if (!isShort) this.#roomUntilMs = now + ROOM_MS;
    return isShort;
  }

  /** Marks a write inside a transaction, for tests that make it fail. */
  noteWrite(): void {
    this.#fault('write');
  }

  /** Compares an epoch that was just read with those before it. @throws BrokerError `ERR_STORE_REPLACED`. */
  witnessEpoch(epoch: number): void {
    this.#same.witnessEpoch(epoch, this.#isInTransaction);
  }

  /** Compares the end of the chain, read in a transaction, with where it was. @throws as `witnessEpoch`. */
  witnessHead(head: { readonly seq: number; readonly hash: string }): void {
    this.#same.witnessHead(head);
  }

  /** Closes the connection for good. What waits to be durable still becomes so. */
  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  /** As `tryWrite`, of work that keeps nothing up of what is remembered. */
  #tryChange<T>(work: () => T, sync: 'configured' | 'full'): T | typeof BUSY {
    this.#isChanging = true;
    try {
      return this.tryWrite(work, sync);
    } finally {
      this.#isChanging = false;
      this.#memory.forget();
    }
  }

  async #durableChange(): Promise<void> {
    try {
      await this.durable();
    } catch (error) {
      throw error instanceof BrokerError ? notCommitted(error) : error;
    }
  }

  #readOnce<T>(work: () => T, isSnapshot: boolean): T | typeof BUSY {
    try {
      const db = this.#open();
      if (db === undefined) return BUSY;
      this.#fault('read');
      if (this.#isInTransaction) return work();
      if (!isSnapshot) {
        if (!this.#memory.isFresh) this.#memory.look();
        return work();
      }
      this.statement('BEGIN').run();
      this.#isInTransaction = true;
      this.#memory.look();
      const result = work();
      this.statement('COMMIT').run();
      this.#isInTransaction = false;
      return result;
    } catch (error) {
      if (!this.#undo()) throw this.#distrust(error);
      if (isBusy(error)) return BUSY;
      throw this.#distrust(error);
    }
  }

  #insist<T>(attempt: () => T | typeof BUSY): T | typeof BUSY {
    for (let tries = 1; ; tries += 1) {
      const answer = attempt();
      if (answer !== BUSY || tries >= SPIN_TRIES) return answer;
      Atomics.wait(WAIT_CELL, 0, 0, SPIN_PAUSE_MS);
    }
  }

  /** The connection, reopened if it is no longer believed; `undefined` when that found it locked. */
  #open(): Database | undefined {
    if (this.#isClosed) throw new BrokerError('ERR_STORE_FAILED', 'the store is closed');
    this.#same.requireKept();
    if (this.#db !== undefined && this.#memory.isFresh) return this.#db;
    this.#same.requireSameFile();
    if (this.#db !== undefined) return this.#db;
    // What it tells is told to nobody else.
    if (this.#wal?.isRunning) return undefined;
    this.#fault('open');
    const db = this.#reopen();
    if (db !== undefined) this.#believe(db);
    return db;
  }

  #reopen(): Database | undefined {
    try {
      return this.#openAgain();
    } catch (error) {
      throw storeFailed(error);
    }
  }

  #believe(db: Database): void {
    try {
      if (this.#durability === 'power') this.#wal = this.#walOf();
    } catch (error) {
      db.close();
      throw error;
    }
    this.#db = db;
    this.#statements = new Map();
    this.#version = db.prepare<unknown[], number>('PRAGMA data_version').pluck();
    this.#memory.forget();
  }

  /** Moves when another connection has committed. Inside a transaction it is that of its snapshot. */
  #dataVersion(): number {
    const version = this.#version?.get();
    if (version === undefined) {
      throw new BrokerError('ERR_STORE_FAILED', 'the store has no version');
    }
    return version;
  }

  #walOf(): WalSync {
    const wal: WalSync = new WalSync(
      this.#path,
      () => {
        this.#mustFold = true;
        if (this.#wal === wal) this.#drop();
      },
      this.#syncFile,
    );
    return wal;
  }

  /** Whether the WAL has no hole, or has been carried over and begun anew; `false` while others are at it. */
  #isFolded(db: Database): boolean {
    if (!this.#mustFold) return true;
    this.#fault('fold');
    const [done] = db.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
    this.#mustFold = done?.busy !== 0;
    return !this.#mustFold;
  }

  /** Ends an open transaction without keeping anything of it; `false` when even that fails. */
  #undo(): boolean {
    this.#isInTransaction = false;
    try {
      if (this.#db?.inTransaction) {
        this.#memory.forget();
        this.#db.exec('ROLLBACK');
      }
      return true;
    } catch {
      return false;
    }
  }

  #distrust(error: unknown, isCommitting = false): BrokerError {
    this.#drop();
    if (isFull(error)) this.#roomUntilMs = Number.NEGATIVE_INFINITY;
    if (isFull(error) && this.#reserve?.give() === true) this.#hasGivenRoom = true;
    return isCommitting ? commitFailed(error) : storeFailed(error);
  }

  #takeGivenRoom(): boolean {
    const has = this.#hasGivenRoom;
    this.#hasGivenRoom = false;
    return has;
  }

  #drop(): void {
    const db = this.#db;
    this.#isInTransaction = false;
    this.#wal?.close();
    this.#db = undefined;
    this.#statements = new Map();
    this.#version = undefined;
    this.#memory.forget();
    try {
      db?.close();
    } catch {
      // The connection is given up either way.
    }
  }

  #restoreSync(): void {
    try {
      this.#db?.pragma('synchronous = NORMAL');
    } catch {
      this.#drop();
    }
  }
}

const notCommitted = (error: BrokerError): BrokerError =>
  new BrokerError('ERR_NOT_COMMITTED', `not committed: ${error.message}`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
