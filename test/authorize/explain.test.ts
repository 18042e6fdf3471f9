import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import { explain } from '../../src/authorize/explain.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import { grant, NOW, rules, state } from './sample-grants.ts';

const ALICE = { subject: 'alice', client: 'desktop', sessionOpenedAt: NOW - 1_000 };
const WRITE: AccessRequest = { kind: 'tool', server: 'files', tool: 'write_file' };

const about = (members: Parameters<typeof grant>[1], request = WRITE) =>
  explain(state(grant('g', members)), ALICE, request, NOW);

describe('an explanation', () => {
  it('of no says why, and the command that permits it', () => {
    expect(explain(state(), ALICE, WRITE, NOW)).toEqual({
      conditions: [],
      allowed: false,
      reason: 'no_grant',
      words: 'no grant names this subject',
      grants: [],
      remedy: [
        'grant',
        'create',
        'alice',
        '--permit',
        'files/write_file',
        '--client',
        'desktop',
        '--ttl',
        '8h',
      ],
      toEnd: [],
    });
  });

  it('of yes names the rule, its place, and the command that ends it', () => {
    const found = about({ rules: rules('+files/*') });
    expect(found).toMatchObject({
      allowed: true,
      reason: 'permitted',
      words: 'a rule permits it (permit files/*, grants/g.yaml:10)',
      rule: { grant: 'g', index: 0, line: 10, file: 'grants/g.yaml' },
      remedy: [],
      toEnd: [['grant', 'revoke', 'g']],
    });
  });

  it('says of each grant what it would decide alone', () => {
    const grants = [
      grant('a', { rules: rules('+files/*') }),
      grant('b', { rules: rules('-*/write*') }),
      grant('c', { expiresAt: NOW, rules: rules('+**') }),
      grant('d', { rules: rules('+mail/*') }),
    ];
    const found = explain(state(...grants), ALICE, WRITE, NOW);
    expect(found.grants.map(({ id, reason, rule }) => [id, reason, rule?.index])).toEqual([
      ['a', 'permitted', 0],
      ['b', 'denied_by_rule', 0],
      ['c', 'grant_expired', 0],
      ['d', 'no_rule', undefined],
    ]);
  });

  it('of a deny rule points at file and line, then at apply', () => {
    const found = about({ rules: rules('+files/*', '-*/write*') });
    expect([found.remedyNote, found.remedy]).toEqual([
      'change or remove grants/g.yaml:11, then apply',
      ['grant', 'apply'],
    ]);
  });

  it.each([
    ['grant_expired', { expiresAt: NOW, rules: rules('+**') }, ['grant', 'apply']],
    ['client_not_granted', { clients: ['code'], rules: rules('+**') }, ['grant', 'apply']],
    [
      'session_life_exceeded',
      { sessionLifeMs: 1, rules: rules('+**') },
      ['session', 'open', '--subject', 'alice', '--client', 'desktop'],
    ],
  ])('of %s names the command that mends it', (reason, members, remedy) => {
    const found = about(members);
    expect([found.reason, found.remedy]).toEqual([reason, remedy]);
  });

  it('of yes by a grant with limits says what it is good for in a session', () => {
    const sessionLimits = { maxCalls: 20, concurrent: 4, idleMs: 1_800_000 };
    const found = about({ rules: rules('+**'), sessionLimits });
    expect(found.grants[0]?.words).toMatch(
      /; at most 20 times in a session, 4 at once, until it was not used for 30m$/,
    );
  });

  it.each([
    ['idle', 'session_idle_exceeded', ['session', 'open', '--subject', 'alice']],
    ['maxCalls', 'session_calls_exceeded', ['session', 'open', '--subject', 'alice']],
    ['concurrent', 'session_concurrency_exceeded', []],
  ] as const)(
    'of a session in which %s is used up names what mends it',
    (limit, reason, remedy) => {
      const asker = {
        subject: 'alice',
        spent: { grants: new Map([['g', limit]]), rules: new Map() },
      };
      const found = explain(state(grant('g', { rules: rules('+**') })), asker, WRITE, NOW);
      expect([found.reason, found.remedy]).toEqual([reason, remedy]);
    },
  );

  it('of yes by several grants names all of them, for each gives it alone', () => {
    const grants = [
      grant('a', { rules: rules('+files/*') }),
      grant('b', { rules: rules('+mail/*') }),
      grant('c', { rules: rules('+**') }),
    ];
    expect(explain(state(...grants), ALICE, WRITE, NOW)).toMatchObject({
      allowed: true,
      remedy: [],
      remedyNote: 'a, c: each of these permits it, so all must be revoked',
      toEnd: [
        ['grant', 'revoke', 'a'],
        ['grant', 'revoke', 'c'],
      ],
    });
  });

  it('of a tool that drifted leads to its approval, which shows the change first', () => {
    const request: AccessRequest = { kind: 'tool', server: 'mail', tool: 'send' };
    const found = about({ rules: rules('+mail/*') }, request);
    expect([found.reason, found.remedy]).toEqual(['tool_drifted', ['tools', 'approve', 'mail']]);
    expect(found.remedyNote).toContain('shown before anything is approved');
  });

  it.each([
    ['no rule permits', rules('+mail/*')],
    ['a rule permits', rules('+files/*')],
  ])('of a tool that its seen server lacks and %s is no grant', (_, of) => {
    const request: AccessRequest = { kind: 'tool', server: 'files', tool: 'nope' };
    const found = about({ rules: of }, request);
    expect([found.allowed, found.remedy]).toEqual([false, []]);
    expect(found.remedyNote).toMatch(
      /^files has no such tool; see `toolgrant tools list`; if .*: `toolgrant tools approve files`$/,
    );
  });

  it('writes a pattern that matches a tool whose name is special', () => {
    const request: AccessRequest = { kind: 'tool', server: 'unseen', tool: 'a[*]\\{b}' };
    const pattern = explain(state(), { subject: 'alice' }, request, NOW).remedy[4];
    expect(pattern).toBe('unseen/a?????b?');
    const after = decide(state(grant('g', { rules: rules(`+${pattern}`) })), ALICE, request, NOW);
    expect(after).toMatchObject({ reason: 'tool_unknown', rule: { grant: 'g' } });
  });

  it.each([
    [{ hours: '03:00-04:00 UTC' }, 'outside_hours', 'wait, or change `hours` of grants/g.yaml:10'],
    [{ when: 'subject == "bob"' }, 'condition_false', 'use other arguments, or change `when` of'],
  ] as const)('of a rule that says %j names what of it to change', (terms, reason, note) => {
    const [rule] = rules('+files/*');
    const found = about({ rules: rule ? [{ ...rule, ...terms }] : [] }, { ...WRITE, args: {} });
    expect([found.reason, found.remedy]).toEqual([reason, []]);
    expect(found.remedyNote).toContain(note);
  });

  it('of a deny at this hour says that another hour helps', () => {
    const [permit, deny] = rules('+files/*', '-files/*');
    if (permit === undefined || deny === undefined) throw new Error('no rules');
    const hours = '00:00-24:00 UTC';
    const found = about({ rules: [permit, { ...deny, hours }] }, { ...WRITE, args: {} });
    expect([found.reason, found.rule?.index]).toEqual(['denied_by_condition', 1]);
    expect(found.remedyNote).toContain('or another hour');
  });

  it('agrees with the decision', () => {
    for (const text of ['+files/*', '-files/*', '+mail/*', '+**']) {
      const policy = state(grant('g', { rules: rules(text) }));
      const decision = decide(policy, ALICE, WRITE, NOW);
      expect(explain(policy, ALICE, WRITE, NOW).allowed).toBe(decision.kind === 'permit');
    }
  });
});
