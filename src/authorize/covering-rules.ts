import type { Rate } from '../domain/rule-terms.ts';
import type { Effort } from './glob-cover.ts';
import type { GrantRule } from './grant-record.ts';
import { isCoveredBy } from './rule-pattern.ts';

/**
 * Whether rules of one effect together reach as far as one of them does: everything its pattern matches
 * is matched by those that ask no more than it asks. What a condition leaves, or which hours are within
 * others, is never guessed.
 */
export function isCovered(rule: GrantRule, by: readonly GrantRule[], effort: Effort): boolean {
  const patterns = by.filter((other) => asksNoMore(other, rule)).map(({ pattern }) => pattern);
  return isCoveredBy(rule.pattern, patterns, effort);
}

/** Whether what `other` asks of a use, of those that both match, is asked by `rule` too. */
function asksNoMore(other: GrantRule, rule: GrantRule): boolean {
  return (
    isConditionOf(other, rule) &&
    (other.hours === undefined || other.hours === rule.hours) &&
    areRatesOf(other, rule) &&
    (other.approval === undefined || other.approval === rule.approval) &&
    (rule.maxResultBytes ?? Infinity) <= (other.maxResultBytes ?? Infinity) &&
    (rule.flow === undefined || rule.flow === other.flow) &&
    isTrialOf(other, rule)
  );
}

/** A condition that fits not all its rule matches has no effect: the same one, of less, may have. */
const isConditionOf = (other: GrantRule, rule: GrantRule): boolean =>
  other.when === undefined || (other.when === rule.when && other.pattern === rule.pattern);

/**
 * Uses are counted by what a rule says of them (see `ruleKeyOf`). So only the same rule is within one
 * with a limit.
 *
 * Attack: a rule with a limit is written as two, or in another way: each would have the whole limit.
 */
function areRatesOf(other: GrantRule, rule: GrantRule): boolean {
  if (other.rates === undefined) return true;
  const isCountedAlike =
    other.pattern === rule.pattern && other.when === rule.when && other.hours === rule.hours;
  return isCountedAlike && other.rates.every((rate) => isKept(rate, rule.rates ?? []));
}

const isKept = (rate: Rate, by: readonly Rate[]): boolean =>
  by.some(({ count, windowMs }) => count <= rate.count && windowMs >= rate.windowMs);

/** A rule on trial asks nothing of what it tries out until then. */
function isTrialOf(other: GrantRule, rule: GrantRule): boolean {
  if (rule.trialUntil === undefined) return true;
  const isPlain = other.when === undefined && other.rates === undefined;
  return isPlain || (other.trialUntil ?? -Infinity) >= rule.trialUntil;
}
