import type { Decision, Deny, Permit } from '../domain/decision.ts';
import { type Spent, spentRule } from '../domain/session-limits.ts';

/**
 * The decision on a use that goes on: its permit stands on the rule it was admitted under, or on one
 * whose permit takes nothing that only an admission can give.
 *
 * Attack: a call waits for its tool server, the grant it was admitted under is revoked meanwhile, and
 * another rule keeps it going, whose approval nobody gave and in whose limit it took no place.
 *
 * @param decide the decision without what is in `spent`.
 */
export function decideOn(
  decide: (spent: Spent | undefined) => Decision,
  spent: Spent | undefined,
): Decision {
  const first = decide(spent);
  if (spent?.under === undefined) return first;
  const { under } = spent;
  if (first.kind === 'permit' && goesOn(first, under)) return first;
  const rules = new Map(spent.rules);
  for (let decision = first; ; decision = decide({ ...spent, rules })) {
    if (decision.kind === 'permit' && goesOn(decision, under)) return decision;
    // What keeps it from going on is the first decision's to say, unless that was a permit.
    if (first.kind === 'deny') return first;
    if (decision.kind === 'deny') return madeAgain(first);
    const { rule, terms } = decision;
    const another = spentRule(rule.grant, terms?.ruleKey ?? '');
    // Each rule is left out once: a decision that comes back to it would go round for ever.
    if (rules.has(another)) return madeAgain(first);
    rules.set(another, 0);
  }
}

function goesOn({ rule, terms }: Permit, under: NonNullable<Spent['under']>): boolean {
  const isSame = rule.grant === under.grant && rule.pattern === under.pattern;
  const isUnchanged = isSame && rule.revision === under.revision && rule.index === under.index;
  // A change of the limit is no other rule: its uses go on being counted. Another condition is one.
  const isCounted = isSame && (under.ruleKey ?? terms?.ruleKey) === terms?.ruleKey;
  const hasPlace = terms?.rates === undefined || terms.isTrial === true || isCounted;
  return hasPlace && (terms?.approval === undefined || isUnchanged);
}

/** It may be permitted when it is made again: then it is admitted under the other rule. */
const madeAgain = ({ request, epoch, rule }: Permit): Deny => ({
  kind: 'deny',
  request,
  epoch,
  rule,
  reason: 'state_changing',
});
