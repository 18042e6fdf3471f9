import { describe, expect, it } from 'vitest';
import type { InstanceId, SessionId } from '../../src/domain/ids.ts';
import type { SessionLimits } from '../../src/domain/session-limits.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { ContractState, seqOf } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

const ruleOf = (grant: string) =>
  ({
    grant,
    revision: 1,
    index: 0,
    file: `grants/${grant}.yaml`,
    line: 1,
    effect: 'permit',
    pattern: 'files/*',
  }) as const;

describe.each(IMPLEMENTATIONS)("$name: a grant's limits in one session", (implementation) => {
  const state = new ContractState(implementation);

  const use = (
    sessionId: SessionId,
    limits: SessionLimits,
    grant = 'g',
    stores: Stores = state.stores,
  ) =>
    stores.admission.admit({
      epoch: stores.admission.epoch(),
      sessionId,
      intent: {
        code: 'TG1001',
        subject: 'alice',
        server: 'files',
        tool: 'read',
        rule: ruleOf(grant),
      },
      limits,
    });
  const end = (intent: number, stores: Stores = state.stores) =>
    stores.admission.record({ code: 'TG1002', outcome: 'failed', intent });

  it('let through exactly as many calls as `maxCalls`, by each grant and session for itself', async () => {
    const { id } = await state.openSession();
    const limits = { maxCalls: 2 };
    for (let i = 0; i < 2; i += 1) expect((await use(id, limits)).kind).toBe('appended');
    expect(await use(id, limits)).toEqual({ kind: 'spent', limit: 'maxCalls' });
    expect((await use(id, limits, 'other')).kind).toBe('appended');
    const another = await state.openSession();
    expect((await use(another.id, limits)).kind).toBe('appended');
  });

  it('count over processes, restarts, and calls made before there was a limit', async () => {
    const { id } = await state.openSession();
    await use(id, {});
    const other = await state.reopen();
    await use(id, { maxCalls: 3 }, 'g', other);
    other.close();
    const again = await state.reopen();
    expect((await use(id, { maxCalls: 3 }, 'g', again)).kind).toBe('appended');
    expect(await use(id, { maxCalls: 3 }, 'g', again)).toEqual({
      kind: 'spent',
      limit: 'maxCalls',
    });
    expect(await use(id, { maxCalls: 3 })).toEqual({ kind: 'spent', limit: 'maxCalls' });
  });

  it('hold for calls that are admitted together, over processes', async () => {
    const { id } = await state.openSession();
    const other = await state.reopen();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        use(id, { maxCalls: 7 }, 'g', i % 2 === 0 ? state.stores : other),
      ),
    );
    const admitted = answers.filter(({ kind }) => kind === 'appended');
    expect(admitted).toHaveLength(7);
    expect(await state.stores.brokers.openIntents()).toHaveLength(7);
  });

  it('write and count nothing for a call that is refused', async () => {
    const { id } = await state.openSession();
    await use(id, { maxCalls: 1 });
    const before = await state.stores.events.head();
    await use(id, { maxCalls: 1 });
    expect(await state.stores.events.head()).toEqual(before);
    expect(state.stores.sessions.find(id)).toMatchObject({ calls: 1 });
  });

  it('let as many run at once as `concurrent`, until one has its outcome', async () => {
    const { id } = await state.openSession();
    const limits = { concurrent: 2 };
    const first = seqOf(await use(id, limits));
    await use(id, limits);
    expect(await use(id, limits)).toEqual({ kind: 'spent', limit: 'concurrent' });
    await end(first);
    expect((await use(id, limits)).kind).toBe('appended');
  });

  it('free the place of a call whose broker died, once that is buried', async () => {
    const { id } = await state.openSession();
    const dead = 'ins_dead' as InstanceId;
    const other = await state.reopen(dead);
    await other.brokers.register({ instance: dead, pid: 1, socket: 's', startedAt: 1 });
    await use(id, { concurrent: 1 }, 'g', other);
    expect((await use(id, { concurrent: 1 })).kind).toBe('spent');
    await state.stores.brokers.bury(dead);
    expect((await use(id, { concurrent: 1 })).kind).toBe('appended');
  });

  it('permit nothing more once the grant was not used for `idle`, and for good', async () => {
    const { id } = await state.openSession();
    const limits = { idleMs: 1_000 };
    await use(id, limits);
    state.clock.advance(999);
    expect((await use(id, limits)).kind).toBe('appended');
    state.clock.advance(1_000);
    expect(await use(id, limits)).toEqual({ kind: 'spent', limit: 'idle' });
    state.clock.advance(1);
    expect(await use(id, limits)).toEqual({ kind: 'spent', limit: 'idle' });
  });
});

describe.each(IMPLEMENTATIONS)('$name: a clock that is set back', (implementation) => {
  const state = new ContractState(implementation);

  it.each([
    [30_000, 'appended', false],
    [31_000, 'clock_behind', true],
  ] as const)('by %i ms: %s', async (ms, kind, isBehind) => {
    const { id } = await state.openSession({ expiresAt: state.clock.now() + 7_200_000 });
    const intent = seqOf(await state.admit(id));
    state.clock.advance(-ms);
    expect((await state.admit(id)).kind).toBe(kind);
    expect((await state.release(id, intent)).kind).toBe(kind);
    expect(state.stores.admission.isClockBehind()).toBe(isBehind);
  });

  it('is noticed by a process that has seen no event yet', async () => {
    await state.openSession();
    state.clock.advance(-60_000);
    const other = await state.reopen();
    expect(other.admission.isClockBehind()).toBe(true);
  });

  it('still records what holds whatever the state is', async () => {
    await state.openSession();
    state.clock.advance(-60_000);
    expect((await state.stores.admission.record({ code: 'TG1003' })).kind).toBe('appended');
  });
});
