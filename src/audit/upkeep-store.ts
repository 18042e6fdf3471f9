import type { Checkpoint, EventDraft } from '../domain/event.ts';
import type { EventStore } from './event-store.ts';
import type { LogStart } from './log-start.ts';

/** How far the log reaches, and how much it takes. */
export interface LogExtent {
  /** The oldest event that is left, and the newest; `last` is less than `first` for an empty log. */
  readonly first: number;
  readonly last: number;
  /** Bytes of the database that are in use: what removed events took is free, and used again. */
  readonly bytes: number;
  /** The oldest intent without an outcome: its outcome is yet to name it. */
  readonly oldestOpen?: number;
}

/** How a log ages, and how it is copied. */
export interface UpkeepStore {
  extent(): Promise<LogExtent>;
  /** The newest checkpoint of an event up to `seq` that is older than `before` (epoch microseconds). */
  checkpointUpTo(seq: number, before: number): Promise<Checkpoint | undefined>;
  /**
   * Lets the log start after an event, and records that, in one transaction. What lies before it is no part
   * of the log from then on, whenever `sweep` removes it.
   *
   * @returns `false`, and nothing is written, when the log has another start than `previous` by now, an
   * intent up to there is open, or the event or a checkpoint of it is not there.
   * @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_STORE_FAILED`.
   */
  startAfter(start: LogStart, previous: number, event: EventDraft): Promise<boolean>;
  /**
   * Overwrites and removes what lies before the start of the log, in transactions so short that no call
   * waits for one, until nothing is left or `signal` aborts. Safe to do again, and in two processes at once.
   *
   * @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_STORE_FAILED`.
   */
  sweep(signal?: AbortSignal): Promise<void>;
  /**
   * Copies the database as it is now, while others write on. What was removed is not in it.
   *
   * @param path absolute; nothing is there.
   * @throws BrokerError `ERR_USAGE` when something is; `ERR_STORE_CORRUPT`, `ERR_STORE_FAILED`.
   */
  copy(path: string): Promise<StateCopy>;
}

/** A copy that is whole and synced, and not in its place yet. */
export interface StateCopy {
  readonly events: EventStore;
  /** Puts it in its place. @throws BrokerError `ERR_USAGE` when something is there by now. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}
