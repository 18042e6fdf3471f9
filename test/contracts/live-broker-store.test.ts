import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newInstanceId } from '../../src/domain/ids.ts';
import { ContractState, seqOf } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

describe.each(IMPLEMENTATIONS)('$name live broker store', (implementation) => {
  const state = new ContractState(implementation);
  const broker = (startedAt = 1) => ({
    instance: newInstanceId(randomBytes),
    pid: 12,
    socket: '/tmp/s',
    startedAt,
  });

  it('lists registered brokers, oldest first', async () => {
    const [late, early] = [broker(2), broker(1)];
    await state.stores.brokers.register(late);
    await state.stores.brokers.register(early);
    expect(await state.stores.brokers.list()).toEqual([early, late]);
  });

  it('removes a broker once, with one event', async () => {
    const one = broker();
    await state.stores.brokers.register(one);
    await state.stores.brokers.unregister(one.instance);
    await state.stores.brokers.unregister(one.instance);
    expect(await state.stores.brokers.list()).toEqual([]);
    expect(await state.stores.events.query({ code: 'TG5002' })).toHaveLength(1);
  });

  it('lists open intents, oldest first, of one instance when given', async () => {
    const instance = newInstanceId(randomBytes);
    const other = await state.reopen(instance);
    const { id } = await state.openSession();
    await state.admit(id);
    const seq = seqOf(await state.admit(id, 1, other));
    expect(await state.stores.brokers.openIntents()).toHaveLength(2);
    expect(await state.stores.brokers.openIntents(instance)).toEqual([
      { seq, instance, session: id, server: 'files', tool: 'read' },
    ]);
  });

  it('buries a dead instance: its intents end as unknown, others stay open', async () => {
    const one = broker();
    const other = await state.reopen(one.instance);
    await other.brokers.register(one);
    const { id } = await state.openSession();
    const mine = seqOf(await state.admit(id));
    const orphan = seqOf(await state.admit(id, 1, other));
    expect(await state.stores.brokers.bury(one.instance)).toBe(1);
    expect(await state.stores.brokers.openIntents()).toMatchObject([{ seq: mine }]);
    expect(await state.stores.events.query({ outcome: 'unknown' })).toMatchObject([
      { code: 'TG1002', intent: orphan, session: id, subject: 'alice', server: 'files' },
    ]);
    expect(await state.stores.events.query({ code: 'TG5003' })).toMatchObject([
      { detail: { instance: one.instance, intents: 1 } },
    ]);
  });

  it('does nothing when another process buried it first', async () => {
    const one = broker();
    await state.stores.brokers.register(one);
    await state.stores.brokers.bury(one.instance);
    const before = await state.stores.events.head();
    expect(await state.stores.brokers.bury(one.instance)).toBe(0);
    expect(await state.stores.events.head()).toEqual(before);
  });

  it('releases nothing of a call that was closed as unknown meanwhile', async () => {
    const instance = newInstanceId(randomBytes);
    const other = await state.reopen(instance);
    const { id } = await state.openSession();
    const intent = seqOf(await state.admit(id, 1, other));
    await state.stores.brokers.bury(instance);
    await expect(
      other.admission.release({
        epoch: 1,
        sessionId: id,
        outcome: { code: 'TG1002', outcome: 'ok', intent },
      }),
    ).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
  });
});
