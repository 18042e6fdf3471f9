import { compiledRule } from './compiled-rule.ts';
import { grantStanding } from './grant-standing.ts';
import type { Asker, PolicyState } from './policy-state.ts';

/**
 * The rules about resources that now hold for `asker` and could match one of a tool server, as texts:
 * sorted, each once. Empty when nothing of it is permitted. For telling that what can be listed has
 * changed, where only the tool server knows what there is; it permits nothing.
 *
 * @param now Epoch milliseconds.
 */
export function resourceRules(
  state: PolicyState,
  asker: Asker,
  server: string,
  now: number,
): readonly string[] {
  if (state.isHalted || state.servers.get(server)?.hasResources !== true) return [];
  const rules = new Set<string>();
  let isPermitted = false;
  for (const grant of state.grants) {
    const standing = grantStanding(grant, asker, now);
    if (standing === undefined) continue;
    for (const rule of grant.rules) {
      const { effect, pattern } = rule;
      const holds = effect === 'deny' ? standing.denies : standing.obstacles.length === 0;
      if (!holds) continue;
      const { kind, glob } = compiledRule(rule);
      if (kind !== 'resource') continue;
      // As in the decision: what cannot be read permits nothing and denies everything.
      if (glob === undefined ? effect === 'permit' : !glob.canMatchUnder(`${server}/`)) continue;
      isPermitted ||= effect === 'permit';
      rules.add(`${effect} ${pattern}`);
    }
  }
  return isPermitted ? [...rules].sort() : [];
}
