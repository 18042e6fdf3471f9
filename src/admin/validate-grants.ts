import { newEffort } from '../authorize/glob-cover.ts';
import type { GrantProblem } from '../authorize/grant-problem.ts';
import type { GrantRule } from '../authorize/grant-record.ts';
import { parseGrant } from '../authorize/parse-grant.ts';
import { type ParsedFile, planApply } from '../authorize/plan-apply.ts';
import { isConditional, unseenServers } from '../authorize/rule-conditions.ts';
import { type PlacedGrant, vainRules } from '../authorize/vain-rules.ts';
import { serverView } from '../catalog/server-view.ts';
import type { GrantFile } from './grant-files.ts';
import { checkedFiles } from './plan-grants.ts';
import type { Review } from './review.ts';
import { unmetRules } from './unmet-rules.ts';

/** A problem, or a warning about a grant that is valid. */
export type GrantFinding = Omit<GrantProblem, 'kind'> & {
  readonly kind: GrantProblem['kind'] | 'warning';
};

/** What is wrong with grant files, and how many were read. */
export interface GrantValidation {
  readonly files: number;
  /** In the order of files and lines. */
  readonly findings: readonly GrantFinding[];
}

/**
 * Checks grant files without applying anything: the given ones, otherwise the whole folder. Also finds
 * two files with one id, and warns of rules that match nothing there is, that another rule makes
 * pointless, and whose conditions nothing is known of yet.
 */
export async function validateGrants(
  review: Review,
  given: readonly GrantFile[] | undefined,
): Promise<GrantValidation> {
  const read = (given ?? (await review.grantFiles.read())).map(({ file, text }) => ({
    file,
    text,
    parsed: parseGrant(text, file),
  }));
  const files = await checkedFiles(review, read);
  const { problems } = planApply({
    files,
    applied: [],
    mode: 'apply',
    prune: false,
    reinstate: [],
  });
  const warnings = await warningsOf(review, files.flatMap(placed));
  const findings = [...problems, ...warnings].sort((a, b) =>
    a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1,
  );
  return { files: files.length, findings };
}

/** Grants that will be in force: what is marked revoked gives nothing. */
const placed = ({ file, parsed }: ParsedFile): readonly PlacedGrant[] =>
  parsed.ok && parsed.markedRevoked === undefined ? [{ file, document: parsed.document }] : [];

async function warningsOf(
  { serverNames, catalog, clock }: Review,
  grants: readonly PlacedGrant[],
): Promise<readonly GrantFinding[]> {
  const { servers: pinned } = await catalog.snapshot();
  const servers = new Map(serverNames.map((name) => [name, serverView(pinned.get(name), false)]));
  const effort = newEffort();
  const now = clock.now();
  return grants.flatMap((grant) => {
    const { file, document } = grant;
    const warn = (rule: GrantRule, message: string): GrantFinding => {
      return { file, line: rule.line, column: 1, message, kind: 'warning' };
    };
    const unseen = document.rules.filter(isConditional).flatMap((rule) =>
      unseenServers(rule, servers).map((server) => {
        const checked = '`when` is checked against its tools once it was';
        return warn(rule, `${server} was never seen: ${checked}`);
      }),
    );
    const over = document.rules.filter(
      ({ trialUntil }) => trialUntil !== undefined && trialUntil <= now,
    );
    return [
      ...unmetRules(document, serverNames, pinned).map(({ rule, message }) => warn(rule, message)),
      ...vainRules(grant, grants, effort).map(({ rule, message }) => warn(rule, message)),
      ...unseen,
      ...over.map((rule) => warn(rule, '`enforce: false` is over: the rule is enforced')),
    ];
  });
}
