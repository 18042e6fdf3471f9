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
import type { Decision, Permit } from '../domain/decision.ts';
import type { RecordedUse } from './recorded-use.ts';

/** What a recorded use would come to. */
export type Replay =
  | { readonly kind: 'decided'; readonly decision: Decision }
  /** It hangs on what was not recorded; `why` names it, never what it held. */
  | { readonly kind: 'undecidable'; readonly why: string };

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
  const decision = withoutAssumed(best.kind === 'deny' ? best : worst, state, unknown);
  return { kind: 'decided', decision: isOnTrial(best) ? decision : withoutTrial(decision) };
}

const asksApproval = (decision: Decision): boolean =>
  decision.kind === 'permit' && decision.terms?.approval !== undefined;

const isOnTrial = (decision: Decision): boolean =>
  decision.kind === 'permit' && decision.wouldRefuse !== undefined;

/** What a trial would refuse only as long as the worst is assumed is not known to be refused. */
function withoutTrial(decision: Decision): Decision {
  if (decision.kind === 'deny') return decision;
  const { wouldRefuse: _, ...others } = decision;
  return others as Permit;
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
  const compiled = compileCondition(when, undefined);
  if (!compiled.ok) return [];
  return [...compiled.condition.argNames].filter((name) => !recorded.isKnown(name));
}

/** Grants in which the conditions nobody can judge are taken to be for or against a use. */
function assuming(
  grants: readonly GrantRecord[],
  unknown: ReadonlySet<GrantRule>,
  way: 'against' | 'for',
): readonly GrantRecord[] {
  if (unknown.size === 0) return grants;
  const assumed = (rule: GrantRule): GrantRule => {
    if (!unknown.has(rule)) return rule;
    const { when: _, ...plain } = rule;
    const holds = (rule.effect === 'permit') === (way === 'for');
    return holds ? plain : { ...plain, when: 'false' };
  };
  return grants.map((grant) => ({ ...grant, rules: grant.rules.map(assumed) }));
}

/** A decision without the results of conditions that were only assumed, by its rules as they are. */
function withoutAssumed(
  decision: Decision,
  { grants }: PolicyState,
  unknown: ReadonlySet<GrantRule>,
): Decision {
  if (unknown.size === 0) return decision;
  const ruleAt = (grant: string, index: number) =>
    grants.find(({ id }) => id === grant)?.rules[index];
  const { conditions, ...others } = decision;
  const judged = conditions?.filter(({ grant, index }) => {
    const rule = ruleAt(grant, index);
    return rule !== undefined && !unknown.has(rule);
  });
  const known = judged === undefined || judged.length === 0 ? {} : { conditions: judged };
  if (others.kind === 'deny') return { ...others, ...known };
  const rule = ruleAt(others.rule.grant, others.rule.index);
  const terms =
    others.terms === undefined || rule === undefined
      ? {}
      : { terms: { ...others.terms, ruleKey: ruleKeyOf(rule) } };
  return { ...others, ...known, ...terms };
}

/** The text of a rule, for people; `undefined` when the grant has no such rule. */
export const ruleTextAt = (grant: GrantRecord | undefined, index: number): string | undefined => {
  const rule = grant?.rules[index];
  return rule === undefined ? undefined : ruleText(rule);
};
