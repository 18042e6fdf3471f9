import type { GrantRule } from './grant-record.ts';
import { hoursOf, isWithin, nextOpening } from './hours.ts';

/** Whether a rule's hours can be read. One whose hours cannot permits nothing, and denies at every hour. */
export const hasReadableHours = ({ hours }: Pick<GrantRule, 'hours'>): boolean =>
  hours === undefined || hoursOf(hours) !== undefined;

/** Whether `now` (epoch milliseconds) is within a rule's hours. */
export function isItsHour(
  { effect, hours }: Pick<GrantRule, 'effect' | 'hours'>,
  now: number,
): boolean {
  if (hours === undefined) return true;
  const read = hoursOf(hours);
  return read === undefined ? effect === 'deny' : isWithin(read, now);
}

/** The first instant from `from` on that is within a rule's hours, epoch milliseconds; `undefined` for none. */
export function itsHourFrom({ hours }: Pick<GrantRule, 'hours'>, from: number): number | undefined {
  if (hours === undefined) return from;
  const read = hoursOf(hours);
  return read === undefined ? undefined : nextOpening(read, from);
}
