import { describe, expect, it } from 'vitest';
import type { AdmissionStore, Appended, NotAppended } from '../../src/admit/admission-store.ts';
import { admit, nothingSpent } from '../../src/admit/admit.ts';
import { release } from '../../src/admit/release.ts';
import type { Decision, Deny, Permit } from '../../src/domain/decision.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import type { Principal } from '../../src/domain/principal.ts';
import { spentRule } from '../../src/domain/session-limits.ts';

const request = { kind: 'tool', server: 's', tool: 't' } as const;
const rule = { grant: 'g', revision: 1, index: 0, file: 'g.yaml', line: 1 } as Permit['rule'];
const permitAt = (epoch: number): Permit =>
  ({ kind: 'permit', request, epoch, rule, definitionHash: 'h' }) as unknown as Permit;
const revoked: Deny = { kind: 'deny', request, epoch: 9, reason: 'no_grant' };
const principal = { sessionId: 'ses_a', subject: 'alice' } as unknown as Principal;
const appended: Appended = { kind: 'appended', seq: 7, at: 1 };

/** A store that answers in this order, and what it was asked. */
function store(answers: (Appended | NotAppended)[]) {
  const epochs: number[] = [];
  const answer = async ({ epoch }: { epoch: number }) => {
    epochs.push(epoch);
    const next = answers.shift();
    if (next === undefined) throw new Error('asked once too often');
    return next;
  };
  return { epochs, store: { admit: answer, release: answer } as unknown as AdmissionStore };
}

const admitting = (
  of: AdmissionStore,
  decisions: Decision[],
  spent = nothingSpent(),
  more: Partial<Parameters<typeof admit>[1]> = {},
) =>
  admit(of, {
    spent,
    principal,
    target: { kind: 'tool', server: 's', tool: 't' },
    method: 'tools/call',
    permit: permitAt(1),
    intent: (): EventDraft => ({ code: 'TG1001' }),
    decideAgain: () => decisions.shift() ?? revoked,
    ...more,
  });

const releasing = (of: AdmissionStore, decisions: Decision[]) =>
  release(of, {
    principal,
    decide: () => decisions.shift() ?? revoked,
    outcome: () => ({ code: 'TG1002' }),
  });

describe('admit', () => {
  it('gives a receipt for the epoch the intent was admitted at', async () => {
    const { store: of, epochs } = store([{ kind: 'stale', epoch: 2 }, appended]);
    expect(await admitting(of, [permitAt(2)])).toMatchObject({
      receipt: { seq: 7, epoch: 2, sessionId: 'ses_a', definitionHash: 'h' },
      permit: { epoch: 2 },
    });
    expect(epochs).toEqual([1, 2]);
  });

  it('gives none when the decision taken again says no', async () => {
    const { store: of, epochs } = store([{ kind: 'stale', epoch: 2 }]);
    expect(await admitting(of, [revoked])).toBe(revoked);
    expect(epochs).toEqual([1]);
  });

  it('gives none when state moves three times', async () => {
    const stale = { kind: 'stale', epoch: 0 } as const;
    const { store: of, epochs } = store([stale, stale, stale]);
    expect(await admitting(of, [permitAt(2), permitAt(3), permitAt(4)])).toMatchObject({
      kind: 'deny',
      reason: 'state_changing',
    });
    expect(epochs).toEqual([1, 2, 3]);
  });

  it.each([
    [{ kind: 'contended' }, 'store_contended'],
    [{ kind: 'session_ended', state: 'revoked' }, 'session_revoked'],
    [{ kind: 'session_ended', state: 'suspended' }, 'session_suspended'],
    [{ kind: 'session_ended', state: 'expired' }, 'session_expired'],
    [{ kind: 'session_ended', state: 'active' }, 'session_expired'],
    [{ kind: 'clock_behind' }, 'clock_behind'],
  ] as const)('gives none for %o', async (answer, reason) => {
    expect(await admitting(store([answer]).store, [])).toMatchObject({
      kind: 'deny',
      reason,
      rule,
    });
  });

  it("tries another grant's permit when one is used up, and says which", async () => {
    const other = { ...permitAt(1), rule: { ...rule, grant: 'h' } } as Permit;
    const { store: of, epochs } = store([{ kind: 'spent', limit: 'maxCalls' }, appended]);
    const spent = nothingSpent();
    expect(await admitting(of, [other], spent)).toMatchObject({ permit: { rule: { grant: 'h' } } });
    expect(spent.grants).toEqual(new Map([['g', 'maxCalls']]));
    expect(epochs).toEqual([1, 1]);
  });

  it('tries as many grants as there are, however often that is', async () => {
    const of = (grant: string) => ({ ...permitAt(1), rule: { ...rule, grant } }) as Permit;
    const five = Array.from({ length: 5 }, () => ({ kind: 'spent', limit: 'idle' }) as const);
    const decisions = ['h', 'i', 'j', 'k', 'l'].map(of);
    expect(await admitting(store([...five, appended]).store, decisions)).toMatchObject({
      permit: { rule: { grant: 'l' } },
    });
  });

  it('gives none when the decision without the grant that is used up says no', async () => {
    const { store: of } = store([{ kind: 'spent', limit: 'idle' }]);
    expect(await admitting(of, [revoked])).toBe(revoked);
  });

  it.each([
    ['idle', 'session_idle_exceeded'],
    ['maxCalls', 'session_calls_exceeded'],
    ['concurrent', 'session_concurrency_exceeded'],
  ] as const)(
    'ends when the decision comes back to a grant whose %s is used up',
    async (limit, reason) => {
      const { store: of } = store([
        { kind: 'spent', limit },
        { kind: 'spent', limit },
      ]);
      expect(await admitting(of, [permitAt(1)])).toMatchObject({ kind: 'deny', reason });
    },
  );

  it("tries another rule's permit when a rate is used up, and says until when it is", async () => {
    const limited = { ...permitAt(1), terms: { ruleKey: 'k', rates: [] } } as Permit;
    const other = { ...permitAt(1), rule: { ...rule, index: 1 } } as Permit;
    const { store: of } = store([{ kind: 'rate_spent', retryAt: 99 }, appended]);
    const spent = nothingSpent();
    expect(await admitting(of, [other], spent, { permit: limited })).toMatchObject({
      permit: { rule: { index: 1 } },
    });
    expect(spent.rules).toEqual(new Map([[spentRule('g', 'k'), 99]]));
  });

  it('ends when the decision comes back to a rule whose rate is used up', async () => {
    const limited = { ...permitAt(1), terms: { ruleKey: 'k', rates: [] } } as Permit;
    const full = { kind: 'rate_spent', retryAt: 99 } as const;
    const { store: of } = store([full, full]);
    expect(await admitting(of, [limited], nothingSpent(), { permit: limited })).toMatchObject({
      kind: 'deny',
      reason: 'limit_reached',
      retryAt: 99,
    });
  });

  it('asks for the approval of the permit it stands on, and says when there is none', async () => {
    const permit = { ...permitAt(1), terms: { ruleKey: 'k', approval: { by: 'admin' } } } as Permit;
    const { store: of } = store([{ kind: 'unapproved' }]);
    const asked: Permit[] = [];
    const approval = (under: Permit) => {
      asked.push(under);
      return 'digest';
    };
    expect(await admitting(of, [], nothingSpent(), { permit, approval })).toMatchObject({
      kind: 'deny',
      reason: 'approval_needed',
      rule,
    });
    expect(asked).toEqual([permit]);
  });

  it('asks the store for nothing when an approval is needed that nothing can be found by', async () => {
    const permit = { ...permitAt(1), terms: { ruleKey: 'k', approval: { by: 'admin' } } } as Permit;
    const { store: of, epochs } = store([appended]);
    expect(await admitting(of, [], nothingSpent(), { permit })).toMatchObject({
      reason: 'approval_needed',
    });
    expect(epochs).toEqual([]);
  });

  it('passes on that the intent could not be made durable', async () => {
    await expect(admitting(store([]).store, [])).rejects.toThrow('asked once too often');
  });
});

describe('release', () => {
  it('releases under the decision taken just before', async () => {
    const { store: of, epochs } = store([appended]);
    expect(await releasing(of, [permitAt(5)])).toBeUndefined();
    expect(epochs).toEqual([5]);
  });

  it('asks the store for nothing when the right is gone', async () => {
    const { store: of, epochs } = store([]);
    expect(await releasing(of, [revoked])).toBe(revoked);
    expect(epochs).toEqual([]);
  });

  it('withholds what was revoked between decision and commit', async () => {
    const { store: of, epochs } = store([{ kind: 'stale', epoch: 6 }]);
    expect(await releasing(of, [permitAt(5), revoked])).toBe(revoked);
    expect(epochs).toEqual([5]);
  });

  it.each([
    [{ kind: 'contended' }, 'store_contended'],
    [{ kind: 'session_ended', state: 'revoked' }, 'session_revoked'],
    [{ kind: 'clock_behind' }, 'clock_behind'],
  ] as const)('withholds for %o', async (answer, reason) => {
    expect(await releasing(store([answer]).store, [permitAt(5)])).toMatchObject({ reason });
  });

  it('withholds when state moves three times', async () => {
    const stale = { kind: 'stale', epoch: 0 } as const;
    const { store: of } = store([stale, stale, stale]);
    expect(await releasing(of, [permitAt(1), permitAt(2), permitAt(3)])).toMatchObject({
      reason: 'state_changing',
    });
  });
});
