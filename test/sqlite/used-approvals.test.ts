import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdmissionRequest } from '../../src/admit/admission-store.ts';
import type { ApprovalRecord } from '../../src/approve/approval.ts';
import { openTestStores } from '../support/sqlite/test-stores.ts';
import { WaitingApprovals } from '../support/sqlite/waiting-approvals.ts';

describe('an approval', () => {
  let state: WaitingApprovals;
  let asked: ApprovalRecord;

  beforeEach(async () => {
    state = await WaitingApprovals.open();
    asked = await state.waiting();
  });
  afterEach(() => state.close());

  const settle = (as: 'approved' | 'denied' = 'approved', by: 'admin' | 'client' = 'admin') =>
    state.stores.approvals.settle({
      id: asked.id,
      as,
      by,
      now: state.clock.now(),
      event: { code: as === 'approved' ? 'TG8002' : 'TG8003' },
    });

  const use = (more: Partial<AdmissionRequest> = {}, stores = state.stores) =>
    stores.admission.admit({
      epoch: stores.admission.epoch(),
      sessionId: state.session.id,
      intent: {
        code: 'TG1001',
        server: 'files',
        tool: 'write_file',
        rule: { ...asked.rule, effect: 'permit', pattern: 'files/*' },
      },
      approval: asked.digest,
      ...more,
    });

  it('that waits, or was denied, lets nothing through', async () => {
    expect(await use()).toEqual({ kind: 'unapproved' });
    await settle('denied');
    expect(await use()).toEqual({ kind: 'unapproved' });
    expect(await state.codes()).not.toContain('TG1001');
  });

  it('lets its use through once, and is named by the intent', async () => {
    await settle();
    const admitted = await use();
    expect(await use()).toEqual({ kind: 'unapproved' });
    const seq = admitted.kind === 'appended' ? admitted.seq : 0;
    expect(await state.stores.events.get(seq)).toMatchObject({ approval: asked.id });
    const view = await state.stores.approvals.find(asked.id, state.clock.now());
    expect(view?.approval).toMatchObject({ state: 'used', usedSeq: seq });
    expect(view?.approval.sealed).toBeUndefined();
  });

  it('lets one of two uses through that two processes make at once', async () => {
    await settle();
    const other = await openTestStores(state.stateDir, { clock: state.clock });
    const answers = await Promise.all([use(), use({}, other), use(), use({}, other)]);
    other.close();
    expect(answers.map(({ kind }) => kind).sort()).toEqual([
      'appended',
      ...Array(3).fill('unapproved'),
    ]);
  });

  it('lets no other use through', async () => {
    await settle();
    expect(await use({ approval: 'another' })).toEqual({ kind: 'unapproved' });
  });

  it('is not used up by a use that something else refuses', async () => {
    await settle();
    expect(await use({ epoch: 99 })).toMatchObject({ kind: 'stale' });
    const limits = { maxCalls: 0 };
    expect(await use({ limits })).toEqual({ kind: 'spent', limit: 'maxCalls' });
    expect((await use()).kind).toBe('appended');
  });

  it('takes no place in a limit of a use that is not approved', async () => {
    const terms = { ruleKey: 'k', rates: [{ count: 1, windowMs: 1_000 }] };
    expect(await use({ terms })).toEqual({ kind: 'unapproved' });
    await settle();
    expect((await use({ terms })).kind).toBe('appended');
  });

  it('is over at its end, and does not come back when the clock is set back', async () => {
    await settle();
    const view = await state.stores.approvals.find(asked.id, state.clock.now());
    state.clock.advance((view?.approval.expiresAt ?? 0) - state.clock.now());
    expect(await use()).toEqual({ kind: 'unapproved' });
    await state.stores.admission.record({ code: 'TG1003' });
    state.clock.advance(-10_000);
    expect(await use()).toEqual({ kind: 'unapproved' });
  });

  it('carries the further rounds of its use, once from each intent', async () => {
    await settle();
    const first = await use();
    const continues = first.kind === 'appended' ? first.seq : 0;
    expect((await use({ continues })).kind).toBe('appended');
    expect(await use({ continues })).toEqual({ kind: 'unapproved' });
    expect(await use({ continues: 1 })).toEqual({ kind: 'unapproved' });
  });
});
