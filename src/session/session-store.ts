import type { EventDraft } from '../domain/event.ts';
import type { SessionId } from '../domain/ids.ts';
import type { ClientUse, SessionRecord } from '../domain/session-record.ts';

/** Why a session was not opened. Nothing was written. */
export type NotOpened =
  /** A session of the same subject and client is suspended: the client stays out until `resume`. */
  | 'client_suspended'
  /** Everything is halted. */
  | 'halted'
  /** The key its token was signed with is revoked. */
  | 'key_revoked';

/** Sessions that are meant by what they have in common; members absent mean any. */
export interface SessionGroup {
  readonly subject?: string;
  readonly client?: string;
}

/** Sessions, each change in one transaction with its event. */
export interface SessionStore {
  /** The session as it is now, read fresh and synchronously: nothing happens between it and its use. */
  find(id: SessionId): SessionRecord | undefined;
  list(filter?: SessionGroup & { readonly activeAt?: number }): Promise<readonly SessionRecord[]>;
  /**
   * Stores a new session and `event`, unless its client is out. Not a change of rights: the epoch stays.
   *
   * @param clientMadeAt when the client's profile was made: sessions suspended before that keep nobody
   * out. Epoch milliseconds; 0 when there is no profile.
   */
  open(
    session: SessionRecord,
    event: EventDraft,
    clientMadeAt?: number,
  ): Promise<NotOpened | undefined>;
  /**
   * Remembers a use that is new to the session (`isNewUse`) with its event, once over all processes;
   * any other does nothing.
   *
   * @param eventOf makes the event; `first` is the session's first use, `undefined` when this is it.
   */
  noteUse(
    id: SessionId,
    use: ClientUse,
    eventOf: (first: ClientUse | undefined) => EventDraft,
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
  /**
   * Revokes every active or suspended session of a group, one event each, after `header` if there is
   * one: one transaction and one epoch, as `end`. Those whose time has passed too: a clock that is set
   * back must not revive them. Without session and header nothing is written.
   *
   * @returns the sessions as they were before.
   */
  revokeAll(
    group: SessionGroup,
    at: number,
    eventOf: (session: SessionRecord) => EventDraft,
    header?: EventDraft,
  ): Promise<readonly SessionRecord[]>;
  /**
   * Moves an active session to `suspended` with the event, epoch + 1, as `end`.
   *
   * @returns the session as it was before, `undefined` when there is none; unless it was active it
   * stays as it is and no event is written.
   */
  suspend(id: SessionId, at: number, event: EventDraft): Promise<SessionRecord | undefined>;
  /** Moves a suspended session back to `active`, as `suspend`. Its time has gone on meanwhile. */
  resume(id: SessionId, event: EventDraft): Promise<SessionRecord | undefined>;
}
