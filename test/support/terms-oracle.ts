import type { GrantRule } from '../../src/authorize/grant-record.ts';

/** One use of a tool of one grant's, as far as the terms of rules see it. */
export interface OracleUse {
  readonly tool: string;
  /** Conditions that hold for it, by their text. */
  readonly holds: readonly string[];
  /** Hours that it falls in, by their text. */
  readonly open: readonly string[];
  readonly at: number;
  readonly approvedBy?: 'admin' | 'client';
  readonly resultBytes: number;
}

/** Patterns are a tool's name, or `*`. A tool's name begins with what its server has of it. */
const isAbout = (rule: GrantRule, use: OracleUse): boolean =>
  rule.pattern === 's/*' || rule.pattern === use.tool;

const has = (all: readonly string[], text: string | undefined): boolean =>
  text === undefined || all.includes(text);

/** A use, and the rules that are in force at it. */
export interface OracleStep {
  readonly rules: readonly GrantRule[];
  readonly use: OracleUse;
}

/**
 * Whether there is a way to permit all of these uses, in order: each by one permit whose terms it meets,
 * counted under what the rule says, whichever form of the grant it is in.
 */
export function canPermitAll(steps: readonly OracleStep[]): boolean {
  const isDenied = ({ rules, use }: OracleStep): boolean =>
    rules.some(
      (rule) =>
        rule.effect === 'deny' &&
        isAbout(rule, use) &&
        has(use.holds, rule.when) &&
        has(use.open, rule.hours),
    );
  if (steps.some(isDenied)) return false;

  const counted: { readonly key: string; readonly at: number }[] = [];
  const rest = (index: number): boolean => {
    const step = steps[index];
    if (step === undefined) return true;
    const { rules, use } = step;
    return rules.some((rule) => {
      if (rule.effect !== 'permit' || !isAbout(rule, use)) return false;
      const isTried = rule.trialUntil !== undefined && use.at < rule.trialUntil;
      const key = JSON.stringify([rule.pattern, rule.when, rule.hours]);
      const hasRoom = (rule.rates ?? []).every(({ count, windowMs }) => {
        const used = counted.filter((each) => each.key === key && each.at > use.at - windowMs);
        return used.length < count;
      });
      const isMet =
        has(use.open, rule.hours) &&
        (isTried || (has(use.holds, rule.when) && hasRoom)) &&
        (rule.approval === undefined || rule.approval === use.approvedBy) &&
        use.resultBytes <= (rule.maxResultBytes ?? Infinity);
      if (!isMet) return false;
      // What has no limit takes no place in that of a rule that says the same otherwise.
      const isCounted = rule.rates !== undefined;
      if (isCounted) counted.push({ key, at: use.at });
      const isDone = rest(index + 1);
      if (isCounted) counted.pop();
      return isDone;
    });
  };
  return rest(0);
}
