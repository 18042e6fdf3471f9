import { compiledRule } from '../authorize/compiled-rule.ts';
import type { GrantDocument, GrantRule } from '../authorize/grant-record.ts';
import { meetsSomething, thingsOf } from '../authorize/rule-meets.ts';
import { unmatchedServers } from '../authorize/rule-pattern.ts';
import type { PinnedServer } from '../domain/catalog-record.ts';

/** A rule that matches nothing there is, and what it does not match, in words. */
export interface UnmetRule {
  readonly rule: GrantRule;
  readonly message: string;
}

/** The rules of a grant that match no configured tool server, or nothing of those that were seen. */
export function unmetRules(
  document: GrantDocument,
  serverNames: readonly string[],
  pinned: ReadonlyMap<string, PinnedServer>,
): readonly UnmetRule[] {
  const lost = unmatchedServers(document, serverNames);
  return document.rules.flatMap((rule): readonly UnmetRule[] => {
    if (lost.includes(rule)) {
      return [{ rule, message: `no configured tool server matches ${rule.pattern}` }];
    }
    const { glob } = compiledRule(rule);
    const meant = serverNames.filter((name) => glob?.canMatchUnder(`${name}/`) ?? false);
    const isOpen = meant.some((server) => {
      const known = pinned.get(server);
      // A tool server never seen may have anything.
      return known === undefined || meetsSomething(rule, known);
    });
    if (isOpen) return [];
    const things = `${thingsOf(rule).slice(0, -1)} of ${[...meant].sort().join(', ')}`;
    return [{ rule, message: `no known ${things} matches ${rule.pattern}` }];
  });
}
