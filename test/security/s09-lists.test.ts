import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRule } from '../../src/authorize/grant-record.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import { Dice, makeCase, NOW } from '../support/decision-cases.ts';
import { isMeaningful, oracleDecides, permittedName } from '../support/decision-oracle.ts';
import { shown, smallest } from '../support/disagreements.ts';
import { listThroughBroker } from '../support/list-through-broker.ts';
import { SEED } from '../support/runs.ts';

const LISTED_STATES = 2_500;

/** The state as it would be without conditions, hours, limits, approvals and trials. */
function withoutTerms(state: PolicyState): PolicyState {
  const grants = state.grants.map((grant) => ({
    ...grant,
    rules: grant.rules.flatMap((rule): GrantRule[] => {
      const { effect, pattern, line, when, hours } = rule;
      const isMeant = isMeaningful(state, rule);
      const isPartial = when !== undefined || hours !== undefined;
      // A permit may always hold; a deny that only may hold hides nothing.
      const counts = effect === 'permit' ? isMeant : !isMeant || !isPartial;
      return counts ? [{ effect, pattern, line }] : [];
    }),
  }));
  return { ...state, grants };
}

describe('S9: lists', () => {
  it('do not vary with conditions, hours, limits, approvals and trials', () => {
    const dice = new Dice(SEED + 2);
    const others: string[] = [];
    let listed = 0;
    for (let done = 0; done < LISTED_STATES / 2; done++) {
      const { state, asker } = makeCase(dice, 1);
      const plain = withoutTerms(state);
      const { spent: _, ...unspent } = asker;
      const requests = [...state.servers].flatMap(([server, { tools, prompts, templates }]) => [
        ...[...(tools?.keys() ?? [])].map((tool) => ({ kind: 'tool', server, tool }) as const),
        ...[...(prompts?.keys() ?? [])].map(
          (prompt) => ({ kind: 'prompt', server, prompt }) as const,
        ),
        ...[...(templates?.keys() ?? [])].map(
          (template) => ({ kind: 'template', server, template }) as const,
        ),
        ...['file:///a/b', 'docs://h/a'].map((uri) => ({ kind: 'resource', server, uri }) as const),
        { kind: 'server', server } as const,
      ]);
      for (const request of requests) {
        const spentRules = asker.spent && { grants: new Map(), rules: asker.spent.rules };
        const who = spentRules === undefined ? unspent : { ...unspent, spent: spentRules };
        const [with_, without] = [
          decide(state, who, request, NOW),
          decide(plain, unspent, request, NOW),
        ].map(({ kind }) => kind);
        if (with_ !== without) others.push(shown({ request, with_, without, state }));
        if (with_ === 'permit') listed += 1;
      }
    }
    expect(smallest(others)).toEqual([]);
    expect(listed).toBeGreaterThan(1_500);
  });

  it('lists a tool if and only if some arguments could be permitted, and starts no more for it', async () => {
    const dice = new Dice(SEED + 1);
    const disagreements: string[] = [];
    let listed = 0;
    let left = 0;
    for (let done = 0; done < LISTED_STATES; done++) {
      const made = makeCase(dice, 1);
      const { state, asker } = made;
      const callable: string[] = [];
      const startable: string[] = [];
      for (const [server, { tools }] of state.servers) {
        for (const tool of tools?.keys() ?? [])
          if (oracleDecides(state, asker, { kind: 'tool', server, tool }, NOW).permits)
            callable.push(`${server}/${tool}`);
          else left++;
        const isNameable = (['tool', 'prompt', 'resource'] as const).some(
          (kind) => permittedName(state, asker, server, NOW, kind) !== undefined,
        );
        if (tools === undefined && isNameable) startable.push(server);
      }
      listed += callable.length;
      const expected = shown({ listed: callable.sort(), started: startable.sort() });
      const answer = shown(await listThroughBroker(state, asker, NOW));
      if (answer !== expected) disagreements.push(shown({ answer, expected, made }));
    }
    expect(smallest(disagreements)).toEqual([]);
    expect([listed > 1_000, left > 1_000]).toEqual([true, true]);
  });
});
