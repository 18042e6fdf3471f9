import { compiledRule } from '../authorize/compiled-rule.ts';
import type { GrantDocument, GrantRecord } from '../authorize/grant-record.ts';
import { meetsSomething, thingsOf } from '../authorize/rule-meets.ts';
import { unmatchedServers } from '../authorize/rule-pattern.ts';
import { ruleText } from '../authorize/rule-text.ts';
import type { AdminContext } from './admin-context.ts';

/** What somebody should know of a grant that is valid. */
export interface GrantInspection {
  /** Rules that match nothing there is: no configured tool server, or nothing of those seen. */
  readonly warnings: readonly string[];
  /** Unexpired grants of the subject that permit the same to the same clients, ordered by id. */
  readonly same: readonly GrantRecord[];
}

/** Looks at a grant before it is put in force: a typing error in a pattern grants nothing, in silence. */
export async function inspectGrant(
  context: AdminContext,
  document: GrantDocument,
): Promise<GrantInspection> {
  const lost = unmatchedServers(document, context.serverNames);
  const { servers } = await context.catalog.snapshot();
  const warnings = document.rules.flatMap((rule): readonly string[] => {
    if (lost.includes(rule)) return [`no configured tool server matches ${rule.pattern}`];
    const { glob } = compiledRule(rule);
    const meant = context.serverNames.filter((name) => glob?.canMatchUnder(`${name}/`) ?? false);
    const isOpen = meant.some((server) => {
      const known = servers.get(server);
      // A tool server never seen may have anything.
      return known === undefined || meetsSomething(rule, known);
    });
    return isOpen
      ? []
      : [
          `no known ${thingsOf(rule).slice(0, -1)} of ${[...meant].sort().join(', ')} matches ${rule.pattern}`,
        ];
  });
  const { grants } = await context.grants.snapshot(document.subject);
  const now = context.clock.now();
  const wanted = permitsOf(document);
  const same = grants.filter(
    (grant) =>
      grant.id !== document.id &&
      grant.revokedAt === undefined &&
      grant.expiresAt > now &&
      wanted !== '[]' &&
      permitsOf(grant) === wanted &&
      clientsOf(grant) === clientsOf(document),
  );
  return { warnings, same };
}

const permitsOf = ({ rules }: GrantDocument): string =>
  JSON.stringify(
    rules
      .filter(({ effect }) => effect === 'permit')
      .map(ruleText)
      .sort(),
  );

const clientsOf = ({ clients }: GrantDocument): string =>
  clients === undefined ? 'any' : JSON.stringify([...clients].sort());
