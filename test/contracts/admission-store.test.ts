import { describe, expect, it } from 'vitest';
import { ContractState, seqOf } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

describe.each(IMPLEMENTATIONS)('$name admission store', (implementation) => {
  const state = new ContractState(implementation);

  it('appends an intent at the current epoch, under its session', async () => {
    const { id } = await state.openSession();
    const seq = seqOf(await state.admit(id));
    expect(await state.stores.events.get(seq)).toMatchObject({
      code: 'TG1001',
      session: id,
      epoch: 1,
      server: 'files',
    });
  });

  it('counts an admitted call in its session', async () => {
    const { id } = await state.openSession();
    state.clock.advance(5_000);
    await state.admit(id);
    await state.admit(id);
    expect(state.stores.sessions.find(id)).toMatchObject({
      calls: 2,
      lastCallAt: state.clock.now(),
    });
  });

  it('refuses an intent decided at an older epoch and names the current one', async () => {
    const { id } = await state.openSession();
    const other = await state.openSession();
    const epoch = state.stores.admission.epoch();
    await state.stores.sessions.end(other.id, 'revoked', 1, { code: 'TG2003' });
    expect(await state.admit(id, epoch)).toEqual({ kind: 'stale', epoch: epoch + 1 });
  });

  it('writes nothing when it refuses', async () => {
    const { id } = await state.openSession();
    const before = await state.stores.events.head();
    await state.admit(id, 99);
    expect(await state.stores.events.head()).toEqual(before);
    expect(await state.stores.brokers.openIntents()).toEqual([]);
  });

  it.each(['revoked', 'expired'] as const)('refuses an intent of a %s session', async (ended) => {
    const { id } = await state.openSession();
    await state.stores.sessions.end(id, ended, 1, { code: 'TG2003' });
    expect(await state.admit(id)).toEqual({ kind: 'session_ended', state: ended });
  });

  it('refuses an intent of a suspended session', async () => {
    const { id } = await state.openSession({ state: 'suspended' });
    expect(await state.admit(id)).toEqual({ kind: 'session_ended', state: 'suspended' });
  });

  it('refuses an intent from the instant its session expires', async () => {
    const { id } = await state.openSession({ expiresAt: state.clock.now() + 10 });
    state.clock.advance(9);
    expect((await state.admit(id)).kind).toBe('appended');
    state.clock.advance(1);
    expect(await state.admit(id)).toEqual({ kind: 'session_ended', state: 'expired' });
  });

  it('refuses an intent of a session nobody opened', async () => {
    expect((await state.admit('ses_nobody')).kind).toBe('session_ended');
  });

  it('releases an outcome while rights hold and closes its intent', async () => {
    const { id } = await state.openSession();
    const intent = seqOf(await state.admit(id));
    const seq = seqOf(await state.release(id, intent));
    expect(await state.stores.events.get(seq)).toMatchObject({ outcome: 'ok', intent, epoch: 1 });
    expect(await state.stores.brokers.openIntents()).toEqual([]);
  });

  it('does not release under a session that ended in another process', async () => {
    const { id } = await state.openSession();
    const intent = seqOf(await state.admit(id));
    const epoch = state.stores.admission.epoch();
    const other = await state.reopen();
    await other.sessions.end(id, 'revoked', 1, { code: 'TG2003' });
    expect(await state.release(id, intent, epoch)).toEqual({
      kind: 'session_ended',
      state: 'revoked',
    });
  });

  it('sees an epoch another process moved, at once', async () => {
    const { id } = await state.openSession();
    const before = state.stores.admission.epoch();
    const other = await state.reopen();
    await other.sessions.end(id, 'revoked', 1, { code: 'TG2003' });
    expect(state.stores.admission.epoch()).toBe(before + 1);
  });

  it('records a refusal whatever the state is', async () => {
    const { seq } = await state.stores.admission.record({ code: 'TG1003', reason: 'no_grant' });
    expect(await state.stores.events.get(seq)).toMatchObject({ reason: 'no_grant' });
  });

  it('does not record a released outcome past the check of rights', async () => {
    const { id } = await state.openSession();
    const intent = seqOf(await state.admit(id));
    await expect(
      state.stores.admission.record({ code: 'TG1002', outcome: 'ok', intent }),
    ).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
  });

  it('refuses a second outcome of one intent', async () => {
    const { id } = await state.openSession();
    const intent = seqOf(await state.admit(id));
    await state.stores.admission.record({ code: 'TG1002', outcome: 'failed', intent });
    await expect(state.release(id, intent)).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
  });

  it('gives concurrent appends of one turn their own places, without gaps', async () => {
    const { id } = await state.openSession();
    const first = (await state.stores.events.head())?.seq ?? 0;
    const answers = await Promise.all(Array.from({ length: 40 }, () => state.admit(id)));
    expect(answers.map(seqOf).map((seq) => seq - first)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
  });

  it('decides each of the appends that share a commit by itself', async () => {
    const { id } = await state.openSession();
    const answers = await Promise.all([state.admit(id), state.admit(id, 99), state.admit(id)]);
    expect(answers.map((answer) => answer.kind)).toEqual(['appended', 'stale', 'appended']);
  });

  it('never writes a time before the event before it, whatever the clock does', async () => {
    const first = await state.stores.admission.record({ code: 'TG1003' });
    state.clock.advance(-60_000);
    const second = await state.stores.admission.record({ code: 'TG1003' });
    expect(second.at).toBe(first.at);
  });

  it('records what has no canonical form rather than nothing', async () => {
    const { seq } = await state.stores.admission.record({
      code: 'TG1003',
      requestId: 'half \ud800 pair',
      args: { deep: JSON.parse('['.repeat(400) + ']'.repeat(400)) },
    });
    expect((await state.stores.events.get(seq))?.requestId).toBe('half \ufffd pair');
  });
});
