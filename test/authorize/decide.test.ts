import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import type { Asker } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { grant, NOW, rules, state } from './sample-grants.ts';

const ALICE: Asker = { subject: 'alice', client: 'desktop', sessionOpenedAt: NOW - 1_000 };

const toolRequest = (ref: string): AccessRequest => {
  const slash = ref.indexOf('/');
  return { kind: 'tool', server: ref.slice(0, slash), tool: ref.slice(slash + 1) };
};

const onTool = (grants: readonly GrantRecord[], ref: string, asker = ALICE, now = NOW): Decision =>
  decide(state(...grants), asker, toolRequest(ref), now);

/** `permit` or the reason, and the rule that is named as `grant#index`. */
const brief = (decision: Decision): string => {
  const rule = decision.rule === undefined ? '' : ` ${decision.rule.grant}#${decision.rule.index}`;
  return `${decision.kind === 'permit' ? 'permit' : decision.reason}${rule}`;
};

describe('a tool', () => {
  it('is permitted with epoch, rule, place and definition', () => {
    const decision = onTool(
      [grant('g', { revision: 3, rules: rules('-mail/*', '+files/*') })],
      'files/read_file',
    );
    expect(decision).toEqual({
      kind: 'permit',
      request: { kind: 'tool', server: 'files', tool: 'read_file' },
      epoch: 7,
      definitionHash: 'h1',
      rule: {
        grant: 'g',
        revision: 3,
        index: 1,
        file: 'grants/g.yaml',
        line: 11,
        effect: 'permit',
        pattern: 'files/*',
      },
    });
  });

  const life = { sessionLifeMs: 1_000 };
  const past = { expiresAt: NOW };
  const other = { clients: ['code'] };
  it.each<[string, readonly GrantRecord[], string, string]>([
    ['no grant at all', [], 'files/read_file', 'no_grant'],
    [
      'only another subject’s grant',
      [grant('g', { subject: 'bob', rules: rules('+**') })],
      'files/read_file',
      'no_grant',
    ],
    [
      'a revoked grant',
      [grant('g', { revokedAt: NOW - 1, rules: rules('+**') })],
      'files/read_file',
      'no_grant',
    ],
    [
      'no rule that matches',
      [grant('g', { rules: rules('+mail/*') })],
      'files/read_file',
      'no_rule',
    ],
    [
      'a rule of another case',
      [grant('g', { rules: rules('+Files/*') })],
      'files/read_file',
      'no_rule',
    ],
    [
      'the first permitting rule',
      [
        grant('a', { rules: rules('+mail/*', '+files/*', '+**') }),
        grant('b', { rules: rules('+**') }),
      ],
      'files/read_file',
      'permit a#1',
    ],
    [
      'a deny after a permit',
      [grant('g', { rules: rules('+files/*', '-files/*') })],
      'files/read_file',
      'denied_by_rule g#1',
    ],
    [
      'a deny in another grant',
      [grant('a', { rules: rules('+files/*') }), grant('b', { rules: rules('-*/read_*') })],
      'files/read_file',
      'denied_by_rule b#0',
    ],
    [
      'a deny that matches something else',
      [grant('g', { rules: rules('+files/*', '-files/write_*') })],
      'files/read_file',
      'permit g#0',
    ],
    [
      'a deny of an expired grant',
      [grant('a', { rules: rules('+files/*') }), grant('b', { ...past, rules: rules('-**') })],
      'files/read_file',
      'permit a#0',
    ],
    [
      'a deny of a grant for other clients',
      [grant('a', { rules: rules('+files/*') }), grant('b', { ...other, rules: rules('-**') })],
      'files/read_file',
      'permit a#0',
    ],
    [
      'a deny of a grant whose session life is over',
      [grant('a', { rules: rules('+files/*') }), grant('b', { ...life, rules: rules('-**') })],
      'files/read_file',
      'denied_by_rule b#0',
    ],
    [
      'a deny of another subject',
      [
        grant('a', { rules: rules('+files/*') }),
        grant('b', { subject: 'bob', rules: rules('-**') }),
      ],
      'files/read_file',
      'permit a#0',
    ],
    [
      'an expired grant',
      [grant('g', { ...past, rules: rules('+**') })],
      'files/read_file',
      'grant_expired g#0',
    ],
    [
      'a grant for other clients',
      [grant('g', { ...other, rules: rules('+**') })],
      'files/read_file',
      'client_not_granted g#0',
    ],
    [
      'a grant for nobody',
      [grant('g', { clients: [], rules: rules('+**') })],
      'files/read_file',
      'client_not_granted g#0',
    ],
    [
      'a session that is too old',
      [grant('g', { ...life, rules: rules('+**') })],
      'files/read_file',
      'session_life_exceeded g#0',
    ],
    [
      'an expired grant whose rules do not match',
      [grant('g', { ...past, rules: rules('+mail/*') })],
      'files/read_file',
      'no_rule',
    ],
    [
      'a live grant beside an expired one',
      [grant('a', { ...past, rules: rules('+**') }), grant('b', { rules: rules('+files/*') })],
      'files/read_file',
      'permit b#0',
    ],
    [
      'the obstacle named first, of three grants',
      [
        grant('a', { ...life, rules: rules('+**') }),
        grant('b', { ...past, rules: rules('+**') }),
        grant('c', { ...other, rules: rules('+**') }),
      ],
      'files/read_file',
      'client_not_granted c#0',
    ],
    [
      'one obstacle before two',
      [
        grant('a', { ...past, ...other, rules: rules('+**') }),
        grant('b', { ...life, rules: rules('+**') }),
      ],
      'files/read_file',
      'session_life_exceeded b#0',
    ],
    [
      'a server not configured',
      [grant('g', { rules: rules('+**') })],
      'nowhere/x',
      'server_unknown',
    ],
    [
      'a server named like a prototype member',
      [grant('g', { rules: rules('+**') })],
      'constructor/x',
      'server_unknown',
    ],
    [
      'a tool not pinned, permitted',
      [grant('g', { rules: rules('+files/*') })],
      'files/nothing',
      'tool_unknown g#0',
    ],
    [
      'a tool not pinned, not permitted',
      [grant('g', { rules: rules('+mail/*') })],
      'files/nothing',
      'no_rule',
    ],
    [
      'a tool not pinned, denied',
      [grant('g', { rules: rules('+files/*', '-files/n*') })],
      'files/nothing',
      'denied_by_rule g#1',
    ],
    [
      'a tool of a server never seen',
      [grant('g', { rules: rules('+unseen/*') })],
      'unseen/x',
      'tool_unknown g#0',
    ],
    [
      'a drifted tool, permitted',
      [grant('g', { rules: rules('+mail/*') })],
      'mail/send',
      'tool_drifted g#0',
    ],
    [
      'a drifted tool, not permitted',
      [grant('g', { rules: rules('+mail/read') })],
      'mail/send',
      'no_rule',
    ],
    [
      'a permit that does not compile',
      [grant('g', { rules: rules('+files/[a]') })],
      'files/read_file',
      'no_rule',
    ],
    [
      'a deny that does not compile',
      [grant('g', { rules: rules('+files/*', '-mail/[a]') })],
      'files/read_file',
      'denied_by_rule g#1',
    ],
    [
      'a name too long to be read',
      [grant('g', { rules: rules('+**') })],
      `files/${'x'.repeat(2_000)}`,
      'tool_unknown',
    ],
  ])('decides as expected for %s', (_title, grants, ref, expected) => {
    expect(brief(onTool(grants, ref))).toBe(expected);
  });

  it('is permitted until the instant before expiry and denied from the instant of expiry', () => {
    const grants = [grant('g', { expiresAt: NOW, rules: rules('+**') })];
    expect(brief(onTool(grants, 'files/read_file', ALICE, NOW - 1))).toBe('permit g#0');
    expect(brief(onTool(grants, 'files/read_file', ALICE, NOW))).toBe('grant_expired g#0');
  });

  it('is permitted until the session is exactly as old as `session.life`', () => {
    const grants = [grant('g', { sessionLifeMs: 5_000, rules: rules('+**') })];
    const opened = { subject: 'alice', sessionOpenedAt: NOW };
    expect(brief(onTool(grants, 'files/read_file', opened, NOW + 4_999))).toBe('permit g#0');
    expect(brief(onTool(grants, 'files/read_file', opened, NOW + 5_000))).toBe(
      'session_life_exceeded g#0',
    );
  });

  it('is judged as in a fresh session when there is no session yet', () => {
    const grants = [grant('g', { sessionLifeMs: 1, rules: rules('+**') })];
    expect(brief(onTool(grants, 'files/read_file', { subject: 'alice' }))).toBe('permit g#0');
  });

  it('is denied to an unnamed client when the grant names clients', () => {
    const grants = [grant('g', { clients: ['desktop'], rules: rules('+**') })];
    expect(brief(onTool(grants, 'files/read_file', { subject: 'alice' }))).toBe(
      'client_not_granted g#0',
    );
  });
});

describe('a tool server', () => {
  const onServer = (server: string, ...texts: readonly string[]): string =>
    brief(
      decide(state(grant('g', { rules: rules(...texts) })), ALICE, { kind: 'server', server }, NOW),
    );

  it.each<[string, string, readonly string[], string]>([
    ['one pinned tool is permitted', 'files', ['+files/write_file'], 'permit g#0'],
    ['no rule is about it', 'files', ['+mail/*'], 'no_rule'],
    ['the rule matches no pinned tool', 'files', ['+files/delete_*'], 'no_rule'],
    ['every pinned tool is denied', 'files', ['+files/*', '-files/*_file'], 'denied_by_rule g#1'],
    ['only a drifted tool is permitted', 'mail', ['+mail/send'], 'tool_drifted g#0'],
    ['it offers nothing', 'bare', ['+bare/*'], 'tool_unknown g#0'],
    ['it is not configured', 'nowhere', ['+**'], 'server_unknown'],
    ['it was never seen and a rule could permit', 'unseen', ['+unseen/read_*'], 'permit g#0'],
    ['it was never seen and everything does', 'unseen', ['+**'], 'permit g#0'],
    ['it was never seen and no rule could', 'unseen', ['+files/*'], 'no_rule'],
    [
      'it was never seen and all is denied',
      'unseen',
      ['+unseen/*', '-unseen/**'],
      'denied_by_rule g#1',
    ],
    [
      'it was never seen and what is permitted is denied',
      'unseen',
      ['+unseen/read_*', '-*/read*'],
      'denied_by_rule g#1',
    ],
    [
      'it was never seen and the denies leave a gap',
      'unseen',
      ['+unseen/*', '-unseen/?*x', '-*/*delete*'],
      'permit g#0',
    ],
    [
      'it was never seen and two denies leave none',
      'unseen',
      ['+unseen/{a,b}', '-unseen/a', '-unseen/b'],
      'denied_by_rule g#1',
    ],
    [
      'it was never seen and a deny does not compile',
      'unseen',
      ['+unseen/*', '-x/[y]'],
      'denied_by_rule g#1',
    ],
  ])('decides as expected when %s', (_title, server, texts, expected) => {
    expect(onServer(server, ...texts)).toBe(expected);
  });

  it('carries no definition', () => {
    const decision = decide(
      state(grant('g', { rules: rules('+**') })),
      ALICE,
      { kind: 'server', server: 'files' },
      NOW,
    );
    expect(decision).not.toHaveProperty('definitionHash');
  });

  it('never seen is denied when only an expired grant could permit it', () => {
    const expired = state(grant('g', { expiresAt: NOW, rules: rules('+unseen/*') }));
    expect(brief(decide(expired, ALICE, { kind: 'server', server: 'unseen' }, NOW))).toBe(
      'grant_expired g#0',
    );
  });
});

describe('everything else', () => {
  const all = state(grant('g', { rules: rules('+**') }));
  it.each<[AccessRequest, string]>([
    [{ kind: 'method', method: 'resources/read' }, 'surface_closed'],
    [{ kind: 'method', method: 'no/such' }, 'surface_closed'],
    [{ kind: 'ask', server: 'files', ask: 'sampling' }, 'ask_not_granted'],
    [{ kind: 'later' } as unknown as AccessRequest, 'surface_closed'],
    [
      { kind: '__proto__', server: 'files', tool: 'read_file' } as unknown as AccessRequest,
      'surface_closed',
    ],
  ])('%j is denied with %s, whatever is granted', (request, reason) => {
    expect(decide(all, ALICE, request, NOW)).toEqual({ kind: 'deny', request, epoch: 7, reason });
  });
});

describe('any decision', () => {
  const patterns = [
    'files/*',
    '**',
    '*/read*',
    'mail/{read,send}',
    'unseen/*',
    '*/*_file',
    'files/read_file',
  ];
  const rule = fc
    .tuple(fc.constantFrom('+', '-'), fc.constantFrom(...patterns))
    .map(([sign, pattern]) => `${sign}${pattern}`);
  const anyGrant = fc
    .record({
      subject: fc.constantFrom('alice', 'bob'),
      clients: fc.constantFrom(undefined, ['desktop'], ['code']),
      expiresAt: fc.constantFrom(NOW - 1, NOW, NOW + 1),
      life: fc.constantFrom(undefined, 500, 5_000),
      rules: fc.array(rule, { maxLength: 4 }),
    })
    .map(({ clients, life, ...rest }) =>
      grant('x', {
        ...rest,
        ...(clients === undefined ? {} : { clients }),
        ...(life === undefined ? {} : { sessionLifeMs: life }),
        rules: rules(...rest.rules),
      }),
    );
  const grants = fc
    .array(anyGrant, { maxLength: 4 })
    .map((list) => list.map((each, index) => ({ ...each, id: `g${index}` })));
  const request: fc.Arbitrary<AccessRequest> = fc.oneof(
    fc
      .constantFrom('files/read_file', 'files/gone', 'mail/send', 'mail/read', 'unseen/x')
      .map(toolRequest),
    fc
      .constantFrom('files', 'mail', 'unseen', 'bare')
      .map((server) => ({ kind: 'server' as const, server })),
  );

  it('is not changed by another subject’s grants', () => {
    fc.assert(
      fc.property(grants, request, (list, asked) => {
        const own = list.filter(({ subject }) => subject === 'alice');
        expect(decide(state(...list), ALICE, asked, NOW)).toEqual(
          decide(state(...own), ALICE, asked, NOW),
        );
      }),
    );
  });

  it('only ever narrows when a grant without denies is taken away', () => {
    fc.assert(
      fc.property(grants, fc.nat(3), request, (list, at, asked) => {
        const taken = list[at];
        if (taken === undefined || taken.rules.some(({ effect }) => effect === 'deny')) return;
        const rest = list.filter((each) => each !== taken);
        const after = decide(state(...rest), ALICE, asked, NOW);
        if (after.kind === 'permit') {
          expect(decide(state(...list), ALICE, asked, NOW).kind).toBe('permit');
        }
      }),
    );
  });

  it('only ever narrows when a deny is added', () => {
    fc.assert(
      fc.property(grants, rule, request, (list, added, asked) => {
        const denying = grant('z', { rules: rules(`-${added.slice(1)}`) });
        if (decide(state(...list, denying), ALICE, asked, NOW).kind === 'permit') {
          expect(decide(state(...list), ALICE, asked, NOW).kind).toBe('permit');
        }
      }),
    );
  });

  it('permits a server exactly when it permits one of its pinned tools', () => {
    fc.assert(
      fc.property(grants, fc.constantFrom('files', 'mail', 'bare'), (list, server) => {
        const policy = state(...list);
        const tools = [...(policy.servers.get(server)?.tools?.keys() ?? [])];
        const some = tools.some(
          (tool) => decide(policy, ALICE, { kind: 'tool', server, tool }, NOW).kind === 'permit',
        );
        expect(decide(policy, ALICE, { kind: 'server', server }, NOW).kind === 'permit').toBe(some);
      }),
    );
  });
});
