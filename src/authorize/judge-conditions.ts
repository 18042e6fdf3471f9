import type { ConditionResult } from '../domain/decision.ts';
import type { Json } from '../domain/json.ts';
import { compiledRule } from './compiled-rule.ts';
import { isPermit, ruleRef } from './find-rule.ts';
import type { GrantStanding } from './grant-standing.ts';
import type { Verdict } from './judge-use.ts';
import type { Asker, PolicyState, ToolView } from './policy-state.ts';
import { type ConditionalRule, evaluateCondition, isConditional } from './rule-conditions.ts';

/** What a call's conditions are about, besides the tool. */
export interface CallFacts extends Asker {
  readonly args: Json;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly realPath: PolicyState['realPath'];
}

/** Results that are told and recorded; all of them take part. */
const MAX_RESULTS = 20;

/**
 * What the conditions say of one call of a tool that some arguments are permitted for: every deny whose
 * condition holds, or cannot be evaluated, denies; the first permit without a condition, or whose
 * condition holds, permits.
 */
export function judgeConditions(
  standings: readonly GrantStanding[],
  { server, name }: { readonly server: string; readonly name: string },
  tool: ToolView,
  call: CallFacts,
): Verdict {
  const ref = `${server}/${name}`;
  const conditions: ConditionResult[] = [];
  const taken = () => (conditions.length === 0 ? {} : { conditions });
  const ask = (grant: string, index: number, rule: ConditionalRule): ConditionResult['result'] => {
    const result = evaluateCondition(rule, tool, call.args, {
      subject: call.subject,
      client: call.client,
      sessionId: call.sessionId,
      sessionOpenedAt: call.sessionOpenedAt,
      now: call.now,
      realPath: call.realPath,
    });
    const { effect, when } = rule;
    if (conditions.length < MAX_RESULTS) conditions.push({ grant, index, effect, when, result });
    return result;
  };
  const isAbout = (rule: ConditionalRule | GrantStanding['grant']['rules'][number]): boolean => {
    const { kind, glob } = compiledRule(rule);
    return kind === 'tool' && glob?.matches(ref) === true;
  };

  for (const { grant, denies } of standings) {
    if (!denies) continue;
    for (const [index, rule] of grant.rules.entries()) {
      if (rule.effect !== 'deny' || !isConditional(rule) || !isAbout(rule)) continue;
      const result = ask(grant.id, index, rule);
      if (result === 'false') continue;
      const reason = result === 'true' ? 'denied_by_condition' : 'condition_failed';
      return { kind: 'deny', reason, ...ruleOf(grant, index), ...taken() };
    }
  }

  let refusal: Verdict | undefined;
  for (const standing of standings) {
    const { grant, obstacles } = standing;
    if (obstacles.length > 0) continue;
    for (const [index, rule] of grant.rules.entries()) {
      if (!isPermit(rule, standing) || !isAbout(rule)) continue;
      const result = isConditional(rule) ? ask(grant.id, index, rule) : 'true';
      const named = ruleRef(grant, index);
      if (result === 'true' && named !== undefined)
        return { kind: 'permit', rule: named, ...taken() };
      // One that could be evaluated says more than one that could not.
      if (
        refusal === undefined ||
        (refusal.kind === 'deny' && isFailed(refusal) && result === 'false')
      ) {
        const reason = result === 'false' ? 'condition_false' : 'condition_failed';
        refusal = { kind: 'deny', reason, ...ruleOf(grant, index) };
      }
    }
  }
  return { ...(refusal ?? { kind: 'deny', reason: 'no_rule' }), ...taken() };
}

const isFailed = (verdict: Extract<Verdict, { kind: 'deny' }>): boolean =>
  verdict.reason === 'condition_failed';

function ruleOf(grant: GrantStanding['grant'], index: number) {
  const rule = ruleRef(grant, index);
  return rule === undefined ? {} : { rule };
}
