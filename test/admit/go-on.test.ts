import { describe, expect, it } from 'vitest';
import { decideOn } from '../../src/admit/go-on.ts';
import type { Decision, Deny, Permit } from '../../src/domain/decision.ts';
import { type Spent, spentRule } from '../../src/domain/session-limits.ts';

const request = { kind: 'tool', server: 's', tool: 't', args: {} } as const;
const ADMITTED = { grant: 'a', revision: 1, index: 0, pattern: 's/*' };

/** A permit under the rule the use was admitted under, with what a test says otherwise. */
const permit = (rule: Partial<Permit['rule']>, terms?: Partial<Permit['terms']>): Permit =>
  ({
    kind: 'permit',
    request,
    epoch: 5,
    rule: { ...ADMITTED, ...rule },
    ...(terms && { terms: { ruleKey: rule.pattern ?? 'k', ...terms } }),
  }) as Permit;
const revoked: Deny = { kind: 'deny', request, epoch: 5, reason: 'no_grant' };

/** What is decided on a use that goes on: the first of these that `spent` does not leave out. */
function goingOn(decisions: readonly Decision[], spent: Partial<Spent> = {}): Decision {
  const asked = (left: Spent | undefined): Decision =>
    decisions.find(
      (one) =>
        one.kind === 'deny' ||
        left?.rules.has(spentRule(one.rule.grant, one.terms?.ruleKey ?? '')) !== true,
    ) ?? revoked;
  return decideOn(asked, { grants: new Map(), rules: new Map(), under: ADMITTED, ...spent });
}

const rates = [{ count: 1, windowMs: 1 }];
const approval = { by: 'admin' } as const;

describe('a use that goes on', () => {
  it.each([
    ['the rule it was admitted under', permit({}, { rates, approval })],
    ['that rule with another limit', permit({ revision: 2, index: 3 }, { rates })],
    ['a rule that asks nothing', permit({ grant: 'b' })],
    ['a rule that only bounds its result', permit({ grant: 'b' }, { maxResultBytes: 1 })],
    ['a rule whose limit is on trial', permit({ grant: 'b' }, { rates, isTrial: true })],
  ])('stands on %s', (_, decision) => {
    expect(goingOn([decision])).toBe(decision);
  });

  it.each([
    ["another grant's limit", permit({ grant: 'b' }, { rates })],
    ["another rule's limit", permit({ pattern: 's/t' }, { rates })],
    ["another rule's approval", permit({ index: 1 }, { approval })],
    ['an approval that its rule did not ask for before', permit({ revision: 2 }, { approval })],
  ])('does not stand on %s', (_, decision) => {
    expect(goingOn([decision])).toMatchObject({
      kind: 'deny',
      reason: 'state_changing',
      rule: decision.rule,
      epoch: 5,
    });
  });

  it('does not stand on the limit of a rule with its pattern and another condition', () => {
    const under = { ...ADMITTED, ruleKey: '["s/*","args.a == 1",null]' };
    const mine = permit({ revision: 2 }, { rates, ruleKey: under.ruleKey });
    const other = permit({ index: 1 }, { rates, ruleKey: '["s/*","args.b == 1",null]' });
    expect(goingOn([mine], { under })).toBe(mine);
    expect(goingOn([other], { under })).toMatchObject({ kind: 'deny', reason: 'state_changing' });
  });

  it('stands on its own rule when one that asks more comes first now', () => {
    const mine = permit({}, { rates });
    const first = permit({ grant: '0', pattern: 's/t' }, { rates, approval });
    expect(goingOn([first, mine])).toBe(mine);
  });

  it('ends with what denies it', () => {
    expect(goingOn([revoked])).toBe(revoked);
  });

  it('ends when the decision comes back to what it cannot stand on', () => {
    const other = permit({ grant: 'b' }, { approval });
    const deny = decideOn(() => other, { grants: new Map(), rules: new Map(), under: ADMITTED });
    expect(deny).toMatchObject({ kind: 'deny', reason: 'state_changing' });
  });

  it('is only held to that once it was admitted', () => {
    const other = permit({ grant: 'b' }, { rates, approval });
    const { under: _, ...before } = { grants: new Map(), rules: new Map(), under: ADMITTED };
    expect(decideOn(() => other, before)).toBe(other);
    expect(decideOn(() => other, undefined)).toBe(other);
  });
});
