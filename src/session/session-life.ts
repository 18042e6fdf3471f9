/** Life of a session when nobody says otherwise, milliseconds. */
export const DEFAULT_SESSION_LIFE_MS = 8 * 60 * 60 * 1000;
/** Longest life of a session, milliseconds. */
export const MAX_SESSION_LIFE_MS = 24 * 60 * 60 * 1000;

/**
 * When a session opened at `now` ends: the wished life, at most 24 h, and never beyond the subject's
 * latest-expiring grant. Epoch milliseconds.
 */
export function sessionExpiry(
  now: number,
  wishedMs: number | undefined,
  latestGrantExpiry: number | undefined,
): number {
  const life = Math.min(wishedMs ?? DEFAULT_SESSION_LIFE_MS, MAX_SESSION_LIFE_MS);
  return Math.min(now + life, latestGrantExpiry ?? Number.POSITIVE_INFINITY);
}
