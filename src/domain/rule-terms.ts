/** At most so many uses within any stretch of so long. */
export interface Rate {
  readonly count: number;
  /** Milliseconds. */
  readonly windowMs: number;
}

/** Who is asked to approve a use: an admin at the command line, or the person at the client. */
export type Approver = 'admin' | 'client';

/** What the rule a use stands on asks of it, besides what a decision alone can tell. */
export interface PermitTerms {
  /** What uses of the rule are counted under within its grant: the same for as long as the rule permits the same. */
  readonly ruleKey: string;
  /** All of them hold; consumed in the admission. */
  readonly rates?: readonly Rate[];
  readonly approval?: {
    readonly by: Approver;
    /** How long a call is held open for it, milliseconds; absent when it is answered at once. */
    readonly waitMs?: number;
  };
  /** UTF-8 bytes of the result that may be released. */
  readonly maxResultBytes?: number;
  /** Data may flow out under it, whatever kinds of data the session has touched. */
  readonly flow?: 'allow';
  /** `enforce: false` is in force: rates are counted and recorded, and hold nobody up. */
  readonly isTrial?: true;
}
