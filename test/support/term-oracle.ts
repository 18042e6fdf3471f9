import type { GrantRecord, GrantRule } from '../../src/authorize/grant-record.ts';
import type { Asker, PolicyState } from '../../src/authorize/policy-state.ts';
import type { Deny, RuleRef } from '../../src/domain/decision.ts';
import { isJsonObject, type Json } from '../../src/domain/json.ts';
import type { PermitTerms } from '../../src/domain/rule-terms.ts';
import { globMatches } from './glob-oracle.ts';
import { areHours, CONDITIONS, isHour, opening, type Truth } from './term-texts.ts';

/** A rule that bears on what is used, and where it stands. */
export interface Borne {
  readonly grant: GrantRecord;
  readonly rule: GrantRule;
  readonly found: RuleRef;
}

/** What is true of a use that some arguments at some time would be permitted. */
export type UseVerdict =
  | {
      readonly permits: true;
      readonly rule: RuleRef;
      readonly terms?: PermitTerms;
      readonly wouldRefuse?: 'condition_false' | 'limit_reached';
    }
  | { readonly permits: false; readonly told: readonly Told[] };

/** One true thing to say of a refusal. */
export type Told = Pick<Deny, 'reason' | 'term' | 'retryAt'> & { readonly rule: RuleRef };

/** Who uses it, when, and with what. */
export interface Used {
  readonly asker: Asker;
  readonly now: number;
  readonly args: Json;
}

const WEEK = 7 * 86_400_000;

/** Whether a rule with a condition, or hours, means anything for what it matches. */
export function hasMeaning(
  { servers }: PolicyState,
  { when, hours }: GrantRule,
  kind: 'tool' | 'prompt' | 'resource' | 'ask',
  glob: string,
): boolean {
  if (when === undefined && hours === undefined) return true;
  if (kind === 'ask' || globMatches(glob, '') === undefined) return false;
  if (hours !== undefined && !areHours(hours)) return false;
  if (when === undefined) return true;
  const reading = CONDITIONS.get(when);
  if (reading === undefined) return false;
  const fits = (types: Readonly<Record<string, Json>>): boolean =>
    Object.entries(reading.needs).every(
      ([name, type]) => Object.hasOwn(types, name) && types[name] === type,
    );
  if (kind === 'resource') return fits({ uri: 'string' });
  for (const [server, view] of servers)
    for (const [name, item] of (kind === 'tool' ? view.tools : view.prompts) ?? []) {
      if (item.quarantine !== undefined || globMatches(glob, `${server}/${name}`) !== true)
        continue;
      const properties = (item.inputSchema?.properties ?? {}) as Record<string, { type: string }>;
      const types = Object.entries(properties).map(([each, { type }]) => [each, type]);
      if (!fits(Object.fromEntries(types))) return false;
    }
  return true;
}

/** What a condition comes to; `true` of a rule that has none. */
export function truthOf({ when }: GrantRule, { asker, now, args }: Used): Truth {
  if (when === undefined) return true;
  if (!isJsonObject(args)) return 'error';
  const age = asker.sessionOpenedAt === undefined ? undefined : now - asker.sessionOpenedAt;
  return (
    CONDITIONS.get(when)?.truth({ args, subject: asker.subject, client: asker.client, age }) ??
    'error'
  );
}

/** Decides a use by the terms of the rules that bear on it, as the documents word them. */
export function judgeUse(
  denies: readonly Borne[],
  permits: readonly Borne[],
  used: Used,
): UseVerdict {
  const against = denies.flatMap(({ rule, found }): Told[] => {
    const truth = truthOf(rule, used);
    if (truth === false || (rule.hours !== undefined && !isHour(rule.hours, used.now))) return [];
    const reason = truth === true ? 'denied_by_condition' : 'condition_failed';
    return [{ reason, rule: found, ...(rule.hours === undefined ? {} : { term: rule.hours }) }];
  });
  if (against.length > 0) return { permits: false, told: against };

  const all = permits.map((each) => ({ ...each, ...standing(each, used) }));
  const bound = ({ rule }: Borne): number => rule.maxResultBytes ?? Infinity;
  // Sorting keeps the order of those that are alike.
  const stands = all
    .filter(({ inTheWay }) => inTheWay === undefined)
    .toSorted((a, b) => (bound(a) === bound(b) ? 0 : bound(a) > bound(b) ? -1 : 1));
  for (const asksApproval of [false, true])
    for (const onlyByTrial of [false, true])
      for (const { rule, found, isTrial, wouldRefuse } of stands) {
        if ((rule.approval !== undefined) !== asksApproval) continue;
        if ((wouldRefuse !== undefined) !== onlyByTrial) continue;
        const terms = termsOf(rule, isTrial);
        return {
          permits: true,
          rule: found,
          ...(terms && { terms }),
          ...(wouldRefuse && { wouldRefuse }),
        };
      }
  const told = all.flatMap(({ inTheWay }) => (inTheWay === undefined ? [] : [inTheWay]));
  const passing = told.filter(({ retryAt }) => retryAt !== undefined);
  const soonest = Math.min(...passing.map(({ retryAt = 0 }) => retryAt));
  if (passing.length > 0)
    return { permits: false, told: passing.filter(({ retryAt }) => retryAt === soonest) };
  const untrue = told.filter(({ reason }) => reason === 'condition_false');
  return { permits: false, told: untrue.length > 0 ? untrue : told };
}

/** What keeps a permit from standing; or what would, were it not on trial. */
function standing(
  { grant, rule, found }: Borne,
  used: Used,
): {
  readonly isTrial: boolean;
  readonly inTheWay?: Told;
  readonly wouldRefuse?: 'condition_false' | 'limit_reached';
} {
  const { now, asker } = used;
  const { trialUntil, hours, rates } = rule;
  const isTrial =
    trialUntil !== undefined && trialUntil > now && trialUntil - grant.appliedAt <= WEEK;
  const truth = truthOf(rule, used);
  const refuse = (reason: Told['reason'], more: Partial<Told> = {}) => ({
    isTrial,
    inTheWay: { reason, rule: found, ...more },
  });
  if (truth === 'error') return refuse('condition_failed');
  if (truth === false && !isTrial) return refuse('condition_false');
  const spentUntil =
    rates === undefined ? undefined : asker.spent?.rules.get(spentName(grant, rule));
  const from = (at: number): number => (hours === undefined ? at : opening(hours, at));
  if (spentUntil !== undefined && !isTrial) {
    const term = (rates ?? []).map(rateText).join(', ');
    return refuse('limit_reached', { term, retryAt: from(spentUntil) });
  }
  if (hours !== undefined && !isHour(hours, now))
    return refuse('outside_hours', { term: hours, retryAt: from(now) });
  if (truth === false) return { isTrial, wouldRefuse: 'condition_false' };
  return spentUntil === undefined ? { isTrial } : { isTrial, wouldRefuse: 'limit_reached' };
}

const UNITS = { 1000: 's', 60000: 'm', 3600000: 'h', 86400000: 'd' } as const;
const rateText = ({ count, windowMs }: { count: number; windowMs: number }): string =>
  `${count}/${UNITS[windowMs as keyof typeof UNITS]}`;

/** What a rule's uses are counted under: what it permits, in its grant. */
const keyText = ({ pattern, when, hours }: GrantRule): string =>
  `[${[pattern, when, hours].map((each) => (each === undefined ? 'null' : JSON.stringify(each))).join(',')}]`;

/** What `Spent` knows a rule by. */
export const spentName = ({ id }: Pick<GrantRecord, 'id'>, rule: GrantRule): string =>
  `${id}\n${keyText(rule)}`;

function termsOf(rule: GrantRule, isTrial: boolean): PermitTerms | undefined {
  const { rates, approval, waitMs, maxResultBytes, flow } = rule;
  if ([rates, approval, maxResultBytes, flow].every((each) => each === undefined)) return undefined;
  const by =
    approval && (waitMs === undefined ? { by: approval } : ({ by: approval, waitMs } as const));
  return {
    ruleKey: keyText(rule),
    ...(rates && { rates }),
    ...(by && { approval: by }),
    ...(maxResultBytes && { maxResultBytes }),
    ...(flow && { flow }),
    ...(isTrial && { isTrial }),
  };
}
