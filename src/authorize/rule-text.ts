import type { GrantRule } from './grant-record.ts';

/** A rule in one line, for people: `permit files/read_* when args.path == "/x"`. */
export const ruleText = ({ effect, pattern, when }: GrantRule): string =>
  `${effect} ${pattern}${when === undefined ? '' : ` when ${when.replace(/\s+/g, ' ')}`}`;
