import type { GrantRecord, GrantRule } from '../authorize/grant-record.ts';
import { ruleText } from '../authorize/rule-text.ts';
import type { RuleRef } from '../domain/decision.ts';
import type { AdminContext } from './admin-context.ts';
import { knownServers } from './known-servers.ts';
import { reachOf } from './reach.ts';
import { recordedUse } from './recorded-use.ts';
import { recordedUses } from './recorded-uses.ts';

/** Rights of a grant that nobody used. */
export interface UnusedRights {
  /** Permit rules under which nothing was admitted, by place. */
  readonly rules: readonly { readonly index: number; readonly rule: GrantRule }[];
  /** Known tools and prompts it permits that were not used under it, as rules name them. */
  readonly things: readonly string[];
  /** Uses that were admitted under it. */
  readonly uses: number;
}

/**
 * Finds what of a grant was not used. A use counts for the rule it was admitted under, whichever revision
 * of the grant that was in, when the rule said the same.
 *
 * @param since epoch microseconds.
 * @throws BrokerError when state cannot be read.
 */
export async function unusedRights(
  context: AdminContext,
  grant: GrantRecord,
  since: number,
): Promise<UnusedRights> {
  const digestKey = await context.keys.digestKey();
  const revisions = new Map<number, GrantRecord | undefined>([[grant.revision, grant]]);
  const usedRules = new Set<string>();
  const usedPatterns = new Set<string>();
  const usedThings = new Set<string>();
  let uses = 0;
  const textOf = async ({ revision, index }: RuleRef): Promise<string | undefined> => {
    if (!revisions.has(revision)) {
      revisions.set(revision, await context.grants.revision(grant.id, revision));
    }
    const rule = revisions.get(revision)?.rules[index];
    return rule === undefined ? undefined : ruleText(rule);
  };
  for await (const event of recordedUses(context, { since, subject: grant.subject })) {
    const { rule } = event;
    if (event.decision !== 'permit' || rule?.grant !== grant.id) continue;
    uses += 1;
    const text = await textOf(rule);
    // Of a revision that was not kept only the pattern is known.
    if (text === undefined) usedPatterns.add(rule.pattern);
    else usedRules.add(text);
    const use = recordedUse(event, digestKey);
    if (use !== undefined) usedThings.add(use.what);
  }
  const servers = await knownServers(context.catalog, context.serverNames);
  const reached = reachOf({ grants: [grant], servers }).filter(
    ({ kind, effect }) => effect === 'permit' && (kind === 'tool' || kind === 'prompt'),
  );
  return {
    rules: grant.rules.flatMap((rule, index) => {
      const isUsed = usedRules.has(ruleText(rule)) || usedPatterns.has(rule.pattern);
      // What a tool server asked is not admitted under a rule of its own.
      const isCounted = rule.effect === 'permit' && !rule.pattern.startsWith('ask:');
      return isUsed || !isCounted ? [] : [{ index, rule }];
    }),
    things: reached.map(({ thing }) => thing).filter((thing) => !usedThings.has(thing)),
    uses,
  };
}
