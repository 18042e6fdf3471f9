import type { PermitTerms } from '../domain/rule-terms.ts';
import type { GrantRule } from './grant-record.ts';
import { ruleKeyOf } from './rule-key.ts';

/** What a permit asks of a use besides its decision; `undefined` when nothing. */
export function permitTerms(rule: GrantRule, isTrial: boolean): PermitTerms | undefined {
  const { approval, waitMs, maxResultBytes, flow } = rule;
  const rates = rule.rates?.length === 0 ? undefined : rule.rates;
  const isLimited = rates !== undefined || maxResultBytes !== undefined;
  if (!isLimited && approval === undefined && flow === undefined) return undefined;
  return {
    ruleKey: ruleKeyOf(rule),
    ...(rates === undefined ? {} : { rates }),
    ...(approval === undefined
      ? {}
      : { approval: { by: approval, ...(waitMs === undefined ? {} : { waitMs }) } }),
    ...(maxResultBytes === undefined ? {} : { maxResultBytes }),
    ...(flow === undefined ? {} : { flow }),
    ...(isTrial ? { isTrial } : {}),
  };
}
