import type { RuleRef } from '../domain/decision.ts';
import type { DenyReason } from '../domain/reasons.ts';
import { compiledGlob } from './compiled-glob.ts';
import type { Glob } from './glob.ts';
import { leavesUncovered, newEffort } from './glob-cover.ts';
import type { GrantRecord, GrantRule } from './grant-record.ts';
import type { GrantStanding, Obstacle } from './grant-standing.ts';

/** What the rules say of one thing, before the catalog is asked. */
export type RuleFinding =
  | { readonly kind: 'permitted'; readonly rule: RuleRef }
  | { readonly kind: 'denied'; readonly reason: DenyReason; readonly rule?: RuleRef };

const OBSTACLES: readonly Obstacle[] = [
  'client_not_granted',
  'grant_expired',
  'session_life_exceeded',
];

/**
 * What the rules say of one tool ref. A deny rule outweighs every permit, whichever grant either is
 * in; otherwise the first permitting rule decides, in order of grant id and place.
 */
export function findRule(standings: readonly GrantStanding[], ref: string): RuleFinding {
  for (const { grant, denies } of standings) {
    if (!denies) continue;
    const rule = firstRule(grant, 'deny', (glob) => glob?.matches(ref) ?? true);
    if (rule !== undefined) return { kind: 'denied', reason: 'denied_by_rule', rule };
  }
  return firstPermit(standings, (glob) => glob.matches(ref));
}

/**
 * What the rules say of a tool server whose tools nobody has seen: permitted when a tool can be
 * thought of that they would permit.
 */
export function findRuleForUnseen(
  standings: readonly GrantStanding[],
  server: string,
): RuleFinding {
  const prefix = `${server}/`;
  const denying = standings.filter((standing) => standing.denies);
  const denies = denying.flatMap(({ grant }) =>
    grant.rules.filter((rule) => rule.effect === 'deny').map((rule) => compiledGlob(rule.pattern)),
  );
  const readable = denies.filter((glob) => glob !== undefined);
  const isUnreadable = readable.length < denies.length;
  const possible = firstPermit(standings, (glob) => glob.canMatchUnder(prefix));
  if (possible.kind === 'denied') return possible;
  const effort = newEffort();
  const left = firstPermit(
    standings,
    (glob) => !isUnreadable && leavesUncovered(glob, readable, prefix, effort) === 'some',
  );
  if (left.kind === 'permitted') return left;
  for (const { grant } of denying) {
    const rule = firstRule(grant, 'deny', (glob) => glob?.canMatchUnder(prefix) ?? true);
    if (rule !== undefined) return { kind: 'denied', reason: 'denied_by_rule', rule };
  }
  return left;
}

function firstPermit(
  standings: readonly GrantStanding[],
  matches: (glob: Glob) => boolean,
): RuleFinding {
  let hindered: { rank: number; reason: DenyReason; rule: RuleRef } | undefined;
  for (const { grant, obstacles } of standings) {
    const rule = firstRule(grant, 'permit', (glob) => glob !== undefined && matches(glob));
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

function firstRule(
  grant: GrantRecord,
  effect: GrantRule['effect'],
  matches: (glob: Glob | undefined) => boolean,
): RuleRef | undefined {
  const index = grant.rules.findIndex(
    (rule) => rule.effect === effect && matches(compiledGlob(rule.pattern)),
  );
  const rule = grant.rules[index];
  if (rule === undefined) return undefined;
  return {
    grant: grant.id,
    revision: grant.revision,
    index,
    file: grant.file,
    line: rule.line,
    effect,
    pattern: rule.pattern,
  };
}
