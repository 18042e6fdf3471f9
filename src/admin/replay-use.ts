import { compileCondition } from '../authorize/cel.ts';
import { compiledRule } from '../authorize/compiled-rule.ts';
import { decide } from '../authorize/decide.ts';
import type { GrantRecord, GrantRule } from '../authorize/grant-record.ts';
import { normaliseUri } from '../authorize/normalise-uri.ts';
import type { Asker, PolicyState } from '../authorize/policy-state.ts';
import { mismatchedRules } from '../authorize/rule-conditions.ts';
import { ruleKeyOf } from '../authorize/rule-key.ts';
import { ruleText } from '../authorize/rule-text.ts';
import type { AccessRequest } from '../domain/access-request.ts';
import type { Decision, Deny, Permit, RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import type { PermitTerms } from '../domain/rule-terms.ts';
import type { SessionLimits } from '../domain/session-limits.ts';
import type { RecordedUse } from './recorded-use.ts';

/** What a recorded use would come to. */
export type Replay =
  | Decided
  /** It hangs on what was not recorded; `why` names it, never what it held. */
  | { readonly kind: 'undecidable'; readonly why: string };

/** What the decision says of a recorded use. It holds no permit: nothing is ever admitted on one. */
export interface Decided {
  readonly kind: 'decided';
  readonly reason: 'permitted' | DenyReason;
  /** The rule that decided, or would have permitted but for `reason`. */
  readonly rule?: RuleRef;
  readonly terms?: PermitTerms;
  readonly limits?: SessionLimits;
  /** What a rule on trial would refuse it for. */
  readonly wouldRefuse?: DenyReason;
}

/** The arguments a recorded use is judged with: those that are known. */
export function replayedRequest({ request, recorded }: RecordedUse): AccessRequest {
  if (recorded === undefined) return request;
  const { args } = recorded;
  switch (request.kind) {
    case 'tool':
    case 'prompt':
    case 'resource':
      return { ...request, args };
    case 'template':
    case 'server':
    case 'ask':
    case 'method':
      return request;
  }
}

/**
 * Decides a recorded use under a state. Where a condition names an argument that was not recorded as it
 * was sent, the one decision is asked twice: as if every such condition spoke against the use, and as if
 * every one spoke for it. Only when both agree is there an answer.
 */
export function replayUse(state: PolicyState, asker: Asker, use: RecordedUse, now: number): Replay {
  if (use.isCut) {
    return { kind: 'undecidable', why: 'its name was too long to be recorded whole' };
  }
  const request = replayedRequest(use);
  const missing = new Set<string>();
  const unknown = new Set<GrantRule>();
  // What such a rule does hangs on no arguments: it permits nothing, or denies all it matches.
  const mismatched = mismatchedRules(state);
  for (const rule of state.grants.flatMap(({ rules }) => rules)) {
    const names = mismatched.has(rule) || !isAbout(rule, request) ? [] : unknownArgs(rule, use);
    if (names.length > 0) unknown.add(rule);
    for (const name of names) missing.add(name);
  }
  const ask = (way: 'against' | 'for'): Decision =>
    decide({ ...state, grants: assuming(state.grants, unknown, way) }, asker, request, now);
  const worst = ask('against');
  const best = unknown.size === 0 ? worst : ask('for');
  if (worst.kind !== best.kind || asksApproval(worst) !== asksApproval(best)) {
    const names = [...missing].sort().map((name) => `\`${name}\``);
    return {
      kind: 'undecidable',
      why: `it hangs on ${names.join(', ')}, which ${names.length === 1 ? 'was' : 'were'} not recorded whole`,
    };
  }
  return best.kind === 'deny' ? denied(best) : permitted(worst, best, state);
}

const asksApproval = (decision: Decision): boolean =>
  decision.kind === 'permit' && decision.terms?.approval !== undefined;

const denied = ({ reason, rule }: Deny): Decided => ({
  kind: 'decided',
  reason,
  ...(rule === undefined ? {} : { rule }),
});

/** A use that is permitted in any case. What a trial would refuse only in the worst is not known to be refused. */
function permitted(worst: Decision, best: Permit, { grants }: PolicyState): Decided {
  const { rule, terms, limits } = worst.kind === 'permit' ? worst : best;
  const { wouldRefuse } = best;
  // The rule that was assumed is counted as the one that stands there.
  const meant = grants.find(({ id }) => id === rule.grant)?.rules[rule.index];
  const ruleKey = meant === undefined ? {} : { ruleKey: ruleKeyOf(meant) };
  return {
    kind: 'decided',
    reason: 'permitted',
    rule,
    ...(terms === undefined ? {} : { terms: { ...terms, ...ruleKey } }),
    ...(limits === undefined ? {} : { limits }),
    ...(wouldRefuse === undefined ? {} : { wouldRefuse }),
  };
}

/** Whether a rule names what is asked for. */
export function isAbout(rule: GrantRule, request: AccessRequest): boolean {
  const { kind, glob } = compiledRule(rule);
  if (kind !== request.kind || glob === undefined) return false;
  const name =
    request.kind === 'tool'
      ? request.tool
      : request.kind === 'prompt'
        ? request.prompt
        : request.kind === 'resource'
          ? normaliseUri(request.uri)
          : undefined;
  return name !== undefined && 'server' in request && glob.matches(`${request.server}/${name}`);
}

/** Arguments a rule's condition names that are not known. */
function unknownArgs({ when }: GrantRule, { recorded }: RecordedUse): readonly string[] {
  if (when === undefined || recorded === undefined) return [];
  return argNames(when).filter((name) => !recorded.isKnown(name));
}

const MAX_KEPT = 10_000;
const named = new Map<string, readonly string[]>();

/** The arguments a condition names, remembered by its text: none of one that cannot be read. */
function argNames(when: string): readonly string[] {
  const known = named.get(when);
  if (known !== undefined) return known;
  const compiled = compileCondition(when, undefined);
  const names = compiled.ok ? [...compiled.condition.argNames] : [];
  if (named.size >= MAX_KEPT) named.clear();
  named.set(when, names);
  return names;
}

/** Grants in which the conditions nobody can judge are taken to be for or against a use. */
function assuming(
  grants: readonly GrantRecord[],
  unknown: ReadonlySet<GrantRule>,
  way: 'against' | 'for',
): readonly GrantRecord[] {
  if (unknown.size === 0) return grants;
  // The same grants again and again, with the few conditions that name what is redacted.
  const kept = assumedGrants.get(grants) ?? new Map<string, readonly GrantRecord[]>();
  assumedGrants.set(grants, kept);
  const rules = grants.flatMap((grant) => grant.rules);
  const key = `${way} ${rules.flatMap((rule, at) => (unknown.has(rule) ? [at] : [])).join()}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const assumed = (rule: GrantRule): GrantRule => {
    if (!unknown.has(rule)) return rule;
    const { when: _, ...plain } = rule;
    const holds = (rule.effect === 'permit') === (way === 'for');
    return holds ? plain : { ...plain, when: 'false' };
  };
  const made = grants.map((grant) => ({ ...grant, rules: grant.rules.map(assumed) }));
  if (kept.size < MAX_ASSUMED) kept.set(key, made);
  return made;
}

const MAX_ASSUMED = 100;
const assumedGrants = new WeakMap<readonly GrantRecord[], Map<string, readonly GrantRecord[]>>();

/** The text of a rule, for people; `undefined` when the grant has no such rule. */
export const ruleTextAt = (grant: GrantRecord | undefined, index: number): string | undefined => {
  const rule = grant?.rules[index];
  return rule === undefined ? undefined : ruleText(rule);
};
