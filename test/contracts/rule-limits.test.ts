import { describe, expect, it } from 'vitest';
import type { EventDraft } from '../../src/domain/event.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import type { Rate } from '../../src/domain/rule-terms.ts';
import type { SessionLimits } from '../../src/domain/session-limits.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { ContractState, seqOf } from './contract-state.ts';
import { IMPLEMENTATIONS } from './stores-under-contract.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const hourly = (count: number): Rate => ({ count, windowMs: HOUR });
const daily = (count: number): Rate => ({ count, windowMs: DAY });

/** One use, as a test says it. */
interface UseOf {
  readonly session: SessionId;
  readonly rates: readonly Rate[];
  readonly grant?: string;
  readonly ruleKey?: string;
  readonly stores?: Stores;
  readonly limits?: SessionLimits;
  readonly continues?: number;
  readonly more?: Partial<EventDraft>;
}

describe.each(IMPLEMENTATIONS)('$name: the limit of a rule', (implementation) => {
  const state = new ContractState(implementation);
  const open = async () =>
    (await state.openSession({ expiresAt: state.clock.now() + 99 * DAY })).id;

  const use = (of: UseOf) => {
    const { stores = state.stores, grant = 'g', ruleKey = 'k', rates } = of;
    const rule = { grant, revision: 1, index: 0, file: 'g.yaml', line: 1 } as const;
    return stores.admission.admit({
      epoch: stores.admission.epoch(),
      sessionId: of.session,
      intent: {
        code: 'TG1001',
        server: 's',
        tool: 'echo',
        rule: { ...rule, effect: 'permit', pattern: 's/*' },
        ...of.more,
      },
      terms: { ruleKey, rates },
      ...(of.limits === undefined ? {} : { limits: of.limits }),
      ...(of.continues === undefined ? {} : { continues: of.continues }),
    });
  };
  const kinds = async (times: number, of: UseOf): Promise<readonly string[]> => {
    const answers: string[] = [];
    for (let i = 0; i < times; i += 1) answers.push((await use(of)).kind);
    return answers;
  };

  it('lets through as often as it says, and says when there is room again: a window after each use', async () => {
    const session = await open();
    const of = { session, rates: [hourly(2)] };
    const firstAt = state.clock.now();
    expect(await kinds(1, of)).toEqual(['appended']);
    state.clock.advance(60_000);
    expect(await kinds(1, of)).toEqual(['appended']);
    expect(await use(of)).toEqual({ kind: 'rate_spent', retryAt: firstAt + HOUR });
    state.clock.advance(HOUR - 60_001);
    expect(await kinds(1, of)).toEqual(['rate_spent']);
    state.clock.advance(1);
    expect(await kinds(2, of)).toEqual(['appended', 'rate_spent']);
    expect(await use(of)).toEqual({ kind: 'rate_spent', retryAt: firstAt + 60_000 + HOUR });
  });

  it('never lets more through within any window than it says, whenever the uses come', async () => {
    const session = await open();
    const rates = [hourly(3), daily(7)];
    const usedAt: number[] = [];
    for (let minute = 0; minute < 3 * 24 * 60; minute += 7) {
      const answer = await use({ session, rates });
      if (answer.kind === 'appended') usedAt.push(state.clock.now());
      state.clock.advance(7 * 60_000);
    }
    for (const { count, windowMs } of rates) {
      const most = usedAt.map((at) => usedAt.filter((u) => u > at - windowMs && u <= at).length);
      expect(Math.max(...most)).toBe(count);
    }
    expect(usedAt).toHaveLength(21);
  });

  it('holds by each of its rates, and says when the last of them has room', async () => {
    const session = await open();
    const rates = [hourly(2), daily(3)];
    const startedAt = state.clock.now();
    expect(await kinds(3, { session, rates })).toEqual(['appended', 'appended', 'rate_spent']);
    state.clock.advance(HOUR);
    expect(await kinds(1, { session, rates })).toEqual(['appended']);
    expect(await use({ session, rates })).toEqual({ kind: 'rate_spent', retryAt: startedAt + DAY });
  });

  it('is of one rule of one grant, whichever session uses it', async () => {
    const session = await open();
    const rates = [hourly(1)];
    expect(await kinds(2, { session, rates })).toEqual(['appended', 'rate_spent']);
    expect(await kinds(1, { session: await open(), rates })).toEqual(['rate_spent']);
    expect(await kinds(1, { session, rates, ruleKey: 'other' })).toEqual(['appended']);
    expect(await kinds(1, { session, rates, grant: 'other' })).toEqual(['appended']);
  });

  it('counts over processes and restarts', async () => {
    const session = await open();
    const of = { session, rates: [hourly(3)] };
    await use(of);
    const other = await state.reopen();
    expect(await kinds(1, { ...of, stores: other })).toEqual(['appended']);
    other.close();
    const again = await state.reopen();
    expect(await kinds(2, { ...of, stores: again })).toEqual(['appended', 'rate_spent']);
    expect(await kinds(1, of)).toEqual(['rate_spent']);
  });

  it('holds for uses that are admitted together, over processes', async () => {
    const session = await open();
    const other = await state.reopen();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        use({ session, rates: [hourly(13)], stores: i % 2 === 0 ? state.stores : other }),
      ),
    );
    expect(answers.filter(({ kind }) => kind === 'appended')).toHaveLength(13);
    expect(await state.stores.brokers.openIntents()).toHaveLength(13);
  });

  it('writes and counts nothing for a use that is refused, for it or for something else', async () => {
    const session = await open();
    const of = { session, rates: [hourly(2)], limits: { concurrent: 1 } };
    await use(of);
    const before = await state.stores.events.head();
    expect(await kinds(2, of)).toEqual(['spent', 'spent']);
    const free = { session, rates: [hourly(2)] };
    expect(await state.stores.events.head()).toEqual(before);
    expect(await kinds(3, free)).toEqual(['appended', 'rate_spent', 'rate_spent']);
    expect(state.stores.sessions.find(session)).toMatchObject({ calls: 2 });
  });

  it('counts a use that was cancelled before it was sent, or that failed', async () => {
    const session = await open();
    const of = { session, rates: [hourly(1)] };
    const intent = seqOf(await use(of));
    await state.stores.admission.record({ code: 'TG1002', outcome: 'cancelled', intent });
    expect(await kinds(1, of)).toEqual(['rate_spent']);
  });

  it('gives no place to a use that is only let through on trial', async () => {
    const session = await open();
    const rates = [hourly(1)];
    const more = { wouldRefuse: 'condition_false' } as const;
    expect(await kinds(2, { session, rates, more })).toEqual(['appended', 'appended']);
    expect(await kinds(2, { session, rates })).toEqual(['appended', 'rate_spent']);
    expect(await kinds(1, { session, rates, more })).toEqual(['appended']);
  });

  it('goes on counting when it is changed', async () => {
    const session = await open();
    expect(await kinds(3, { session, rates: [daily(3)] })).toEqual(Array(3).fill('appended'));
    expect(await kinds(1, { session, rates: [daily(2)] })).toEqual(['rate_spent']);
    expect(await kinds(3, { session, rates: [daily(5)] })).toEqual([
      'appended',
      'appended',
      'rate_spent',
    ]);
  });

  it('counts a further round of a use with it, once from each intent', async () => {
    const session = await open();
    const of = { session, rates: [hourly(2)] };
    const first = seqOf(await use(of));
    const second = seqOf(await use({ ...of, continues: first }));
    expect((await use({ ...of, continues: second })).kind).toBe('appended');
    expect((await use({ ...of, continues: first })).kind).toBe('appended');
    expect((await use({ ...of, continues: first })).kind).toBe('rate_spent');
    expect((await use({ ...of, continues: second })).kind).toBe('rate_spent');
    expect((await use({ ...of, grant: 'other', continues: second })).kind).toBe('appended');
  });

  it('gives nothing back when the clock is set back', async () => {
    const session = await open();
    const of = { session, rates: [{ count: 1, windowMs: 10_000 }] };
    const usedAt = state.clock.now();
    await use(of);
    for (const ms of [-9_000, -20_000]) {
      state.clock.advance(ms);
      expect(await use(of)).toEqual({ kind: 'rate_spent', retryAt: usedAt + 10_000 });
    }
    state.clock.advance(-2_000);
    expect((await use(of)).kind).toBe('clock_behind');
    state.clock.advance(31_000 + 9_999);
    expect((await use(of)).kind).toBe('rate_spent');
    state.clock.advance(1);
    expect((await use(of)).kind).toBe('appended');
  });

  it('gives a place back once when the clock is set forward, and none when it is set right', async () => {
    const session = await open();
    const of = { session, rates: [hourly(1)] };
    await use(of);
    state.clock.advance(HOUR);
    expect(await kinds(2, of)).toEqual(['appended', 'rate_spent']);
    state.clock.advance(-HOUR);
    expect((await use(of)).kind).toBe('clock_behind');
    state.clock.advance(HOUR);
    expect((await use(of)).kind).toBe('rate_spent');
  });
});
