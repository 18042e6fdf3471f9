import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import { runs } from '../support/runs.ts';
import { ALICE, grant, NOW, rules, state, toolRequest } from './sample-grants.ts';

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
      runs(),
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
      runs(),
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
      runs(),
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
      runs(),
    );
  });
});
