import type { GrantProblem } from '../authorize/grant-problem.ts';
import { parseGrant } from '../authorize/parse-grant.ts';
import { planApply } from '../authorize/plan-apply.ts';
import { isConditional, unseenServers } from '../authorize/rule-conditions.ts';
import { unmatchedServers } from '../authorize/rule-pattern.ts';
import type { AdminContext } from './admin-context.ts';
import type { GrantFile } from './grant-files.ts';
import { knownServers } from './known-servers.ts';
import { checkedFiles } from './plan-grants.ts';

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
 * Checks grant files without applying anything: the given ones, otherwise the whole folder. Also
 * finds two files with one id, and warns of rules no configured server can match.
 */
export async function validateGrants(
  context: AdminContext,
  given: readonly GrantFile[] | undefined,
): Promise<GrantValidation> {
  const read = (given ?? (await context.grantFiles.read())).map(({ file, text }) => ({
    file,
    text,
    parsed: parseGrant(text, file),
  }));
  const files = await checkedFiles(context, read);
  const { problems } = planApply({
    files,
    applied: [],
    mode: 'apply',
    prune: false,
    reinstate: [],
  });
  const warnings = files.flatMap(({ file, parsed }) =>
    parsed.ok
      ? unmatchedServers(parsed.document, context.serverNames).map(
          (rule): GrantFinding => ({
            file,
            line: rule.line,
            column: 1,
            message: `no configured tool server matches ${rule.pattern}`,
            kind: 'warning',
          }),
        )
      : [],
  );
  const place = ({ file, line, column }: GrantFinding) => [file, line, column] as const;
  const servers = await knownServers(context.catalog, context.serverNames);
  const unseen = files.flatMap(({ file, parsed }) =>
    (parsed.ok ? parsed.document.rules.filter(isConditional) : []).flatMap((rule) =>
      unseenServers(rule, servers).map(
        (server): GrantFinding => ({
          file,
          line: rule.line,
          column: 1,
          message: `${server} was never seen: \`when\` is checked against its tools once it was`,
          kind: 'warning',
        }),
      ),
    ),
  );
  const findings = [...problems, ...warnings, ...unseen].sort((a, b) => {
    const [fileA, lineA, columnA] = place(a);
    const [fileB, lineB, columnB] = place(b);
    return fileA === fileB ? lineA - lineB || columnA - columnB : fileA < fileB ? -1 : 1;
  });
  return { files: files.length, findings };
}
