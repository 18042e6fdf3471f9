import { describe, expect, it } from 'vitest';
import { newEffort } from '../../src/authorize/glob-cover.ts';
import type { GrantDocument, GrantRule } from '../../src/authorize/grant-record.ts';
import { vainRules } from '../../src/authorize/vain-rules.ts';
import { NOW } from './sample-grants.ts';

type Terms = Partial<GrantRule>;
const permit = (pattern: string, terms: Terms = {}): GrantRule => ({
  effect: 'permit',
  pattern,
  line: 7,
  ...terms,
});
const deny = (pattern: string, terms: Terms = {}): GrantRule => ({
  effect: 'deny',
  pattern,
  line: 8,
  ...terms,
});
const grant = (rules: readonly GrantRule[], members: Partial<GrantDocument> = {}) => ({
  file: 'grants/g.yaml',
  document: { id: 'g', subject: 'alice', purpose: 'Test', expiresAt: NOW, rules, ...members },
});
const beside = (rules: readonly GrantRule[], members: Partial<GrantDocument> = {}) => ({
  ...grant(rules, { id: 'h', ...members }),
  file: 'grants/h.yaml',
});
const LIMIT = { rates: [{ count: 1, windowMs: 60_000 }] };

const messages = (one: ReturnType<typeof grant>, ...others: ReturnType<typeof grant>[]) =>
  vainRules(one, [one, ...others], newEffort()).map(({ message }) => message);

describe('a permit that a deny takes away', () => {
  it.each<[string, readonly GrantRule[], string]>([
    ['whole', [permit('files/read_*'), deny('files/*')], '`deny files/*` (grants/g.yaml:8)'],
    [
      'by several',
      [permit('files/{a,b}'), deny('files/a'), deny('files/b', { line: 9 })],
      'grants/g.yaml:8, grants/g.yaml:9 together',
    ],
    [
      'with the same condition',
      [permit('files/*', { when: 'args.x' }), deny('files/*', { when: 'args.x' })],
      '`deny files/* when args.x` (grants/g.yaml:8)',
    ],
  ])('is named with the deny: %s', (_title, rules, by) => {
    expect(messages(grant(rules))).toEqual([expect.stringContaining(`nothing: denied by ${by}`)]);
  });

  it('is found in another grant of the subject that holds as long and for as many', () => {
    const one = grant([permit('files/read')], { clients: ['x'] });
    const denies = [deny('**')];
    expect(messages(one, beside(denies))).toEqual([
      '`permit files/read` permits nothing: denied by `deny **` (grants/h.yaml:8)',
    ]);
    for (const other of [{ subject: 'bob' }, { expiresAt: NOW - 1 }, { clients: ['y'] }]) {
      expect(messages(one, beside(denies, other))).toEqual([]);
    }
  });

  it.each<[string, readonly GrantRule[]]>([
    ['a part of it', [permit('files/*'), deny('files/read')]],
    ['another kind', [permit('files/*'), deny('prompt:files/*')]],
    ['another condition', [permit('files/*', { when: 'a' }), deny('files/*', { when: 'b' })]],
    ['some hours', [permit('files/*'), deny('files/*', { hours: '08:00-18:00 UTC' })]],
  ])('is not: %s', (_title, rules) => {
    expect(messages(grant(rules))).toEqual([]);
  });
});

describe('terms that another permit does without', () => {
  it('are named with it', () => {
    const rules = [permit('files/read', LIMIT), permit('files/*', { line: 9 })];
    expect(messages(grant(rules))).toEqual([
      '`permit files/read limit 1/m` asks in vain: permitted without by `permit files/*` (grants/g.yaml:9)',
    ]);
  });

  it.each<[string, readonly GrantRule[]]>([
    ['one that asks something too', [permit('a/*', LIMIT), permit('a/*', { approval: 'admin' })]],
    ['one that gives less', [permit('a/*', LIMIT), permit('a/read')]],
    ['a rule that asks nothing', [permit('a/*'), permit('a/*')]],
  ])('are not, beside %s', (_title, rules) => {
    expect(messages(grant(rules))).toEqual([]);
  });

  it('are not, beside a grant whose sessions are limited', () => {
    const one = grant([permit('files/read', LIMIT)]);
    const other = [permit('files/*')];
    expect(messages(one, beside(other, { sessionLimits: { maxCalls: 1 } }))).toEqual([]);
    expect(messages(one, beside(other))).toHaveLength(1);
  });
});
