import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareGrants } from '../../src/authorize/compare-grants.ts';
import type { GrantDocument, GrantRule } from '../../src/authorize/grant-record.ts';
import { runs } from '../support/runs.ts';
import { canPermitAll, type OracleUse } from '../support/terms-oracle.ts';
import { NOW } from './sample-grants.ts';

type Terms = Partial<GrantRule>;

const document = (rules: readonly GrantRule[]): GrantDocument => ({
  id: 'g',
  subject: 'alice',
  purpose: 'Test',
  expiresAt: NOW + 86_400_000,
  rules,
});
const permit = (terms: Terms = {}): GrantRule => ({
  effect: 'permit',
  pattern: 's/*',
  line: 1,
  ...terms,
});
const deny = (terms: Terms = {}): GrantRule => ({ ...permit(terms), effect: 'deny' });
const kindOf = (old: readonly GrantRule[], next: readonly GrantRule[]) =>
  compareGrants(document(old), document(next)).kind;

const HOURLY = { count: 10, windowMs: 3_600_000 };
const LESS = { count: 5, windowMs: 3_600_000 };
const LONGER = { count: 10, windowMs: 7_200_000 };
const DAILY = { count: 100, windowMs: 86_400_000 };

describe('a change of the terms of a permit', () => {
  it.each<[string, Terms, Terms]>([
    ['a limit where there was none', {}, { rates: [HOURLY] }],
    ['a smaller limit', { rates: [HOURLY] }, { rates: [LESS] }],
    ['a limit over longer', { rates: [HOURLY] }, { rates: [LONGER] }],
    ['a limit more', { rates: [HOURLY] }, { rates: [HOURLY, DAILY] }],
    ['an approval where there was none', {}, { approval: 'admin' }],
    ['a largest result', {}, { maxResultBytes: 5 }],
    ['an end to free flow', { flow: 'allow' }, {}],
    ['a smaller result', { maxResultBytes: 6 }, { maxResultBytes: 5 }],
    ['hours where there were none', {}, { hours: '08:00-18:00 UTC' }],
    ['a condition where there was none', {}, { when: 'args.x == 1' }],
    [
      'a shorter trial',
      { rates: [HOURLY], trialUntil: NOW + 2 },
      { rates: [HOURLY], trialUntil: NOW + 1 },
    ],
    ['the end of a trial', { rates: [HOURLY], trialUntil: NOW + 2 }, { rates: [HOURLY] }],
    [
      'a smaller pattern with an approval',
      { approval: 'admin' },
      { approval: 'admin', pattern: 's/a' },
    ],
    [
      'a trial of a limit where there was none',
      {},
      { rates: [HOURLY], approval: 'admin', trialUntil: NOW },
    ],
  ])('narrows by %s, and widens by taking it away', (_title, old, next) => {
    expect(kindOf([permit(old)], [permit(next)])).toBe('narrows');
    expect(kindOf([permit(next)], [permit(old)])).toBe('widens');
  });

  it.each<[string, Terms, Terms]>([
    ['another who approves', { approval: 'admin' }, { approval: 'client' }],
    ['other hours', { hours: '08:00-18:00 UTC' }, { hours: '08:00-17:00 UTC' }],
    ['another condition', { when: 'args.x == 1' }, { when: 'args.x == 2' }],
    ['one limit for another', { rates: [HOURLY] }, { rates: [DAILY] }],
    // Uses are counted anew: it would be another limit.
    ['a smaller pattern of a limit', { rates: [HOURLY] }, { rates: [HOURLY], pattern: 's/a' }],
    ['a condition on a limit', { rates: [HOURLY] }, { rates: [HOURLY], when: 'args.x == 1' }],
    // It may have fitted nothing before, and permitted nothing.
    ['a smaller pattern of a condition', { when: 'args.x' }, { when: 'args.x', pattern: 's/a' }],
  ])('is no narrowing: %s', (_title, old, next) => {
    expect(kindOf([permit(old)], [permit(next)])).toBe('mixed');
    expect(kindOf([permit(next)], [permit(old)])).toBe('mixed');
  });

  it('does not pass for one when a limit is written twice', () => {
    const split = ['true', 'args.x == 1'].map((when) => permit({ rates: [HOURLY], when }));
    expect(kindOf([permit({ rates: [HOURLY] })], split)).toBe('mixed');
  });

  it('that only says how long a call waits is of no right, and is told', () => {
    const [old, next] = [{ waitMs: 1_000 }, { waitMs: 2_000 }].map((terms) =>
      document([permit({ approval: 'admin', ...terms })]),
    );
    if (old === undefined || next === undefined) throw new Error('two');
    expect(compareGrants(old, next)).toMatchObject({
      kind: 'same',
      differences: ['- permit s/* approval admin wait 1s', '+ permit s/* approval admin wait 2s'],
    });
  });
});

describe('a change of the terms of a deny', () => {
  it('narrows by taking hours away, and widens by adding them', () => {
    expect(kindOf([deny({ hours: '08:00-18:00 UTC' })], [deny()])).toBe('narrows');
    expect(kindOf([deny()], [deny({ hours: '08:00-18:00 UTC' })])).toBe('widens');
  });
});

describe('the differences', () => {
  it('are told in one line for each rule', () => {
    const next = permit({
      hours: 'Mon-Fri 08:00-18:00 Europe/Berlin',
      rates: [HOURLY, DAILY],
      approval: 'client',
      waitMs: 60_000,
      maxResultBytes: 65_536,
      when: 'args.x\n  == 1',
      trialUntil: NOW,
    });
    expect(compareGrants(document([permit()]), document([next])).differences).toEqual([
      '- permit s/*',
      '+ permit s/* hours Mon-Fri 08:00-18:00 Europe/Berlin limit 10/h, 100/d approval client wait 1m maxResult 64KB enforce false until 2026-06-01T00:00:00Z when args.x == 1',
    ]);
  });
});

describe('any two forms with terms', () => {
  const rates = fc.subarray(
    [
      { count: 1, windowMs: 10 },
      { count: 2, windowMs: 10 },
      { count: 2, windowMs: 30 },
    ],
    { minLength: 1 },
  );
  const rare = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(some, { freq: 2, nil: undefined });
  const rule = fc
    .record({
      effect: fc.constantFrom<GrantRule['effect'][]>('permit', 'permit', 'permit', 'deny'),
      pattern: fc.constantFrom('s/*', 's/*', 's/a', 's/b'),
      when: rare(fc.constantFrom('A', 'B')),
      hours: rare(fc.constantFrom('H', 'I')),
      rates: rare(rates),
      approval: rare(fc.constantFrom('admin' as const, 'client' as const)),
      maxResultBytes: rare(fc.constantFrom(5, 6)),
      flow: rare(fc.constant('allow' as const)),
      trialUntil: rare(fc.constantFrom(NOW + 15, NOW + 25)),
    })
    .map(({ effect, pattern, when, hours, ...of }): GrantRule => {
      const terms = effect === 'deny' ? { when, hours } : { when, hours, ...of };
      const given = Object.entries(terms).filter(([, value]) => value !== undefined);
      return { effect, pattern, line: 1, ...Object.fromEntries(given) };
    });
  const form = fc.array(rule, { maxLength: 3 });
  /** Two forms, or one and itself with one rule's terms changed. */
  const forms = fc.oneof(
    fc.tuple(form, form),
    fc
      .tuple(form, rule, fc.nat())
      .map(([old, other, at]): [GrantRule[], GrantRule[]] => [
        old,
        old.map((each, index) =>
          index === at % old.length
            ? { ...other, effect: each.effect, pattern: each.pattern }
            : each,
        ),
      ]),
    fc
      .tuple(form, rule, fc.constantFrom('when', 'hours', 'rates', 'approval', 'trialUntil'))
      .map(([old, other, key]): [GrantRule[], GrantRule[]] => [
        old,
        old.map((each) => ({ ...each, [key]: other[key as keyof GrantRule] })),
      ]),
  );
  const use = fc.record({
    tool: fc.constantFrom('s/a', 's/b'),
    holds: fc.subarray(['A', 'B']),
    open: fc.subarray(['H', 'I']),
    later: fc.constantFrom(0, 1, 9, 10, 11),
    approvedBy: fc.constantFrom(undefined, 'admin' as const, 'client' as const),
    resultBytes: fc.constantFrom(5, 6, 7),
  });
  const uses = fc.array(use, { minLength: 1, maxLength: 4 }).map((all) => {
    let at = NOW;
    return all.map(({ later, approvedBy, ...each }): OracleUse => {
      at += later;
      return { ...each, at, ...(approvedBy === undefined ? {} : { approvedBy }) };
    });
  });

  const under = (rules: readonly GrantRule[], some: readonly OracleUse[]) =>
    some.map((each) => ({ rules, use: each }));

  it('narrow to what neither forbids, whatever was used before', () => {
    let permitted = 0;
    fc.assert(
      fc.property(forms, uses, fc.nat(3), ([old, next], all, used) => {
        const { narrowed } = compareGrants(document(old), document(next));
        const [before, after] = [all.slice(0, used), all.slice(used)];
        if (!canPermitAll([...under(old, before), ...under(narrowed.rules, after)])) return;
        permitted += after.length;
        expect(canPermitAll(under(old, all))).toBe(true);
        expect(canPermitAll(under(next, after))).toBe(true);
      }),
      runs(20_000),
    );
    expect(permitted).toBeGreaterThan(200);
  });

  /** What has no limit is counted under none: a use of `s/*` leaves the place beside it free. */
  const beside: [[GrantRule[], GrantRule[]], OracleUse[], number] = [
    [
      [permit({ maxResultBytes: 5 }), permit({ rates: [{ count: 1, windowMs: 10 }] })],
      [
        permit({ maxResultBytes: 5, pattern: 's/a' }),
        permit({ rates: [{ count: 1, windowMs: 10 }] }),
      ],
    ],
    [
      { tool: 's/a', holds: [], open: [], at: NOW, resultBytes: 5 },
      { tool: 's/b', holds: [], open: [], at: NOW + 1, resultBytes: 6 },
    ],
    0,
  ];

  it('that narrow give nothing more, whatever was used before', () => {
    let narrowing = 0;
    fc.assert(
      fc.property(forms, uses, fc.nat(3), ([old, next], all, used) => {
        if (!['same', 'narrows'].includes(kindOf(old, next))) return;
        const [before, after] = [all.slice(0, used), all.slice(used)];
        if (!canPermitAll([...under(old, before), ...under(next, after)])) return;
        narrowing += 1;
        expect(canPermitAll(under(old, all))).toBe(true);
      }),
      { ...runs(20_000), examples: [beside] },
    );
    expect(narrowing).toBeGreaterThan(100);
  });
});
