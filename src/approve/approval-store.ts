import type { EventDraft } from '../domain/event.ts';
import type { ApprovalId, SessionId } from '../domain/ids.ts';
import type { ApprovalRecord, ApprovalSubject, ApprovalView, SettledBy } from './approval.ts';

/** An approval that is asked for. */
export interface NewApproval extends ApprovalSubject {
  readonly id: ApprovalId;
  readonly digest: string;
  readonly sealed: Uint8Array;
}

/** What asking for an approval came to. */
export type Requested =
  /** There is one that holds: it waits (made now, or before), is approved and unused, or is denied. */
  | { readonly kind: 'found'; readonly approval: ApprovalRecord; readonly isNew: boolean }
  /** As many of the session wait, or were asked for within the hour, as may. Nothing was written. */
  | { readonly kind: 'exhausted' }
  /** The right it was asked under is gone: decide again. Nothing was written. */
  | { readonly kind: 'stale' }
  /** The store stayed busy for the whole waiting time. Nothing was written. */
  | { readonly kind: 'contended' };

/** What settling an approval came to. */
export type Settling =
  | { readonly kind: 'settled'; readonly approval: ApprovalRecord }
  /** It does not wait any more; nothing was written. */
  | ({ readonly kind: 'not_pending' } & ApprovalView);

/** Approvals, each change in one transaction with its event. Only admission marks one as used. */
export interface ApprovalStore {
  /** The one that holds for a digest at `now`: waits, is approved and unused, or is denied. */
  current(digest: string, now: number): Promise<ApprovalRecord | undefined>;
  /**
   * Asks for an approval, or finds the one that holds. A new one is written with its event, when the
   * epoch is `epoch`, the session can be used and fewer of it wait than may; arguments of those that are
   * over go in the same transaction.
   *
   * @throws BrokerError `ERR_STORE_FAILED` when it could not be made durable.
   */
  request(asked: {
    readonly approval: NewApproval;
    readonly epoch: number;
    readonly now: number;
    readonly event: EventDraft;
  }): Promise<Requested>;
  /**
   * Approves or denies one that waits, with its event, epoch + 1, and lets go of its arguments; one that
   * was approved and is not used yet can still be denied. One that is void is never approved.
   *
   * @returns `undefined` when there is none of that id.
   * @throws BrokerError `ERR_NOT_COMMITTED` when it could not be made durable.
   */
  settle(settled: {
    readonly id: ApprovalId;
    readonly as: 'approved' | 'denied';
    readonly by: SettledBy;
    readonly now: number;
    /** Gets the session, subject, client and target of the approval. */
    readonly event: EventDraft;
  }): Promise<Settling | undefined>;
  find(id: ApprovalId, now: number): Promise<ApprovalView | undefined>;
  /** In the order they were asked for; only those that wait, unless `all`. */
  list(filter: {
    readonly now: number;
    readonly all: boolean;
    readonly session?: SessionId;
    readonly grant?: string;
  }): Promise<readonly ApprovalView[]>;
}
