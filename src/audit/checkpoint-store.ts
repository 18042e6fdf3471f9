import type { Checkpoint } from '../domain/event.ts';
import type { PlaceId } from './place-id.ts';

/** The signed heads of the log, and how far each anchor has got them. */
export interface CheckpointStore {
  /**
   * Signs the head of the log, unless the newest checkpoint names it, or is younger than `minAgeMs`.
   *
   * @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_STORE_FAILED`.
   */
  seal(minAgeMs: number): Promise<void>;
  /** The oldest checkpoints after an event, in order, as durable as events are. */
  after(seq: number, limit: number): Promise<readonly Checkpoint[]>;
  /** The newest event whose checkpoint an anchor has; 0 for none. */
  sentTo(anchor: string): Promise<number>;
  /** @throws BrokerError `ERR_NOT_COMMITTED`, `ERR_STORE_FAILED`. */
  noteSent(anchor: string, seq: number): Promise<void>;
}

/** A place outside of the state that checkpoints are sent to. */
export interface CheckpointAnchor extends PlaceId {
  /** Where the configuration names it. */
  readonly key: string;
  /** Resolves once the note is kept there. @throws BrokerError `ERR_ANCHOR_FAILED`. */
  send(note: string, signal: AbortSignal): Promise<void>;
}
