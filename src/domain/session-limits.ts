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

/** What permits nothing more just now. Only admission knows; listing never does. */
export interface Spent {
  /** By grant: which of its session's limits is used up. */
  readonly grants: ReadonlyMap<string, SpentLimit>;
  /** By `spentRule`: when one of the rule's rates has room again, epoch milliseconds. */
  readonly rules: ReadonlyMap<string, number>;
  /** The rule that the use was admitted under, once it was: what it took, it took of that one. */
  readonly under?: {
    readonly grant: string;
    readonly revision: number;
    readonly index: number;
    readonly pattern: string;
    /** What its uses are counted under; absent where its rule had no terms. */
    readonly ruleKey?: string;
  };
}

/** What `Spent.rules` knows a grant's rule by. */
export const spentRule = (grant: string, ruleKey: string): string => `${grant}\n${ruleKey}`;
