import type { GrantProblem } from './grant-problem.ts';
import type { ParsedFile } from './plan-apply.ts';
import type { PolicyState } from './policy-state.ts';
import { conditionMismatch, isConditional } from './rule-conditions.ts';
import { placeIn } from './yaml-nodes.ts';

/**
 * A grant file checked against the tools that are known: each condition against the approved input schema
 * of every tool its rule can match. One that does not hold for one of them is a problem of the file.
 */
export function withCheckedConditions(
  file: ParsedFile,
  servers: PolicyState['servers'],
): ParsedFile {
  const { parsed } = file;
  // Marked revoked it gives nothing, and an old one need not keep up with its tools.
  if (!parsed.ok || parsed.markedRevoked !== undefined) return file;
  const problems = parsed.document.rules.flatMap((rule, index): GrantProblem[] => {
    const mismatch = isConditional(rule) ? conditionMismatch(rule, servers) : undefined;
    if (mismatch === undefined) return [];
    const { message, hint, offset, tool } = mismatch;
    const node = parsed.conditions?.get(index);
    const at = node === undefined ? { line: rule.line, column: 1 } : placeIn(node, offset);
    return [
      {
        file: file.file,
        ...at,
        message: `\`when\` ${message}${tool === undefined ? '' : `, of ${tool}`}`,
        ...(hint === undefined ? {} : { hint }),
        kind: 'invalid',
      },
    ];
  });
  return problems.length === 0 ? file : { ...file, parsed: { ok: false, problems } };
}
