import type { GrantRule } from './grant-record.ts';

/**
 * What uses of a rule are counted under within its grant: the same as long as it permits the same, wherever
 * it stands in its file and whatever its limit is.
 *
 * Attack: a file in which lines moved, or a limit that was changed, would begin a new count.
 */
export const ruleKeyOf = ({
  pattern,
  when,
  hours,
}: Pick<GrantRule, 'pattern' | 'when' | 'hours'>): string =>
  JSON.stringify([pattern, when ?? null, hours ?? null]);
