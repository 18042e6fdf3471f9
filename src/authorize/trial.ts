import type { GrantRule } from './grant-record.ts';

/** Longest trial (`enforce: false`) counted from when its grant is applied, milliseconds: seven days. */
export const MAX_TRIAL_MS = 7 * 86_400_000;

/**
 * Whether a rule is on trial: what its `when` and `limit` would refuse is recorded, not refused. One that
 * reaches further than any may is enforced: whoever applies it again and again has to be asked each time.
 *
 * @param appliedAt when its grant was applied, epoch milliseconds, as `now`.
 */
export const isOnTrial = (
  { trialUntil }: Pick<GrantRule, 'trialUntil'>,
  appliedAt: number,
  now: number,
): boolean =>
  trialUntil !== undefined && now < trialUntil && trialUntil <= appliedAt + MAX_TRIAL_MS;
