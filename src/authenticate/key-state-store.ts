import type { EventDraft } from '../domain/event.ts';
import type { SessionRecord } from '../domain/session-record.ts';

/** A key that signs no more. One without an entry signs, or was just taken over from. */
export interface KeyState {
  readonly kid: string;
  /** Epoch milliseconds. */
  readonly retiredAt: number;
  /** Epoch milliseconds; no session is opened with it after this, and those there were ended with it. */
  readonly revokedAt?: number;
}

/**
 * What became of session keys, in the state itself, so that it changes with the sessions: a token is
 * good only with the key its session was opened with.
 */
export interface KeyStateStore {
  /** Keys that were retired or revoked, ordered by when, then by id. */
  list(): Promise<readonly KeyState[]>;
  /** When the last usable or suspended session opened with each key expires; epoch milliseconds. */
  lastExpiries(): Promise<ReadonlyMap<string, number>>;
  /** Marks keys as retired, unless they are, with the event. No right changes: the epoch stays. */
  retire(kids: readonly string[], at: number, event: EventDraft): Promise<void>;
  /**
   * Revokes keys and every session opened with them: the event, then one event each, epoch + 1, synced
   * in full, in one transaction that retries at once until it wins.
   *
   * @returns the sessions as they were before.
   * @throws BrokerError `ERR_NOT_COMMITTED`.
   */
  revoke(
    kids: readonly string[],
    at: number,
    event: EventDraft,
    eventOf: (session: SessionRecord) => EventDraft,
  ): Promise<readonly SessionRecord[]>;
}
