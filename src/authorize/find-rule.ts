import type { RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { compiledRule } from './compiled-rule.ts';
import type { Glob } from './glob.ts';
import { leavesUncovered, newEffort, newSmallEffort, overlaps } from './glob-cover.ts';
import type { GrantRecord, GrantRule } from './grant-record.ts';
import type { GrantStanding, Obstacle } from './grant-standing.ts';
import { isPartial } from './rule-conditions.ts';
import type { RuleKind } from './rule-kind.ts';
import type { Skeleton } from './template-skeleton.ts';

/** What the rules say of one thing, before the catalog is asked. */
export type RuleFinding =
  | { readonly kind: 'permitted'; readonly rule: RuleRef }
  | { readonly kind: 'denied'; readonly reason: DenyReason; readonly rule?: RuleRef };

const OBSTACLES: readonly Obstacle[] = [
  'client_not_granted',
  'grant_expired',
  'session_life_exceeded',
  'session_idle_exceeded',
  'session_calls_exceeded',
  'session_concurrency_exceeded',
];

/** One thing, as rules of its kind name it. */
export interface Named {
  readonly kind: RuleKind;
  readonly server: string;
  /** Its name, or the normal form of its URI; `undefined` when that has none. */
  readonly name: string | undefined;
}

/**
 * What the rules say of one thing, whatever is done with it and whenever: a condition, or hours, are taken
 * to permit, and not to deny. A deny rule outweighs every permit, whichever grant either is in;
 * otherwise the first permitting rule decides, in order of grant id and place. Without a name no
 * permit matches, and every deny that could name something of the server does.
 */
export function findRule(standings: readonly GrantStanding[], thing: Named): RuleFinding {
  const { kind, server, name } = thing;
  const text = `${server}/${name}`;
  const isDenied = (glob: Glob) =>
    name === undefined ? glob.canMatchUnder(`${server}/`) : glob.matches(text);
  return (
    firstDeny(standings, kind, isDenied) ??
    firstPermit(standings, kind, (glob) => name !== undefined && glob.matches(text))
  );
}

/** Whether any rule, of whatever kind and effect, could be about something of a server. */
export function isAnyAbout(standings: readonly GrantStanding[], server: string): boolean {
  const rules = standings.flatMap(({ grant }) => grant.rules).map(compiledRule);
  return rules.some(({ glob }) => glob === undefined || glob.canMatchUnder(`${server}/`));
}

/** Things nobody has named: all there may be of a kind, or those of a certain shape. */
export interface Unnamed {
  readonly kind: RuleKind;
  readonly server: string;
  readonly among?: Skeleton;
}

/** What the rules say of things nobody has named: permitted when one can be thought of that they would permit. */
export function findRuleForSome(standings: readonly GrantStanding[], things: Unnamed): RuleFinding {
  const { kind, server, among } = things;
  const prefix = `${server}/${among?.head ?? ''}`;
  const effort = among === undefined ? newEffort() : newSmallEffort();
  const denies = standings
    .filter((standing) => standing.denies)
    .flatMap((standing) => standing.grant.rules.filter((rule) => isDeny(rule, standing)))
    .map(compiledRule)
    .filter((rule) => rule.kind === kind);
  const isUnreadable = denies.some(({ glob }) => glob === undefined);
  const covers = denies.flatMap(({ glob }) => (glob?.canMatchUnder(prefix) ? glob : []));
  const isAbout = (glob: Glob): boolean =>
    glob.canMatchUnder(prefix) && (among === undefined || overlaps(glob, among.glob, prefix));
  const isLeft = (glob: Glob): boolean => {
    if (isUnreadable || !isAbout(glob)) return false;
    if (covers.length === 0) return true;
    const wanted = among === undefined ? [glob] : [glob, among.glob];
    return leavesUncovered(wanted, covers, prefix, effort) === 'some';
  };

  const possible = firstPermit(standings, kind, isAbout);
  if (possible.kind === 'denied') return possible;
  const allowed = firstPermit(standings, kind, isLeft);
  if (allowed.kind === 'permitted') return allowed;
  return firstDeny(standings, kind, isAbout) ?? allowed;
}

function firstDeny(
  standings: readonly GrantStanding[],
  kind: RuleKind,
  matches: (glob: Glob) => boolean,
): RuleFinding | undefined {
  for (const standing of standings) {
    if (!standing.denies) continue;
    const rule = firstRule(standing, kind, isDeny, (glob) => glob === undefined || matches(glob));
    if (rule !== undefined) return { kind: 'denied', reason: 'denied_by_rule', rule };
  }
  return undefined;
}

function firstPermit(
  standings: readonly GrantStanding[],
  kind: RuleKind,
  matches: (glob: Glob) => boolean,
): RuleFinding {
  let hindered: { rank: number; reason: DenyReason; rule: RuleRef } | undefined;
  for (const standing of standings) {
    const { obstacles } = standing;
    const rule = firstRule(standing, kind, isPermit, (glob) => glob !== undefined && matches(glob));
    if (rule === undefined) continue;
    const [reason, another] = obstacles;
    if (reason === undefined) return { kind: 'permitted', rule };
    // One obstacle away is worth more to know than two.
    const rank = OBSTACLES.indexOf(reason) + (another === undefined ? 0 : OBSTACLES.length);
    if (hindered === undefined || rank < hindered.rank) hindered = { rank, reason, rule };
  }
  if (hindered !== undefined) {
    return { kind: 'denied', reason: hindered.reason, rule: hindered.rule };
  }
  return { kind: 'denied', reason: standings.length > 0 ? 'no_rule' : 'no_grant' };
}

/** Whether a rule permits for some arguments at some time. */
export const isPermit = (rule: GrantRule, { mismatched }: GrantStanding): boolean =>
  rule.effect === 'permit' && !mismatched.has(rule);

/** Whether a rule denies whatever the arguments are, at any time. */
const isDeny = (rule: GrantRule, { mismatched }: GrantStanding): boolean =>
  rule.effect === 'deny' && (!isPartial(rule) || mismatched.has(rule));

function firstRule(
  standing: GrantStanding,
  kind: RuleKind,
  counts: (rule: GrantRule, standing: GrantStanding) => boolean,
  matches: (glob: Glob | undefined) => boolean,
): RuleRef | undefined {
  const { grant } = standing;
  const index = grant.rules.findIndex((rule) => {
    if (!counts(rule, standing)) return false;
    const compiled = compiledRule(rule);
    return compiled.kind === kind && matches(compiled.glob);
  });
  const rule = grant.rules[index];
  return rule === undefined ? undefined : ruleRef(grant, index, rule);
}

/** Where a rule stands in its grant. */
export const ruleRef = (
  { id, revision, file }: GrantRecord,
  index: number,
  { line, effect, pattern }: GrantRule,
): RuleRef => ({ grant: id, revision, index, file, line, effect, pattern });
