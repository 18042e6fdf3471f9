import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { ALICE, brief, grant, NOW, rules, state, toolRequest } from './sample-grants.ts';

const onTool = (grants: readonly GrantRecord[], ref: string, asker = ALICE, now = NOW): Decision =>
  decide(state(...grants), asker, toolRequest(ref), now);

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
