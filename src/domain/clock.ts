/** The only source of time. Frozen in tests. */
export interface Clock {
  /** Wall clock, epoch milliseconds. */
  now(): number;
  /** Wall clock, epoch microseconds; an integer. */
  nowMicros(): number;
  /** Monotonic milliseconds, for durations only. */
  monotonicMs(): number;
}
