/** What a grant's `session` limits say of the uses it permits within one session. */
export interface SessionLimits {
  /** Milliseconds without a use under the grant after which it permits no more in the session. */
  readonly idleMs?: number;
  /** Uses it permits in one session. */
  readonly maxCalls?: number;
  /** Uses it permits at once in one session. */
  readonly concurrent?: number;
}

/** A limit that is used up. */
export type SpentLimit = 'idle' | 'maxCalls' | 'concurrent';

/** Grants that permit nothing more in a session just now, and by which limit. */
export type SpentGrants = ReadonlyMap<string, SpentLimit>;
