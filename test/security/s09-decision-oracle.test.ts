import { beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { ServerView } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { Decision, RuleRef } from '../../src/domain/decision.ts';
import { type DecisionCase, Dice, makeCase, NOW } from '../support/decision-cases.ts';
import { oracleDecides, permittedName, type Verdict } from '../support/decision-oracle.ts';
import { seen } from '../support/fakes/server-view.ts';
import { listThroughBroker } from '../support/list-through-broker.ts';

/** Another seed makes other cases: `TOOLGRANT_TEST_SEED=7`. */
const SEED = Number(process.env.TOOLGRANT_TEST_SEED ?? 9);
const STATES = 25_000;
const REQUESTS_PER_STATE = 4;
const LISTED_STATES = 2_500;

/** Reasons the decision itself can give; the others belong to session, admission and store. */
const REASONS = [
  'ask_not_granted',
  'client_not_granted',
  'denied_by_rule',
  'grant_expired',
  'halted',
  'item_drifted',
  'item_quarantined',
  'item_unapproved',
  'item_unknown',
  'no_grant',
  'no_rule',
  'server_unknown',
  'session_calls_exceeded',
  'session_concurrency_exceeded',
  'session_idle_exceeded',
  'session_life_exceeded',
  'surface_closed',
  'tool_drifted',
  'tool_quarantined',
  'tool_unapproved',
  'tool_unknown',
  'uri_ambiguous',
];

const counted = (counts: Map<string, number>, key: string) =>
  counts.set(key, (counts.get(key) ?? 0) + 1);

/** A disagreement as text that can be pasted into a regression test. */
const shown = (value: unknown): string =>
  JSON.stringify(value, (_key, each) => (each instanceof Map ? Object.fromEntries(each) : each));

/** The smallest first: they are the easiest to understand. */
const smallest = (texts: readonly string[]): string[] =>
  texts.toSorted((a, b) => a.length - b.length).slice(0, 3);

const RULE_FIELDS = ['grant', 'revision', 'index', 'file', 'line', 'effect', 'pattern'] as const;

const isAmong = (rules: readonly RuleRef[], rule: RuleRef): boolean =>
  rules.some((each) => RULE_FIELDS.every((field) => each[field] === rule[field]));

/** What is wrong with a decision in the oracle's eyes; `undefined` when nothing is. */
function fault(decision: Decision, verdict: Verdict): string | undefined {
  if (decision.kind === 'permit') {
    if (!verdict.permits) return 'permits what the oracle denies';
    if (!isAmong(verdict.rules, decision.rule)) return 'names a rule that does not permit';
    return decision.definitionHash === verdict.definitionHash ? undefined : 'definition hash';
  }
  if (decision.kind !== 'deny') return 'neither permit nor deny';
  if (verdict.permits) return 'denies what the oracle permits';
  if ('definitionHash' in decision) return 'a denial carries what only a permit has';
  const rules = verdict.reasons.get(decision.reason);
  if (rules === undefined) return 'gives a reason that is not true';
  if (decision.rule === undefined)
    return decision.reason === 'denied_by_rule' ? 'does not name the deny rule' : undefined;
  return isAmong(rules, decision.rule) ? undefined : 'names a rule the reason is not about';
}

function disagreement(made: DecisionCase, request: AccessRequest, decision: Decision) {
  const { state, asker } = made;
  const verdict = oracleDecides(state, asker, request, NOW);
  const problem =
    decision.request === request && decision.epoch === state.epoch
      ? fault(decision, verdict)
      : 'answers another request or epoch';
  return problem && shown({ problem, request, asker, decision, verdict, state });
}

const isNeverSeen = ({ state }: DecisionCase, { kind, ...rest }: AccessRequest): boolean =>
  kind === 'server' &&
  'server' in rest &&
  state.servers.has(rest.server) &&
  state.servers.get(rest.server)?.tools === undefined;

/** Pins what the oracle expects of a server never seen, and asks whether something is permitted then. */
function isPermittedOncePinned({ state, asker }: DecisionCase, server: string): boolean {
  const isGiven = (view: ServerView, request: AccessRequest): boolean =>
    decide({ ...state, servers: new Map([[server, view]]) }, asker, request, NOW).kind === 'permit';
  const [tool, prompt] = (['tool', 'prompt'] as const).map((kind) =>
    permittedName(state, asker, server, NOW, kind),
  );
  const pin = (name: string) => new Map([[name, { hash: 'pinned' }]]);
  const resources = { kind: 'server', server, needs: 'resources' } as const;
  return (
    (tool !== undefined && isGiven(seen({ tools: pin(tool) }), { kind: 'tool', server, tool })) ||
    (prompt !== undefined &&
      isGiven(seen({ prompts: pin(prompt) }), { kind: 'prompt', server, prompt })) ||
    isGiven(seen({ hasResources: true }), resources)
  );
}

describe('S9: the one decision against an oracle written from the design', () => {
  const disagreements: string[] = [];
  const baseless: string[] = [];
  const outcomes = new Map<string, number>();
  const reasons = new Map<string, number>();
  let pairs = 0;

  beforeAll(() => {
    const dice = new Dice(SEED);
    for (let left = STATES; left > 0; left--) {
      const made = makeCase(dice, REQUESTS_PER_STATE);
      for (const request of made.requests) {
        const decision = decide(made.state, made.asker, request, NOW);
        pairs++;
        counted(outcomes, decision.kind);
        const what = isNeverSeen(made, request) ? 'never seen' : request.kind;
        counted(outcomes, `${decision.kind} ${what}`);
        if (decision.kind === 'deny') counted(reasons, decision.reason);
        const found = disagreement(made, request, decision);
        if (found !== undefined) disagreements.push(found);
        if (decision.kind === 'permit' && request.kind === 'server' && what === 'never seen')
          if (!isPermittedOncePinned(made, request.server)) baseless.push(shown({ request, made }));
      }
    }
  });

  it('agrees on 100,000 pairs: outcome, rule, reason, definition hash and epoch', () => {
    expect(smallest(disagreements)).toEqual([]);
    expect(pairs).toBe(100_000);
  });

  it('lets a server never seen be started only if something of it would be permitted', () => {
    expect(smallest(baseless)).toEqual([]);
  });

  it('was asked enough that is permitted, and enough that is denied, of every kind', () => {
    const atLeast = {
      permit: 7_500,
      deny: 10_000,
      'permit tool': 3_000,
      'permit prompt': 700,
      'permit resource': 600,
      'permit template': 100,
      'permit ask': 400,
      'permit server': 500,
      'permit never seen': 200,
      'deny tool': 4_000,
      'deny prompt': 1_000,
      'deny resource': 1_000,
      'deny template': 1_000,
      'deny ask': 1_000,
      'deny server': 1_000,
      'deny never seen': 400,
      'deny method': 1_000,
    };
    const seen = (outcome: string) => outcomes.get(outcome) ?? 0;
    expect(Object.entries(atLeast).filter(([outcome, least]) => seen(outcome) < least)).toEqual([]);
  });

  it('gave every reason it can give, and no other', () => {
    expect([...reasons.keys()].sort()).toEqual(REASONS);
  });

  it('opens nothing but what rules name', () => {
    const closed = ['method', 'root', '__proto__'];
    expect(closed.filter((kind) => outcomes.has(`permit ${kind}`))).toEqual([]);
  });
});

describe('S9: lists', () => {
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
