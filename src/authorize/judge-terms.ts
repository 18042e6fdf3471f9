import type { ConditionResult, Deny, RuleRef } from '../domain/decision.ts';
import type { Json } from '../domain/json.ts';
import type { PermitTerms } from '../domain/rule-terms.ts';
import { spentRule } from '../domain/session-limits.ts';
import type { ArgType } from './arg-types.ts';
import { compiledRule } from './compiled-rule.ts';
import { isPermit, ruleRef } from './find-rule.ts';
import type { GrantRecord, GrantRule } from './grant-record.ts';
import type { GrantStanding } from './grant-standing.ts';
import type { Verdict } from './judge-use.ts';
import { permitTerms } from './permit-terms.ts';
import type { Asker, PolicyState } from './policy-state.ts';
import { formatRates } from './rate.ts';
import {
  type ConditionalRule,
  evaluateCondition,
  isConditional,
  isPartial,
} from './rule-conditions.ts';
import { isItsHour, itsHourFrom } from './rule-hours.ts';
import { ruleKeyOf } from './rule-key.ts';
import { isOnTrial } from './trial.ts';

/** A use, besides what it is of. */
export interface UseFacts {
  readonly asker: Asker;
  readonly args: Json;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly realPath: PolicyState['realPath'];
}

/** What is used, as rules name it, and what is known of its arguments. */
export interface UsedThing {
  readonly kind: 'tool' | 'prompt' | 'resource';
  readonly server: string;
  /** Of a resource: the normal form of its URI. */
  readonly name: string;
  readonly argTypes: ReadonlyMap<string, ArgType>;
}

/** Results that are told and recorded; all of them take part. */
const MAX_RESULTS = 20;

/**
 * What the terms of the rules say of one use of a thing that is permitted for some arguments at some time:
 * every deny whose hour it is, and whose condition holds or cannot be evaluated, denies. Of the permits that
 * stand, those without an approval go first, then those that stand without a trial, then those that release
 * the largest result, then the first: what one permit asks is in no other's way.
 */
export function judgeTerms(
  standings: readonly GrantStanding[],
  thing: UsedThing,
  use: UseFacts,
): Verdict {
  const ref = `${thing.server}/${thing.name}`;
  const isAbout = (rule: GrantRule): boolean => {
    const { kind, glob } = compiledRule(rule);
    return kind === thing.kind && glob?.matches(ref) === true;
  };
  const asked: Asked = { thing, use, isAbout, conditions: [] };
  const verdict = denyOf(standings, asked) ?? permitOf(standings, asked);
  const { conditions } = asked;
  return conditions.length === 0 ? verdict : { ...verdict, conditions };
}

interface Asked {
  readonly thing: UsedThing;
  readonly use: UseFacts;
  readonly isAbout: (rule: GrantRule) => boolean;
  /** The first that took part. */
  readonly conditions: ConditionResult[];
}

/** What a rule's condition comes to; `true` of one that has none. */
function resultOf(
  grant: GrantRecord,
  index: number,
  rule: GrantRule,
  { thing, use, conditions }: Asked,
): ConditionResult['result'] {
  if (!isConditional(rule)) return 'true';
  const result = evaluate(rule, thing, use);
  const { effect, when } = rule;
  if (conditions.length < MAX_RESULTS) {
    conditions.push({ grant: grant.id, index, effect, when, result });
  }
  return result;
}

function evaluate(rule: ConditionalRule, thing: UsedThing, use: UseFacts) {
  const { subject, client, sessionId, sessionOpenedAt } = use.asker;
  const { now, realPath } = use;
  const facts = { subject, client, sessionId, sessionOpenedAt, now, realPath };
  return evaluateCondition(rule, thing.argTypes, use.args, facts);
}

/** Denies without a condition and without hours were asked before: nobody gets here whom one is about. */
function denyOf(standings: readonly GrantStanding[], asked: Asked): Verdict | undefined {
  for (const { grant, denies } of standings) {
    if (!denies) continue;
    for (const [index, rule] of grant.rules.entries()) {
      const { effect, hours } = rule;
      if (effect !== 'deny' || !isPartial(rule)) continue;
      if (!asked.isAbout(rule) || !isItsHour(rule, asked.use.now)) continue;
      const result = resultOf(grant, index, rule, asked);
      if (result === 'false') continue;
      const reason = result === 'true' ? 'denied_by_condition' : 'condition_failed';
      return {
        kind: 'deny',
        reason,
        rule: ruleRef(grant, index, rule),
        ...(hours === undefined ? {} : { term: hours }),
      };
    }
  }
  return undefined;
}

/** A permit that stands, or does not. */
type Found =
  | {
      readonly kind: 'stands';
      /** The lower, the sooner it is taken. */
      readonly rank: number;
      readonly terms: PermitTerms | undefined;
      readonly wouldRefuse?: 'condition_false' | 'limit_reached';
    }
  | {
      readonly kind: 'refuses';
      /** The lower, the more it says: when to try again, then other arguments, then nothing. */
      readonly rank: number;
      readonly reason: Deny['reason'];
      readonly term?: string;
      readonly retryAt?: number | undefined;
    };
type Stands = Extract<Found, { kind: 'stands' }>;
type Refuses = Extract<Found, { kind: 'refuses' }>;

function permitOf(standings: readonly GrantStanding[], asked: Asked): Verdict {
  let best: (Stands & { readonly rule: RuleRef }) | undefined;
  let refusal: (Refuses & { readonly rule: RuleRef }) | undefined;
  for (const standing of standings) {
    const { grant, obstacles } = standing;
    if (obstacles.length > 0) continue;
    for (const [index, rule] of grant.rules.entries()) {
      if (!isPermit(rule, standing) || !asked.isAbout(rule)) continue;
      const found = standOf(grant, index, rule, asked);
      if (found.kind === 'stands') {
        if (best === undefined || goesBefore(found, best)) {
          best = { ...found, rule: ruleRef(grant, index, rule) };
        }
        if (best.rank === 0 && boundOf(best) === Infinity) return permitted(best);
      } else if (refusal === undefined || saysMore(found, refusal)) {
        refusal = { ...found, rule: ruleRef(grant, index, rule) };
      }
    }
  }
  if (best !== undefined) return permitted(best);
  if (refusal === undefined) return { kind: 'deny', reason: 'no_rule' };
  const { reason, rule, term, retryAt } = refusal;
  return {
    kind: 'deny',
    reason,
    rule,
    ...(term === undefined ? {} : { term }),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

function standOf(grant: GrantRecord, index: number, rule: GrantRule, asked: Asked): Found {
  const { now, asker } = asked.use;
  const result = resultOf(grant, index, rule, asked);
  const isTrial = isOnTrial(rule, grant.appliedAt, now);
  if (result === 'failed') return { kind: 'refuses', rank: 2, reason: 'condition_failed' };
  if (result === 'false' && !isTrial)
    return { kind: 'refuses', rank: 1, reason: 'condition_false' };
  const hasRoomAt = rule.rates && asker.spent?.rules.get(spentRule(grant.id, ruleKeyOf(rule)));
  const isSpent = hasRoomAt !== undefined;
  if (isSpent && !isTrial) {
    const term = formatRates(rule.rates ?? []);
    const retryAt = itsHourFrom(rule, Math.max(hasRoomAt, now));
    return { kind: 'refuses', rank: 0, reason: 'limit_reached', term, retryAt };
  }
  if (!isItsHour(rule, now)) {
    const retryAt = itsHourFrom(rule, now);
    return { kind: 'refuses', rank: 0, reason: 'outside_hours', term: rule.hours ?? '', retryAt };
  }
  const wouldRefuse =
    result === 'false' ? 'condition_false' : isSpent ? 'limit_reached' : undefined;
  return {
    kind: 'stands',
    rank: (rule.approval === undefined ? 0 : 2) + (wouldRefuse === undefined ? 0 : 1),
    terms: permitTerms(rule, isTrial),
    ...(wouldRefuse === undefined ? {} : { wouldRefuse }),
  };
}

const boundOf = ({ terms }: Stands): number => terms?.maxResultBytes ?? Infinity;

const goesBefore = (found: Stands, than: Stands): boolean =>
  found.rank === than.rank ? boundOf(found) > boundOf(than) : found.rank < than.rank;

/** A refusal that ends by itself, and soonest, says more than one that does not. */
function saysMore(found: Refuses, than: Refuses): boolean {
  if (found.rank !== than.rank) return found.rank < than.rank;
  const at = ({ retryAt }: Refuses): number => retryAt ?? Number.POSITIVE_INFINITY;
  return at(found) < at(than);
}

const permitted = ({ rule, terms, wouldRefuse }: Stands & { readonly rule: RuleRef }): Verdict => ({
  kind: 'permit',
  rule,
  ...(terms === undefined ? {} : { terms }),
  ...(wouldRefuse === undefined ? {} : { wouldRefuse }),
});
