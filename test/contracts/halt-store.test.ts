import { describe, expect, it } from 'vitest';
import { ContractState, seqOf } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

const ORDER = { code: 'TG7001' } as const;

describe.each(IMPLEMENTATIONS)('$name halt store', (implementation) => {
  const state = new ContractState(implementation);

  it('orders a halt with its event and the next epoch, once, and keeps it over a restart', async () => {
    const epoch = state.stores.admission.epoch();
    const { halts, events } = state.stores;
    expect(await halts.order({ at: 5, reason: 'an incident' }, ORDER)).toBeUndefined();
    expect(await halts.order({ at: 6 }, ORDER)).toEqual({ at: 5, reason: 'an incident' });
    const again = await state.reopen();
    expect(await again.halts.current()).toEqual({ at: 5, reason: 'an incident' });
    expect(again.admission.epoch()).toBe(epoch + 1);
    expect(await events.query({ code: 'TG7001' })).toMatchObject([{ epoch: epoch + 1 }]);
  });

  it('lifts a halt with its event and the next epoch, and writes nothing without one', async () => {
    const { halts, admission, events } = state.stores;
    const epoch = admission.epoch();
    expect(await halts.lift({ code: 'TG7002' })).toBeUndefined();
    expect(admission.epoch()).toBe(epoch);
    await halts.order({ at: 5 }, ORDER);
    expect(await halts.lift({ code: 'TG7002' })).toEqual({ at: 5 });
    expect(await halts.current()).toBeUndefined();
    expect(await events.query({ code: 'TG7002' })).toMatchObject([{ epoch: epoch + 2 }]);
  });

  it('admits and releases nothing while halted, at whatever epoch it was decided', async () => {
    const { id } = await state.openSession();
    const intent = seqOf(await state.admit(id));
    await state.stores.halts.order({ at: 5 }, ORDER);
    expect(await state.admit(id)).toEqual({ kind: 'halted' });
    expect(await state.release(id, intent)).toEqual({ kind: 'halted' });
    await state.stores.halts.lift({ code: 'TG7002' });
    expect(await state.release(id, intent)).toMatchObject({ kind: 'appended' });
  });

  it('opens no session while halted, and tells decisions with the grants', async () => {
    const { sessions, halts, grants } = state.stores;
    expect(grants.snapshot('alice')).toMatchObject({ isHalted: false });
    await halts.order({ at: 5 }, ORDER);
    const session = {
      id: 'ses_next',
      subject: 'alice',
      tokenId: 'tok_next',
      openedAt: 1,
      expiresAt: 9,
      state: 'active',
      calls: 0,
    } as const;
    expect(await sessions.open(session, { code: 'TG2002' })).toBe('halted');
    expect(sessions.find(session.id)).toBeUndefined();
    expect(grants.snapshot('alice')).toMatchObject({
      isHalted: true,
      epoch: state.stores.admission.epoch(),
    });
  });
});
