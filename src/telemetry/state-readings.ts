/** What a look at the state says, as of one moment. */
export interface StateReadings {
  /** Sessions that are active and have time left. */
  readonly sessions: number;
  readonly isHalted: boolean;
  /** The newest event; 0 for none. */
  readonly headSeq: number;
  /** The newest event that is signed, and its time, epoch microseconds; absent while none is. */
  readonly checkpoint?: { readonly seq: number; readonly at: number };
  /** How far each place that events or checkpoints are sent to has got, by its id. */
  readonly shipped: ReadonlyMap<string, number>;
  readonly anchored: ReadonlyMap<string, number>;
  /** Appends of this process that wait for their transaction. */
  readonly waiting: number;
}

/**
 * Looks at the state for those who watch it.
 *
 * @throws BrokerError when it cannot be read.
 */
export type ReadStateNow = (now: number) => StateReadings;
