import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { SessionRecord } from '../domain/session-record.ts';

/** Sessions, each change in one transaction with its event. */
export interface SessionStore {
  /** The session as it is now, read fresh. */
  find(id: SessionId): Promise<SessionRecord | undefined>;
  list(filter?: {
    readonly subject?: string;
    readonly activeAt?: number;
  }): Promise<readonly SessionRecord[]>;
  /** Stores a new session and `event`. Not a change of rights: the epoch stays. */
  open(session: SessionRecord, event: EventDraft): Promise<void>;
  /** Remembers the first use and appends `event`, once; later calls do nothing. */
  noteFirstUse(
    id: SessionId,
    use: NonNullable<SessionRecord['firstUse']>,
    event: EventDraft,
  ): Promise<void>;
  /**
   * Moves an active or suspended session to `revoked` or `expired` with the event, epoch + 1, in one
   * transaction that retries at once until it wins.
   *
   * @returns the session as it was before, `undefined` when there is none; a session already
   * revoked or expired stays as it is and no event is written.
   * @throws BrokerError `ERR_NOT_COMMITTED` when the change could not be made durable.
   */
  end(
    id: SessionId,
    state: 'revoked' | 'expired',
    at: number,
    event: EventDraft,
  ): Promise<SessionRecord | undefined>;
}
