import type { SessionLimits, SpentLimit } from '../domain/session-limits.ts';

/** The uses a grant permitted in one session. */
export interface GrantUse {
  /** Admitted uses. */
  readonly calls: number;
  /** Epoch milliseconds of the last of them; `undefined` before the first. */
  readonly lastAt: number | undefined;
  /** Uses without an outcome; asked for only where `concurrent` limits them. */
  readonly open: number;
}

/** The limit that keeps one more use from being admitted; `undefined` when none does. */
export function judgeLimits(
  { idleMs, maxCalls, concurrent }: SessionLimits,
  { calls, lastAt, open }: GrantUse,
  now: number,
): SpentLimit | undefined {
  if (idleMs !== undefined && lastAt !== undefined && now - lastAt >= idleMs) return 'idle';
  if (maxCalls !== undefined && calls >= maxCalls) return 'maxCalls';
  if (concurrent !== undefined && open >= concurrent) return 'concurrent';
  return undefined;
}
