import type { EventDraft } from '../domain/event.ts';
import type { GrantDocument, GrantRecord } from './grant-record.ts';

/** One change of the grants, with the event that records it. */
export type GrantChange =
  | {
      readonly kind: 'put';
      readonly document: GrantDocument;
      readonly file: string;
      readonly event: EventDraft;
    }
  | { readonly kind: 'revoke'; readonly id: string; readonly event: EventDraft }
  /** Lifts the tombstone of `id`; the grant is then as absent as if it had never been applied. */
  | { readonly kind: 'reinstate'; readonly id: string; readonly event: EventDraft };

/** Grants as brokers obey them. */
export interface GrantStore {
  /**
   * A subject's unrevoked grants, ordered by id, the epoch they were read at, and whether everything is
   * halted: one read transaction, synchronous.
   */
  snapshot(subject: string): {
    readonly epoch: number;
    readonly isHalted: boolean;
    readonly grants: readonly GrantRecord[];
  };
  /** Every grant ever applied, tombstones included, ordered by id. */
  all(): Promise<readonly GrantRecord[]>;
  /** A grant as one of its revisions said it; `undefined` when that was not kept. Never `revokedAt`. */
  revision(id: string, revision: number): Promise<GrantRecord | undefined>;
  /**
   * A subject's grants as they were in force at an epoch, ordered by id; `undefined` when the epoch is
   * older than what was kept.
   */
  asOf(subject: string, epoch: number): Promise<readonly GrantRecord[] | undefined>;
  /** Whether no grant was ever applied or revoked. */
  isEmpty(): Promise<boolean>;
  /**
   * Applies all changes with their events and epoch + 1 in one transaction that retries at once
   * until it wins. A `put` of a revoked id is refused.
   *
   * @param basis the grants the changes were planned on (`all()`). When a changed grant is not as it
   * was there, nothing is written: a plan that narrowed once must not widen what was narrowed since.
   * @returns the new epoch.
   * @throws BrokerError `ERR_GRANT` for a `put` of a revoked id or a basis that no longer holds,
   * `ERR_NOT_COMMITTED`.
   */
  change(
    changes: readonly GrantChange[],
    at: number,
    basis?: readonly GrantRecord[],
  ): Promise<number>;
}
