import type { EventDraft } from '../domain/event.ts';

/** An order to refuse everything, everywhere, until it is lifted. */
export interface Halt {
  /** Epoch milliseconds. */
  readonly at: number;
  /** What the admin gave as a reason. */
  readonly reason?: string;
}

/**
 * The halt, kept beside the epoch: one row that every decision, every admission and every opening of a
 * session reads. Each change is one transaction with its event and epoch + 1, synced in full, that
 * retries at once until it wins.
 */
export interface HaltStore {
  /** The halt that is in force, read fresh. */
  current(): Promise<Halt | undefined>;
  /**
   * Halts, unless it is halted: then nothing is written.
   *
   * @returns the halt that was in force before.
   * @throws BrokerError `ERR_NOT_COMMITTED`.
   */
  order(halt: Halt, event: EventDraft): Promise<Halt | undefined>;
  /** Lifts the halt; without one nothing is written. As `order`. */
  lift(event: EventDraft): Promise<Halt | undefined>;
}
