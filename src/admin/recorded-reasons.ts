import type { DenyReason } from '../domain/reasons.ts';

/** Refusals that no grant decides: they stand whatever the grants say. */
export const NOT_OF_GRANTS: ReadonlySet<string> = new Set<DenyReason>([
  'halted',
  'surface_closed',
  'client_incapable',
  'handle_invalid',
  'subscriptions_exhausted',
  'session_revoked',
  'session_suspended',
  'session_expired',
  'clock_behind',
  'state_changing',
  'state_unreadable',
  'store_contended',
  'monitor_refused',
  'throttled',
]);

/** Refusals by limits of a session that are not replayed. */
export const OF_SESSION: ReadonlySet<string> = new Set<DenyReason>([
  'session_idle_exceeded',
  'session_calls_exceeded',
  'session_concurrency_exceeded',
]);

/** Refusals for want of a person's yes: the same as a permit that asks for one. */
export const OF_APPROVAL: ReadonlySet<string> = new Set<DenyReason>([
  'approval_needed',
  'approval_denied',
  'approvals_exhausted',
]);
