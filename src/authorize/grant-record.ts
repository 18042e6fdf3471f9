import type { Approver, Rate } from '../domain/rule-terms.ts';
import type { SessionLimits } from '../domain/session-limits.ts';

/** One rule of a grant, parsed and checked. */
export interface GrantRule {
  readonly effect: 'permit' | 'deny';
  /** As written: `github/{list,get}_*` over tool refs, or with its kind, `prompt:github/*`. */
  readonly pattern: string;
  /** A condition, in CEL, on the arguments of the use and who makes it. */
  readonly when?: string;
  /** When it is in force, as written: `Mon-Fri 08:00-18:00 Europe/Berlin`. */
  readonly hours?: string;
  /** How often it permits; all of them hold. Only of a permit, like all that follows. */
  readonly rates?: readonly Rate[];
  readonly approval?: Approver;
  /** How long a call is held open for its approval, milliseconds. */
  readonly waitMs?: number;
  /** UTF-8 bytes of a result that it permits to be released. */
  readonly maxResultBytes?: number;
  /** Data may flow out under it, whatever kinds of data the session has touched. */
  readonly flow?: 'allow';
  /** `enforce: false`: until then (epoch milliseconds) `when` and `limit` are recorded, not enforced. */
  readonly trialUntil?: number;
  /** One-based line in the grant's file. */
  readonly line: number;
}

/** A grant as its file says it, parsed and checked. Plain data; instants are epoch milliseconds. */
export interface GrantDocument {
  readonly id: string;
  readonly subject: string;
  /** Profile names; absent means any client. */
  readonly clients?: readonly string[];
  readonly purpose: string;
  readonly expiresAt: number;
  /** Longest age of a session this grant still permits calls in, milliseconds. */
  readonly sessionLifeMs?: number;
  /** What its permits may be used for within one session; absent when as often as wanted. */
  readonly sessionLimits?: SessionLimits;
  readonly rules: readonly GrantRule[];
}

/** A grant as brokers obey it: a document, applied. */
export interface GrantRecord extends GrantDocument {
  /** From 1; each applied change adds one. */
  readonly revision: number;
  /** The file it came from, relative to the configuration's folder, with `/`. */
  readonly file: string;
  readonly appliedAt: number;
  /** Set by revocation; a tombstone that no file, checkout or apply lifts. */
  readonly revokedAt?: number;
}
