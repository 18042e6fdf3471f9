import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/authorize/decide.ts';
import type { ServerView } from '../../src/authorize/policy-state.ts';
import type { AccessRequest } from '../../src/domain/access-request.ts';
import type { Decision, Permit, RuleRef } from '../../src/domain/decision.ts';
import { schemaOf } from '../support/conditions.ts';
import { type DecisionCase, Dice, makeCase, NOW } from '../support/decision-cases.ts';
import { oracleDecides, permittedName, type Verdict } from '../support/decision-oracle.ts';
import { shown, smallest } from '../support/disagreements.ts';
import { seen } from '../support/fakes/server-view.ts';
import { URIS } from '../support/resource-cases.ts';
import { SEED } from '../support/runs.ts';
import { truthOf } from '../support/term-oracle.ts';

const STATES = 25_000;
const REQUESTS_PER_STATE = 4;

/** Reasons the decision itself can give; the others belong to session, admission and store. */
const REASONS = [
  'ask_not_granted',
  'client_not_granted',
  'condition_failed',
  'condition_false',
  'denied_by_condition',
  'denied_by_rule',
  'grant_expired',
  'halted',
  'item_drifted',
  'item_quarantined',
  'item_unapproved',
  'item_unknown',
  'limit_reached',
  'no_grant',
  'no_rule',
  'outside_hours',
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

const RULE_FIELDS = ['grant', 'revision', 'index', 'file', 'line', 'effect', 'pattern'] as const;

const isAmong = (rules: readonly RuleRef[], rule: RuleRef): boolean =>
  rules.some((each) => RULE_FIELDS.every((field) => each[field] === rule[field]));

/** Arguments that every condition fits. */
const FITS_ALL = schemaOf({
  path: { type: 'string' },
  uri: { type: 'string' },
  count: { type: 'integer' },
});

const plain = (value: object) =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));

/** Whether every condition is recorded as it is read a second time. */
function areConditionsTrue({ state, asker }: DecisionCase, request: AccessRequest, of: Decision) {
  if (!('args' in request) || request.args === undefined) return of.conditions === undefined;
  const args = request.kind === 'resource' ? { uri: URIS.get(request.uri) ?? '' } : request.args;
  return (of.conditions ?? []).every(({ grant, index, effect, when, result }) => {
    const rule = state.grants.find(({ id }) => id === grant)?.rules[index];
    const truth = rule && truthOf(rule, { asker, now: NOW, args });
    const said = truth === 'error' ? 'failed' : String(truth);
    return rule?.effect === effect && rule.when === when && said === result;
  });
}

/** What is wrong with a decision in the oracle's eyes; `undefined` when nothing is. */
function fault(decision: Decision, verdict: Verdict): string | undefined {
  if (decision.kind === 'permit') {
    if (!verdict.permits) return 'permits what the oracle denies';
    if (!isAmong(verdict.rules, decision.rule)) return 'names a rule that does not permit';
    if (decision.wouldRefuse !== verdict.wouldRefuse) return 'what a trial would refuse';
    if (!isDeepStrictEqual(decision.terms, verdict.terms)) return 'terms';
    return decision.definitionHash === verdict.definitionHash ? undefined : 'definition hash';
  }
  if (decision.kind !== 'deny') return 'neither permit nor deny';
  if (verdict.permits) return 'denies what the oracle permits';
  if ('definitionHash' in decision) return 'a denial carries what only a permit has';
  const rules = verdict.reasons.get(decision.reason);
  if (rules === undefined) return 'gives a reason that is not true';
  const { reason, rule, term, retryAt } = decision;
  const told = verdict.told ?? [{ reason, rule }];
  if (!told.some((each) => isDeepStrictEqual(plain(each), plain({ reason, rule, term, retryAt }))))
    return 'says what is not true of it';
  if (decision.rule === undefined)
    return decision.reason === 'denied_by_rule' ? 'does not name the deny rule' : undefined;
  return isAmong(rules, decision.rule) ? undefined : 'names a rule the reason is not about';
}

function disagreement(made: DecisionCase, request: AccessRequest, decision: Decision) {
  const { state, asker } = made;
  const verdict = oracleDecides(state, asker, request, NOW);
  const problem =
    decision.request === request && decision.epoch === state.epoch
      ? (fault(decision, verdict) ??
        (areConditionsTrue(made, request, decision) ? undefined : 'conditions'))
      : 'answers another request or epoch';
  return problem && shown({ problem, request, asker, decision, verdict, state });
}

/** What a permitted use is permitted with. */
const termsOf = ({ terms, wouldRefuse }: Permit): readonly string[] => [
  ...Object.keys(terms ?? {}),
  ...(wouldRefuse === undefined ? [] : [wouldRefuse]),
];

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
  const pin = (name: string) => new Map([[name, { hash: 'pinned', inputSchema: FITS_ALL }]]);
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
        else for (const term of termsOf(decision)) counted(outcomes, `permit with ${term}`);
        const found = disagreement(made, request, decision);
        if (found !== undefined) disagreements.push(found);
        if (decision.kind === 'permit' && request.kind === 'server' && what === 'never seen')
          if (!isPermittedOncePinned(made, request.server)) baseless.push(shown({ request, made }));
      }
    }
  });

  it('agrees on 100,000 pairs: outcome, rule, reason, terms, when to retry, definition hash and epoch', () => {
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
      'permit with rates': 500,
      'permit with approval': 200,
      'permit with maxResultBytes': 300,
      'permit with isTrial': 200,
      'permit with condition_false': 100,
      'permit with limit_reached': 60,
      'deny tool': 4_000,
      'deny prompt': 1_000,
      'deny resource': 1_000,
      'deny template': 1_000,
      'deny ask': 1_000,
      'deny server': 1_000,
      'deny never seen': 400,
      'deny method': 1_000,
    };
    const termReasons = {
      condition_failed: 200,
      condition_false: 300,
      denied_by_condition: 300,
      limit_reached: 200,
      outside_hours: 400,
    };
    const few = (least: object, counts: ReadonlyMap<string, number>) =>
      Object.entries(least).filter(([what, count]) => (counts.get(what) ?? 0) < count);
    expect([...few(atLeast, outcomes), ...few(termReasons, reasons)]).toEqual([]);
  });

  it('gave every reason it can give, and no other', () => {
    expect([...reasons.keys()].sort()).toEqual(REASONS);
  });

  it('opens nothing but what rules name', () => {
    const closed = ['method', 'root', '__proto__'];
    expect(closed.filter((kind) => outcomes.has(`permit ${kind}`))).toEqual([]);
  });
});
