import { describe, expect, it } from 'vitest';
import type { Decision, Deny, Permit } from '../../src/domain/decision.ts';
import { boundResult } from '../../src/inspect/bound-result.ts';

const request = { kind: 'tool', server: 's', tool: 't' } as const;
const permit = (maxResultBytes?: number): Permit =>
  ({
    kind: 'permit',
    request,
    epoch: 5,
    rule: { grant: 'g' },
    ...(maxResultBytes === undefined ? {} : { terms: { ruleKey: 'k', maxResultBytes } }),
  }) as Permit;

describe('a result', () => {
  it.each([
    ['nothing', undefined, undefined, 1_000_000, true],
    ['its rule, just', 64, undefined, 64, true],
    ['its rule', 64, undefined, 65, false],
    ['what it was admitted under', undefined, 64, 65, false],
    ['the smaller of both', 100, 64, 65, false],
    ['the smaller of both, changed meanwhile', 64, 100, 65, false],
  ] as const)('is bounded by %s', (_, now, admitted, size, isReleased) => {
    const decision: Decision = permit(now);
    const admission = admitted === undefined ? {} : { maxResultBytes: admitted };
    const bounded = boundResult(decision, admission, () => size);
    if (isReleased) expect(bounded).toBe(decision);
    else {
      expect(bounded).toEqual({
        kind: 'deny',
        request,
        epoch: 5,
        rule: { grant: 'g' },
        reason: 'result_too_large',
        term: '64B',
      });
    }
  });

  it('that is denied stays so, and is not measured', () => {
    const deny: Deny = { kind: 'deny', request, epoch: 5, reason: 'no_grant' };
    const measure = (): never => {
      throw new Error('measured');
    };
    expect(boundResult(deny, { maxResultBytes: 1 }, measure)).toBe(deny);
    expect(boundResult(permit(), {}, measure)).toEqual(permit());
  });
});
