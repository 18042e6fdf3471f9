import type { Decision } from '../domain/decision.ts';
import type { IntentReceipt } from '../domain/intent-receipt.ts';

/**
 * The decision to release a result, held to the `maxResult` of the rule it stands on; that of a task's also
 * to what the call that made it was permitted. An error of the tool server's is a result like any other.
 *
 * @param size UTF-8 bytes of what would be released.
 */
export function boundResult(
  decision: Decision,
  { maxResultBytes: admitted = Number.POSITIVE_INFINITY }: Pick<IntentReceipt, 'maxResultBytes'>,
  size: () => number,
): Decision {
  if (decision.kind === 'deny') return decision;
  const most = Math.min(admitted, decision.terms?.maxResultBytes ?? Number.POSITIVE_INFINITY);
  if (most === Number.POSITIVE_INFINITY || size() <= most) return decision;
  const { request, epoch, rule } = decision;
  return { kind: 'deny', request, epoch, rule, reason: 'result_too_large', term: `${most}B` };
}
