import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareGrants } from '../../src/authorize/compare-grants.ts';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantDocument } from '../../src/authorize/grant-record.ts';
import type { Asker } from '../../src/authorize/policy-state.ts';
import { runs } from '../support/runs.ts';
import { grant, NOW, rules, state } from './sample-grants.ts';

const DAY = 86_400_000;

const document = (members: Partial<GrantDocument>): GrantDocument => ({
  id: 'g',
  subject: 'alice',
  purpose: 'Test',
  expiresAt: NOW + DAY,
  rules: [],
  ...members,
});

const kindOf = (old: Partial<GrantDocument>, next: Partial<GrantDocument>) =>
  compareGrants(document(old), document(next)).kind;

const permits = rules('+files/*', '+mail/read');

describe('the next form of a grant', () => {
  it.each<[string, string, Partial<GrantDocument>, Partial<GrantDocument>]>([
    ['nothing', 'same', { rules: permits }, { rules: permits }],
    ['purpose', 'same', { rules: permits }, { rules: permits, purpose: 'Other' }],
    ['order', 'same', { rules: rules('+a/b', '+c/d') }, { rules: rules('+c/d', '+a/b') }],
    ['a repeated rule', 'same', { rules: rules('+a/b') }, { rules: rules('+a/b', '+a/b') }],
    [
      'the spelling of a pattern',
      'same',
      { rules: rules('+a/{b,c}') },
      { rules: rules('+a/c', '+a/b') },
    ],
    [
      'a permit of another kind more',
      'widens',
      { rules: rules('+**') },
      { rules: rules('+**', '+prompt:files/*') },
    ],
    [
      'a deny of another kind more',
      'narrows',
      { rules: rules('+**', '-**') },
      { rules: rules('+**', '-**', '-resource:**') },
    ],
    ['another kind', 'mixed', { rules: rules('+files/**') }, { rules: rules('+ask:files/**') }],
    [
      'a resource less',
      'narrows',
      { rules: rules('+resource:files/file:///home/**') },
      { rules: rules('+resource:files/file:///home/alice/**') },
    ],
    [
      'a deny of a resource made smaller',
      'widens',
      { rules: rules('+resource:**', '-resource:files/file:///home/**') },
      { rules: rules('+resource:**', '-resource:files/file:///home/alice/**') },
    ],
    ['a permit less', 'narrows', { rules: permits }, { rules: rules('+files/*') }],
    ['a permit more', 'widens', { rules: rules('+files/*') }, { rules: permits }],
    [
      'a permit made smaller',
      'narrows',
      { rules: rules('+files/*') },
      { rules: rules('+files/read_*') },
    ],
    [
      'a permit made larger',
      'widens',
      { rules: rules('+files/read_*') },
      { rules: rules('+files/*') },
    ],
    ['one permit for another', 'mixed', { rules: rules('+files/a') }, { rules: rules('+files/b') }],
    ['a deny more', 'narrows', { rules: permits }, { rules: [...permits, ...rules('-*/x')] }],
    ['a deny less', 'widens', { rules: [...permits, ...rules('-*/x')] }, { rules: permits }],
    ['an earlier expiry', 'narrows', { rules: permits }, { rules: permits, expiresAt: NOW + 1 }],
    ['a later expiry', 'widens', { rules: permits }, { rules: permits, expiresAt: NOW + 2 * DAY }],
    ['a shorter life', 'narrows', { rules: permits }, { rules: permits, sessionLifeMs: 1_000 }],
    [
      'a longer life',
      'widens',
      { rules: permits, sessionLifeMs: 1_000 },
      { rules: permits, sessionLifeMs: 2_000 },
    ],
    ...(['idleMs', 'maxCalls', 'concurrent'] as const).flatMap(
      (limit): [string, 'narrows' | 'widens', Partial<GrantDocument>, Partial<GrantDocument>][] => [
        [
          `${limit} where there was none`,
          'narrows',
          { rules: permits },
          { rules: permits, sessionLimits: { [limit]: 5 } },
        ],
        [
          `a larger ${limit}`,
          'widens',
          { rules: permits, sessionLimits: { [limit]: 5 } },
          { rules: permits, sessionLimits: { [limit]: 6 } },
        ],
      ],
    ),
    [
      'one limit for another',
      'mixed',
      { rules: permits, sessionLimits: { maxCalls: 5, concurrent: 2 } },
      { rules: permits, sessionLimits: { maxCalls: 4, concurrent: 3 } },
    ],
    [
      'clients where there were none',
      'narrows',
      { rules: permits },
      { rules: permits, clients: ['x'] },
    ],
    [
      'one client less',
      'narrows',
      { rules: permits, clients: ['x', 'y'] },
      { rules: permits, clients: ['y'] },
    ],
    [
      'one client more',
      'widens',
      { rules: permits, clients: ['x'] },
      { rules: permits, clients: ['x', 'y'] },
    ],
    [
      'another client',
      'mixed',
      { rules: permits, clients: ['x'] },
      { rules: permits, clients: ['y'] },
    ],
    ['another subject', 'mixed', { rules: permits }, { rules: permits, subject: 'bob' }],
    [
      'a permit more, a deny more',
      'mixed',
      { rules: rules('+a/b') },
      { rules: rules('+a/b', '+a/c', '-a/d') },
    ],
    [
      'an earlier expiry of a deny',
      'widens',
      { rules: rules('-*/x') },
      { rules: rules('-*/x'), expiresAt: NOW },
    ],
    [
      'a later expiry of a deny',
      'narrows',
      { rules: rules('-*/x') },
      { rules: rules('-*/x'), expiresAt: NOW + 2 * DAY },
    ],
    [
      'a deny for fewer clients',
      'widens',
      { rules: rules('-*/x') },
      { rules: rules('-*/x'), clients: ['x'] },
    ],
    [
      'an earlier expiry of both',
      'mixed',
      { rules: rules('+a/b', '-*/x') },
      { rules: rules('+a/b', '-*/x'), expiresAt: NOW },
    ],
  ])('that changes %s: %s', (_title, kind, old, next) => {
    expect(kindOf(old, next)).toBe(kind);
  });

  it('is described line by line', () => {
    const old = document({ rules: rules('+files/*', '-*/x'), clients: ['b', 'a'] });
    const next = document({
      subject: 'bob',
      rules: rules('+mail/*', '-*/y'),
      expiresAt: NOW,
      sessionLifeMs: 28_800_000,
      sessionLimits: { idleMs: 60_000, maxCalls: 3, concurrent: 1 },
      purpose: 'Other',
    });
    expect(compareGrants(old, next).differences).toEqual([
      'subject: alice -> bob',
      'clients: a, b -> any',
      'expires: 2026-06-02T00:00:00Z -> 2026-06-01T00:00:00Z',
      'session.life: any -> 8h',
      'session.idle: any -> 1m',
      'session.maxCalls: any -> 3',
      'session.concurrent: any -> 1',
      '- permit files/*',
      '+ permit mail/*',
      '- deny *\u002fx',
      '+ deny *\u002fy',
      'purpose',
    ]);
  });

  it('differs in nothing, or in lines, or in purpose', () => {
    const old = document({ rules: rules('+a/b') });
    const moved = document({ rules: [{ effect: 'permit', pattern: 'a/b', line: 99 }] });
    expect(compareGrants(old, old).differences).toEqual([]);
    expect(compareGrants(old, moved).differences).toEqual(['lines']);
    expect(compareGrants(old, { ...old, purpose: 'Other' }).differences).toEqual(['purpose']);
  });
});

describe('what may be applied of it at once', () => {
  const narrowed = (old: Partial<GrantDocument>, next: Partial<GrantDocument>) =>
    compareGrants(document(old), document(next)).narrowed;

  it('is the permits of both, the denies of either, the earlier end, the shorter life, the common clients', () => {
    const old = {
      rules: rules('+a/b', '+a/c'),
      clients: ['x', 'y'],
      sessionLifeMs: 5_000,
      sessionLimits: { maxCalls: 9, concurrent: 1 },
    };
    const next = {
      rules: rules('+a/c', '+a/d', '-a/e'),
      clients: ['y', 'z'],
      expiresAt: NOW + 5,
      sessionLifeMs: 9_000,
      sessionLimits: { maxCalls: 5, idleMs: 7 },
      purpose: 'Other',
    };
    expect(narrowed(old, next)).toEqual(
      document({
        rules: [
          { effect: 'permit', pattern: 'a/c', line: 10 },
          { effect: 'deny', pattern: 'a/e', line: 12 },
        ],
        clients: ['y'],
        expiresAt: NOW + 5,
        sessionLifeMs: 5_000,
        sessionLimits: { idleMs: 7, maxCalls: 5, concurrent: 1 },
        purpose: 'Other',
      }),
    );
  });

  it('is for nobody when no client is in both', () => {
    const found = narrowed({ rules: permits, clients: ['x'] }, { rules: permits, clients: ['y'] });
    expect(found.clients).toEqual([]);
  });

  it('gives the permits up rather than let a deny expire', () => {
    const both = rules('+a/b', '-*/x');
    expect(narrowed({ rules: both }, { rules: both, expiresAt: NOW })).toEqual(
      document({ rules: both.slice(1) }),
    );
  });

  it('of another subject keeps only what the old one is denied', () => {
    const found = narrowed(
      { rules: rules('+a/b', '-a/c') },
      { rules: rules('+a/b'), subject: 'bob' },
    );
    expect(found).toEqual(document({ rules: [{ effect: 'deny', pattern: 'a/c', line: 11 }] }));
  });
});

describe('any two forms', () => {
  const pattern = fc.constantFrom(
    'files/*',
    '**',
    'files/read_file',
    'files/{read,write}_file',
    '*/*_file',
    '*/read*',
    'mail/read',
    'mail/?ead',
    'unseen/*',
  );
  const form = fc
    .record({
      subject: fc.constantFrom('alice', 'alice', 'alice', 'bob'),
      clients: fc.constantFrom(undefined, undefined, ['x'], ['y'], ['x', 'y']),
      expiresAt: fc.constantFrom(NOW - 5, NOW + 5, NOW + 5, NOW + 10),
      life: fc.constantFrom(undefined, undefined, 5, 10),
      rules: fc.array(fc.tuple(fc.constantFrom('+', '+', '+', '-'), pattern), { maxLength: 4 }),
    })
    .map(({ clients, life, ...rest }) =>
      document({
        ...rest,
        ...(clients === undefined ? {} : { clients }),
        ...(life === undefined ? {} : { sessionLifeMs: life }),
        rules: rules(...rest.rules.map(([sign, text]) => sign + text)),
      }),
    );
  /** Two forms that have nothing to do with each other, or one and an edited copy of it. */
  const forms = fc.oneof(
    fc.tuple(form, form),
    fc
      .tuple(form, form, fc.subarray(['clients', 'expiresAt', 'sessionLifeMs', 'rules'] as const))
      .map(([old, other, edited]): [GrantDocument, GrantDocument] => {
        const kept = Object.entries(old).filter(([key]) => !edited.some((each) => each === key));
        const taken = Object.entries(other).filter(([key]) => edited.some((each) => each === key));
        return [old, { ...document({}), ...Object.fromEntries([...kept, ...taken]) }];
      }),
  );
  const asker: fc.Arbitrary<Asker> = fc
    .record({
      subject: fc.constantFrom('alice', 'alice', 'alice', 'bob'),
      client: fc.constantFrom(undefined, 'x', 'x', 'y'),
      sessionOpenedAt: fc.constantFrom(NOW, NOW, NOW - 7),
    })
    .map(({ client, ...rest }) => (client === undefined ? rest : { ...rest, client }));
  const asked = fc.constantFrom(
    ...['read_file', 'write_file', 'gone'].map((tool) => ({
      kind: 'tool' as const,
      server: 'files',
      tool,
    })),
    { kind: 'tool' as const, server: 'mail', tool: 'read' },
    { kind: 'server' as const, server: 'unseen' },
  );
  const now = fc.constantFrom(NOW - 6, NOW, NOW, NOW + 5, NOW + 7);
  const record = (from: GrantDocument, id = 'g') => grant(id, { ...from, id });

  it('narrow to what neither forbids', () => {
    let permitted = 0;
    fc.assert(
      fc.property(forms, asker, asked, now, ([old, next], who, request, at) => {
        const { narrowed } = compareGrants(old, next);
        if (decide(state(record(narrowed)), who, request, at).kind !== 'permit') return;
        permitted += 1;
        expect(decide(state(record(old)), who, request, at).kind).toBe('permit');
        expect(decide(state(record(next)), who, request, at).kind).toBe('permit');
      }),
      runs(5_000),
    );
    expect(permitted).toBeGreaterThan(20);
  });

  it('narrow without giving anything through another grant of the subject', () => {
    fc.assert(
      fc.property(forms, form, asker, asked, now, ([old, next], beside, who, request, at) => {
        const { narrowed } = compareGrants(old, next);
        const other = record(beside, 'z');
        if (decide(state(record(narrowed), other), who, request, at).kind !== 'permit') return;
        expect(decide(state(record(old), other), who, request, at).kind).toBe('permit');
      }),
      runs(5_000),
    );
  });

  it('that narrow, narrow to exactly the next form, and never give more', () => {
    let narrowing = 0;
    fc.assert(
      fc.property(forms, form, asker, asked, now, ([old, next], beside, who, request, at) => {
        const { kind, narrowed } = compareGrants(old, next);
        if (kind !== 'narrows') return;
        narrowing += 1;
        expect(compareGrants(narrowed, next).kind).toBe('same');
        const other = record(beside, 'z');
        if (decide(state(record(next), other), who, request, at).kind !== 'permit') return;
        expect(decide(state(record(old), other), who, request, at).kind).toBe('permit');
      }),
      runs(5_000),
    );
    expect(narrowing).toBeGreaterThan(20);
  });

  it('are the same both ways or neither, and wider one way when narrower the other', () => {
    const turned = { same: 'same', narrows: 'widens', widens: 'narrows', mixed: 'mixed' };
    fc.assert(
      fc.property(forms, ([a, b]) => {
        expect(compareGrants(b, a).kind).toBe(turned[compareGrants(a, b).kind]);
      }),
      runs(2_000),
    );
  });

  it('narrow to something that never counts as more than the old form', () => {
    fc.assert(
      fc.property(forms, ([old, next]) => {
        expect(['same', 'narrows']).toContain(
          compareGrants(old, compareGrants(old, next).narrowed).kind,
        );
      }),
      runs(2_000),
    );
  });
});
