import { describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { GrantRecord, GrantRule } from '../../src/authorize/grant-record.ts';
import type { PolicyState } from '../../src/authorize/policy-state.ts';
import { isSteady, notePermit, steadyUntil } from '../../src/authorize/steady-permit.ts';
import type { Permit } from '../../src/domain/decision.ts';
import { Dice, makeCase, NOW } from '../support/decision-cases.ts';
import { shown, smallest } from '../support/disagreements.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';
import { seen } from '../support/fakes/server-view.ts';
import { SEED } from '../support/runs.ts';

const STATES = 3_000;
const asker = { subject: 'alice', sessionId: 's', sessionOpenedAt: NOW - 1_000 };
const request = { kind: 'tool', server: 'files', tool: 'read', args: { path: '/a' } } as const;
const inputSchema = { type: 'object', properties: { path: { type: 'string' } } };

function stateOf(rule: Partial<GrantRule>, grant: Partial<GrantRecord> = {}): PolicyState {
  const rules = [{ effect: 'permit', pattern: 'files/*', line: 1, ...rule } as const];
  return {
    epoch: 1,
    isHalted: false,
    servers: new Map([['files', seen({ tools: new Map([['read', { hash: 'h', inputSchema }]]) })]]),
    grants: [grantRecord({ subject: 'alice', expiresAt: NOW + 60_000, rules, ...grant })],
    realPath: (path) => path,
  };
}

function permitOf(state: PolicyState): Permit {
  const decision = decide(state, asker, request, NOW);
  if (decision.kind === 'deny') throw new Error(decision.reason);
  notePermit(decision, state, asker, NOW);
  return decision;
}

const unspent = { grants: new Map(), rules: new Map() };

describe('a permit that need not be decided again', () => {
  it('is what would be decided, in every state and at every instant it says', () => {
    const dice = new Dice(SEED);
    const others: string[] = [];
    let steady = 0;
    for (let left = STATES; left > 0; left -= 1) {
      const { state, asker, requests } = makeCase(dice, 4);
      const until = steadyUntil(state, asker, NOW);
      if (until <= NOW) continue;
      steady += 1;
      const last = Math.min(until - 1, NOW + 10 * 365 * 86_400_000);
      for (const request of requests) {
        const then = decide(state, asker, request, NOW);
        for (const at of [NOW, Math.floor((NOW + last) / 2), last]) {
          const now = decide(state, asker, request, at);
          if (JSON.stringify(now) !== JSON.stringify(then))
            others.push(shown({ request, asker, then, now, at, state }));
        }
      }
    }
    expect(smallest(others)).toEqual([]);
    expect(steady).toBeGreaterThan(STATES / 10);
  });

  it.each<[string, Partial<GrantRule>]>([
    ['hours', { hours: '00:00-24:00 UTC' }],
    ['a condition on the time', { when: 'now < timestamp("2100-01-01T00:00:00Z")' }],
    ['a condition on where links lead', { when: 'within(args.path, "/")' }],
    ['a trial', { when: 'args.path == "/b"', trialUntil: NOW + 1_000 }],
  ])('is not one that a rule with %s gives', (_what, rule) => {
    const state = stateOf(rule, { appliedAt: NOW });
    const permit = permitOf(state);
    expect(isSteady(permit, { state, asker, spent: undefined, now: NOW })).toBe(false);
  });

  it('holds for the same asker in the same state, until a grant expires', () => {
    const state = stateOf({ when: 'args.path == "/a"' });
    const permit = permitOf(state);
    const of = { state, asker, spent: undefined, now: NOW + 59_999 };
    expect(isSteady(permit, of)).toBe(true);
    expect(isSteady(permit, { ...of, spent: unspent })).toBe(true);
    expect(isSteady(permit, { ...of, now: NOW + 60_000 })).toBe(false);
    expect(isSteady(permit, { ...of, now: NOW - 1 })).toBe(false);
    expect(isSteady(permit, { ...of, state: { ...state } })).toBe(false);
    expect(isSteady(permit, { ...of, asker: { ...asker } })).toBe(false);
  });

  it('holds until the session outlives its grant', () => {
    const state = stateOf({}, { sessionLifeMs: 31_000 });
    const permit = permitOf(state);
    const of = { state, asker, spent: undefined };
    expect(isSteady(permit, { ...of, now: NOW + 29_999 })).toBe(true);
    expect(isSteady(permit, { ...of, now: NOW + 30_000 })).toBe(false);
  });

  it('holds no more once a limit of a grant, or of a rule, is spent', () => {
    const state = stateOf({});
    const permit = permitOf(state);
    const spent = { ...unspent, grants: new Map([['g', 'maxCalls' as const]]) };
    expect(isSteady(permit, { state, asker, spent, now: NOW })).toBe(false);
    const rated = { ...unspent, rules: new Map([['g\n', 1]]) };
    expect(isSteady(permit, { state, asker, spent: rated, now: NOW })).toBe(false);
  });

  it('is none that was not given as one', () => {
    const state = stateOf({});
    const permit = decide(state, asker, request, NOW) as Permit;
    expect(isSteady(permit, { state, asker, spent: undefined, now: NOW })).toBe(false);
  });
});
