import type { AccessRequest } from './access-request.ts';
import type { DenyReason } from './reasons.ts';
import type { PermitTerms } from './rule-terms.ts';
import type { SessionLimits } from './session-limits.ts';

/** Where a rule stands, for the audit and for people. */
export interface RuleRef {
  readonly grant: string;
  /** The grant's revision in the database, from 1. */
  readonly revision: number;
  /** Zero-based place in `rules`. */
  readonly index: number;
  /** The grant file, relative to the configuration's folder. */
  readonly file: string;
  /** One-based line of the rule in that file. */
  readonly line: number;
  readonly effect: 'permit' | 'deny';
  /** The rule's pattern as written. */
  readonly pattern: string;
}

/** What became of one rule's condition in a decision. */
export interface ConditionResult {
  readonly grant: string;
  /** Zero-based place in `rules`. */
  readonly index: number;
  readonly effect: 'permit' | 'deny';
  /** The condition as written. */
  readonly when: string;
  /** `failed`: it could not be evaluated; a permit then does not permit, and a deny denies. */
  readonly result: 'true' | 'false' | 'failed';
}

declare const permitBrand: unique symbol;

/** Policy said yes, at one epoch. Only `authorize/decide.ts` mints one; `admit/` takes nothing else. */
export interface Permit {
  readonly [permitBrand]: true;
  readonly kind: 'permit';
  readonly request: AccessRequest;
  /** The state the decision was read from; admission refuses any other. */
  readonly epoch: number;
  readonly rule: RuleRef;
  /** What its grant's `session` says; absent when nothing. Admission holds it to them. */
  readonly limits?: SessionLimits;
  /** SHA-256 (hex) of the pinned definition's canonical form, for a tool. */
  readonly definitionHash?: string;
  /** Conditions that took part, the first of them; absent when none did. */
  readonly conditions?: readonly ConditionResult[];
  /** Of a use, what its rule asks besides; absent when nothing, and of what is only listed. */
  readonly terms?: PermitTerms;
  /** What a rule on trial (`enforce: false`) would have refused it for. */
  readonly wouldRefuse?: DenyReason;
}

/** Policy said no. */
export interface Deny {
  readonly kind: 'deny';
  readonly request: AccessRequest;
  readonly epoch: number;
  readonly reason: DenyReason;
  /** The rule that denied, or that would have permitted but for `reason`. */
  readonly rule?: RuleRef;
  /** As in a `Permit`. */
  readonly conditions?: readonly ConditionResult[];
  /** When it would be permitted again as far as this reason goes, epoch milliseconds. */
  readonly retryAt?: number;
  /** What the rule says that was not met, as written: `10/h`, `Mon-Fri 08:00-18:00 Europe/Berlin`. */
  readonly term?: string;
  /** The approval that is waited for, or that was denied. */
  readonly approvalId?: string;
}

/** The answer of the one decision. */
export type Decision = Permit | Deny;
