import type { GrantRecord } from '../authorize/grant-record.ts';
import { conditionMismatch, isConditional, unseenServers } from '../authorize/rule-conditions.ts';
import type { AdminContext } from './admin-context.ts';
import { knownServers } from './known-servers.ts';

/**
 * The rules of a grant, by place, whose conditions have no meaning for the tools as they are known now,
 * each with why.
 *
 * @throws BrokerError when state cannot be read.
 */
export async function mismatchedConditions(
  context: Pick<AdminContext, 'catalog' | 'serverNames'>,
  { rules }: GrantRecord,
): Promise<ReadonlyMap<number, string>> {
  const servers = await knownServers(context.catalog, context.serverNames);
  const found = new Map<number, string>();
  for (const [index, rule] of rules.entries()) {
    if (!isConditional(rule)) continue;
    const mismatch = conditionMismatch(rule, servers);
    const unseen = unseenServers(rule, servers);
    if (mismatch !== undefined) {
      const of = mismatch.tool === undefined ? '' : `, of ${mismatch.tool}`;
      found.set(index, `\`when\` ${mismatch.message}${of}`);
    } else if (unseen.length > 0 && rule.effect === 'permit') {
      found.set(index, `of ${unseen.join(', ')}, until it was seen`);
    }
  }
  return found;
}
