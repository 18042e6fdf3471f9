import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRule } from '../../src/authorize/grant-record.ts';
import type { Asker } from '../../src/authorize/policy-state.ts';
import { ruleKeyOf } from '../../src/authorize/rule-key.ts';
import type { Decision, Deny, Permit } from '../../src/domain/decision.ts';
import type { Json } from '../../src/domain/json.ts';
import { spentRule } from '../../src/domain/session-limits.ts';
import { stateOf } from '../support/conditions.ts';
import { grant, NOW } from './sample-grants.ts';

type Terms = Partial<GrantRule>;

/** Rules on `files/read`, from line 10. */
const permits = (...all: readonly Terms[]): GrantRule[] =>
  all.map((terms, index) => ({
    effect: 'permit',
    pattern: 'files/read',
    line: 10 + index,
    ...terms,
  }));

const HOUR = 3_600_000;
/** `NOW` is a Monday, midnight UTC. */
const [NIGHT, DAY] = ['22:00-06:00 UTC', 'Mon-Fri 08:00-18:00 UTC'];
const rates = [{ count: 10, windowMs: HOUR }];

/** An asker for whom these rules of the grant are used up until then. */
const spentBy = (...all: readonly (readonly [GrantRule | undefined, number])[]): Asker => ({
  subject: 'alice',
  spent: {
    grants: new Map(),
    rules: new Map(
      all.flatMap(([rule, at]) => (rule ? [[spentRule('g', ruleKeyOf(rule)), at]] : [])),
    ),
  },
});

function decided(
  rules: readonly GrantRule[],
  args: Json | undefined = {},
  asker: Asker = { subject: 'alice' },
  now = NOW,
) {
  const request = { kind: 'tool', server: 'files', tool: 'read', args } as const;
  const state = { ...stateOf([]), grants: [grant('g', { rules, appliedAt: NOW })] };
  const decision: Partial<Omit<Permit, 'kind'> & Omit<Deny, 'kind'>> & Pick<Decision, 'kind'> = {
    ...decide(state, asker, request, now),
  };
  const { kind, reason, rule, conditions, terms, wouldRefuse, term, retryAt } = decision;
  const all = { kind, reason, conditions, terms, wouldRefuse, term, retryAt };
  const told = Object.entries(all).filter(([, value]) => value !== undefined);
  return { ...(Object.fromEntries(told) as Partial<typeof all>), rule: rule?.index };
}

describe('hours', () => {
  it('permit within them, and say from when on outside', () => {
    expect(decided(permits({ hours: NIGHT }))).toEqual({ kind: 'permit', rule: 0 });
    expect(decided(permits({ hours: DAY }))).toEqual({
      kind: 'deny',
      reason: 'outside_hours',
      rule: 0,
      term: DAY,
      retryAt: NOW + 8 * HOUR,
    });
  });

  it('of a deny deny within them, and hide nothing', () => {
    const rules: GrantRule[] = [...permits({}), { ...permits({})[0], effect: 'deny' } as GrantRule];
    const at = (hours: string) => rules.map((rule, index) => (index ? { ...rule, hours } : rule));
    expect(decided(at(DAY))).toEqual({ kind: 'permit', rule: 0 });
    expect(decided(at(NIGHT))).toEqual({
      kind: 'deny',
      reason: 'denied_by_condition',
      rule: 1,
      term: NIGHT,
    });
    const listed = { kind: 'tool', server: 'files', tool: 'read' } as const;
    const state = stateOf(at(NIGHT));
    expect(decide(state, { subject: 'alice' }, listed, NOW)).toMatchObject({ kind: 'permit' });
  });

  it.each(['', 'Mon', '08:00-18:00', '08:00-18:00 Nowhere/Land', '08:00-08:00 UTC'])(
    'that cannot be read permit nothing, and deny always: %j',
    (hours) => {
      expect(decided(permits({ hours }))).toMatchObject({ reason: 'no_rule' });
      const deny: GrantRule = { effect: 'deny', pattern: 'files/*', line: 20, hours };
      expect(decided([...permits({}), deny])).toMatchObject({ reason: 'denied_by_rule', rule: 1 });
    },
  );

  it('of a deny whose pattern cannot be read leave it denying everything', () => {
    const deny: GrantRule = { effect: 'deny', pattern: 'files/{read', line: 20, hours: DAY };
    expect(decided([...permits({}), deny])).toMatchObject({ reason: 'denied_by_rule' });
  });

  it('hold beside a condition', () => {
    const rule = permits({ hours: DAY, when: 'args.count < 5' });
    expect(decided(rule, { count: 1 })).toMatchObject({ reason: 'outside_hours' });
    expect(decided(rule, { count: 9 })).toMatchObject({ reason: 'condition_false' });
    const deny = { ...rule[0], effect: 'deny', hours: NIGHT } as GrantRule;
    expect(decided([...permits({}), deny], { count: 9 })).toMatchObject({ kind: 'permit' });
    expect(decided([...permits({}), deny], {})).toMatchObject({ reason: 'condition_failed' });
  });
});

describe('a limit', () => {
  const [rule] = permits({ rates });

  it('goes with the permit, to be consumed', () => {
    expect(decided(permits({ rates }))).toEqual({
      kind: 'permit',
      rule: 0,
      terms: { ruleKey: '["files/read",null,null]', rates },
    });
  });

  it('that is used up refuses until there is room, with what it is', () => {
    expect(decided(permits({ rates }), {}, spentBy([rule, NOW + 5]))).toEqual({
      kind: 'deny',
      reason: 'limit_reached',
      rule: 0,
      term: '10/h',
      retryAt: NOW + 5,
    });
  });

  it('that is used up leaves other rules alone', () => {
    const other = permits({ rates }, { pattern: 'files/re*' });
    expect(decided(other, {}, spentBy([rule, NOW + 5]))).toEqual({ kind: 'permit', rule: 1 });
  });

  it('says the earliest time at which any rule permits it', () => {
    const two = permits({ rates }, { pattern: 'files/re*', rates }, { hours: DAY });
    const asker = spentBy([two[0], NOW + 50_000_000], [two[1], NOW + 40_000_000]);
    expect(decided(two.slice(0, 2), {}, asker)).toMatchObject({ rule: 1, retryAt: NOW + 4e7 });
    expect(decided(two, {}, asker)).toMatchObject({ rule: 2, reason: 'outside_hours' });
  });

  it('says the hour from which it permits when its room comes at another', () => {
    const both = permits({ rates, hours: NIGHT });
    expect(decided(both, {}, spentBy([both[0], NOW + 7 * HOUR]))).toMatchObject({
      reason: 'limit_reached',
      retryAt: NOW + 22 * HOUR,
    });
  });

  it('counts the same for the same permission, wherever it stands and whatever it is', () => {
    const key = (terms: Terms) => permits(terms).map(ruleKeyOf)[0];
    const same = [{ rates }, { line: 99 }, { approval: 'admin' }, { effect: 'deny' }] as const;
    expect(new Set(same.map(key)).size).toBe(1);
    const others = [{}, { when: 'true' }, { hours: NIGHT }, { pattern: 'files/rea?' }];
    expect(new Set(others.map(key)).size).toBe(4);
    expect(key({ when: 'a', hours: 'b' })).not.toBe(key({ when: 'a","b' }));
  });
});

describe('an approval, and the size of a result', () => {
  it('go with the permit', () => {
    const terms = {
      approval: 'admin',
      waitMs: 60_000,
      maxResultBytes: 65_536,
      flow: 'allow',
    } as const;
    expect(decided(permits(terms)).terms).toEqual({
      ruleKey: '["files/read",null,null]',
      approval: { by: 'admin', waitMs: 60_000 },
      maxResultBytes: 65_536,
      flow: 'allow',
    });
  });

  it('are not asked where another rule permits without', () => {
    const both = permits({ approval: 'admin' }, { pattern: 'files/*' });
    expect(decided(both)).toEqual({ kind: 'permit', rule: 1 });
    const outside = permits({ approval: 'admin' }, { hours: DAY });
    expect(decided(outside)).toMatchObject({ kind: 'permit', rule: 0 });
    const first = permits({ approval: 'client' }, { approval: 'admin' });
    expect(decided(first)).toMatchObject({ rule: 0, terms: { approval: { by: 'client' } } });
  });

  it('hold for nothing that another rule permits in any size, or in a larger one', () => {
    const sizes = (...all: readonly (number | undefined)[]) =>
      decided(permits(...all.map((max) => (max === undefined ? {} : { maxResultBytes: max }))));
    expect(sizes(5, undefined)).toEqual({ kind: 'permit', rule: 1 });
    expect(sizes(5, 7, 6)).toMatchObject({ rule: 1, terms: { maxResultBytes: 7 } });
    const approved = permits({ maxResultBytes: 5 }, { approval: 'admin' });
    expect(decided(approved)).toMatchObject({ rule: 0, terms: { maxResultBytes: 5 } });
  });

  it('are nothing to a list', () => {
    const request = { kind: 'tool', server: 'files', tool: 'read' } as const;
    const listed = decide(
      stateOf(permits({ approval: 'admin', rates, hours: DAY, when: 'false' })),
      spentBy([permits({})[0], NOW + 1]),
      request,
      NOW,
    );
    expect(Object.keys(listed).sort()).toEqual(
      ['definitionHash', 'epoch', 'kind', 'request', 'rule'].sort(),
    );
  });
});

describe('a trial', () => {
  const until = { trialUntil: NOW + 24 * HOUR };
  const when = 'args.count < 5';

  it('lets through what its condition refuses, and says so', () => {
    expect(decided(permits({ when, ...until }), { count: 9 })).toMatchObject({
      kind: 'permit',
      wouldRefuse: 'condition_false',
      conditions: [{ result: 'false' }],
    });
    expect(decided(permits({ when, ...until }), { count: 1 }).wouldRefuse).toBeUndefined();
  });

  it('lets through what its limit refuses, and says so', () => {
    const [rule] = permits({ rates });
    expect(decided(permits({ rates, ...until }), {}, spentBy([rule, NOW + 5]))).toMatchObject({
      kind: 'permit',
      wouldRefuse: 'limit_reached',
      terms: { rates, isTrial: true },
    });
  });

  it('is not what a use stands on where another rule permits it', () => {
    const both = permits({ when, ...until }, { pattern: 'files/*' });
    expect(decided(both, { count: 9 })).toMatchObject({ kind: 'permit', rule: 1 });
    expect(decided(both, { count: 9 }).wouldRefuse).toBeUndefined();
  });

  it('softens nothing else', () => {
    const trial = { when, ...until };
    expect(decided(permits(trial), { count: 'x' })).toMatchObject({ reason: 'condition_failed' });
    expect(decided(permits({ ...trial, hours: DAY }), { count: 9 })).toMatchObject({
      reason: 'outside_hours',
    });
    expect(decided(permits({ ...trial, when: 'args.pth == 1' }), {})).toMatchObject({
      reason: 'no_rule',
    });
    const approved = permits({ ...trial, approval: 'admin' });
    expect(decided(approved, { count: 9 })).toMatchObject({
      wouldRefuse: 'condition_false',
      terms: { approval: { by: 'admin' } },
    });
    const deny = { ...permits({ when: 'true', ...until })[0], effect: 'deny' } as GrantRule;
    expect(decided([...permits({}), deny])).toMatchObject({ reason: 'denied_by_condition' });
  });

  it('ends at its time, and is none when it reaches beyond seven days from being applied', () => {
    const at = (trialUntil: number, now = NOW) =>
      decided(permits({ when, trialUntil }), { count: 9 }, { subject: 'alice' }, now).kind;
    const week = 7 * 24 * HOUR;
    expect([at(NOW + 1), at(NOW), at(NOW + week), at(NOW + week + 1)]).toEqual([
      ...['permit', 'deny', 'permit', 'deny'],
    ]);
  });
});
