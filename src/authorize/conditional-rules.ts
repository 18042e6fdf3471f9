import { grantStanding } from './grant-standing.ts';
import type { Asker, PolicyState } from './policy-state.ts';
import { ruleText, termTexts } from './rule-text.ts';

/**
 * The rules with terms (conditions, hours, limits, approvals) of grants that now hold for `asker`, as texts:
 * sorted, each once. For telling that what may be used has changed where no list has; it permits nothing.
 *
 * @param now Epoch milliseconds.
 */
export function conditionalRules(state: PolicyState, asker: Asker, now: number): readonly string[] {
  const texts = new Set<string>();
  for (const grant of state.grants) {
    const standing = grantStanding(grant, asker, now);
    if (standing === undefined) continue;
    for (const rule of grant.rules) {
      const holds = rule.effect === 'deny' ? standing.denies : standing.obstacles.length === 0;
      if (holds && termTexts(rule).length > 0) texts.add(ruleText(rule));
    }
  }
  return [...texts].sort();
}
