import { describe, expect, it } from 'vitest';
import { member } from '../../src/domain/json.ts';
import { DEFAULT_MONITOR, ladderWith } from '../../src/monitor/ladder.ts';
import type { MonitorDeps } from '../../src/monitor/monitor.ts';
import type { MonitoredUse } from '../../src/monitor/monitored.ts';
import { SlidingCount } from '../../src/monitor/sliding-count.ts';
import { monitorInMemory } from '../support/fakes/monitor-in-memory.ts';
import { monitoredResult, monitoredUse } from '../support/fakes/monitored-use.ts';

const MINUTE = 60_000;
function watch(more: Pick<MonitorDeps, 'recall'> = {}) {
  const { monitor, store, events } = monitorInMemory({
    settings: { ...DEFAULT_MONITOR, ladder: ladderWith({ unlearnt_write: { step: 'hold' } }) },
    ...more,
  });
  const once = async (of: MonitoredUse) => {
    const judged = await monitor.judge(of);
    await monitor.admitted(of, 1, judged.kind === 'hold');
    await monitor.ended(of, { resultBytes: 10, isError: false });
    return judged.kind;
  };
  const signals = () => events.map(({ detail }) => member(detail, 'signal'));
  return { monitor, store, events, use: monitoredUse, once, signals };
}

describe('the monitor', () => {
  it('reads nothing for a use, but the grant once', async () => {
    const { store, use, once } = watch();
    const mine = use();
    for (let i = 0; i < 100; i += 1) await once({ ...mine, at: mine.at + i });
    expect(store.reads).toBe(1);
  });

  it('has nobody wait for a use that nothing is noticed of, once its grant was read', async () => {
    const { monitor, store, use, once } = watch();
    const mine = use();
    await once(mine);
    expect(monitor.judge(mine)).toEqual({ kind: 'pass' });
    expect(monitor.admitted(mine, 2, false)).toBeUndefined();
    expect(monitor.brings(mine, monitoredResult('It is well.', 2))).toBeUndefined();
    expect(monitor.ended(mine, { resultBytes: 10, isError: false })).toBeUndefined();
    // What was read of it is forgotten with what an admin undoes.
    monitor.undone({});
    expect(monitor.judge(mine)).toBeInstanceOf(Promise);
    expect(store.reads).toBe(2);
  });

  it('remembers no more sessions than it may, and keeps what stands against one', async () => {
    const { monitor, use, once } = watch();
    const mine = use();
    await once({ ...mine, place: 'http a' });
    await once({ ...mine, place: 'http b', isWriting: true });
    for (let i = 0; i < 1_500; i += 1) await once(use());
    expect(monitor.size).toBe(1_000);
    expect(await once({ ...mine, place: 'http a' })).toBe('refuse');
  });

  it('drops no session that is used all the time, however many come', async () => {
    const { monitor, use, once } = watch();
    const mine = use();
    for (let at = mine.at; at < mine.at + 200_000; at += 100) {
      if (at % 500 === 0) await once({ ...mine, at });
      await once({ ...use(), at });
    }
    expect(monitor.sessions().some(({ session }) => session === mine.session)).toBe(true);
  });

  it('asks once what stood before, by the settings of now, and holds what writes when that fails', async () => {
    const answers = [new Error('the log fails'), ['errors', 'flow'], ['client_drift']] as const;
    let asked = 0;
    const { use, once } = watch({
      async recall() {
        const answer = answers[asked] ?? [];
        asked += 1;
        if (answer instanceof Error) throw answer;
        return answer;
      },
    });
    const [mine, other] = [use({ isWriting: true }), use({ isWriting: true })];
    expect(await once(mine)).toBe('hold');
    // The step of one is `record`; what was done about a use ended with it.
    expect(await once(mine)).toBe('pass');
    expect(await once(other)).toBe('hold');
    expect(await once({ ...other, isWriting: false })).toBe('pass');
    expect(await once(mine)).toBe('pass');
    expect(asked).toBe(3);
  });

  it('learns sessions that did nothing wrong, and nothing of one that was flagged', async () => {
    const { monitor, store, use, once } = watch();
    await once(use({ thing: 's/a' }));
    const bad = use({ thing: 's/b' });
    await once(bad);
    for (let i = 0; i < 8; i += 1) {
      await monitor.refused({ ...bad, thing: `s/none${i}`, reason: 'no_rule' });
    }
    await monitor.close();
    expect(store.profiles.get('g')).toMatchObject({ sessions: 1, used: { 's/a': 1 } });
  });

  it('learns nothing of a use that was refused, before it was admitted or after', async () => {
    const { monitor, store, use, once } = watch();
    const mine = use({ thing: 's/a' });
    await once(mine);
    const refused = {
      ...mine,
      at: mine.at + 3_600_000,
      thing: 's/b',
      tool: 'write',
      isWriting: true,
      args: { to: 'bob@example.com' },
      argsBytes: 9_000,
    };
    await monitor.judge(refused);
    await monitor.judge({ ...refused, grant: 'other' });
    await monitor.admitted(refused, 2, false);
    await monitor.refused({ ...refused, reason: 'tool_drifted' });
    await monitor.close();
    expect([...store.profiles.keys()]).toEqual(['g']);
    expect(store.profiles.get('g')).toMatchObject({
      ...{ sessions: 1, used: { 's/a': 1 }, argsBytes: 10, rate: 1, hours: [0], destinations: [] },
    });
    const other = { ...refused, ...use(), thing: 's/b', tool: 'write', args: refused.args };
    await once(other);
    await monitor.close();
    expect(store.profiles.get('g')).toMatchObject({ used: { 's/a': 1, 's/b': 1 } });
    expect(store.profiles.get('g')?.destinations).toHaveLength(1);
  });

  it('does not learn a writing tool from being tried, nor a burst from being made', async () => {
    const { monitor, store, use, once, signals } = watch();
    for (let i = 0; i < 5; i += 1) await once(use({ at: 1 }));
    await monitor.close();
    expect(store.profiles.get('g')?.sessions).toBe(5);
    const tried = use({ thing: 's/write', isWriting: true });
    for (let i = 0; i < 3; i += 1) {
      expect((await monitor.judge({ ...tried, at: tried.at + i * 2 * MINUTE })).kind).toBe('hold');
    }
    const flood = use();
    const kinds: string[] = [];
    for (let i = 0; i < 80; i += 1) kinds.push(await once(flood));
    expect(kinds.indexOf('refuse')).toBe(59);
    await monitor.close();
    expect(store.profiles.get('g')).toMatchObject({ sessions: 5, used: { 's/read': 5 }, rate: 1 });
    expect(new Set(signals())).toEqual(new Set(['unlearnt_write', 'burst']));
  });

  it('lets no flood of things push out what a grant has learnt', async () => {
    const { monitor, store, use, once } = watch();
    await once(use({ thing: 's/first' }));
    await monitor.close();
    for (let session = 0; session < 4; session += 1) {
      const mine = use();
      for (let i = 0; i < 300; i += 1) {
        await once({ ...mine, at: mine.at + i * MINUTE, thing: `s/t${session}-${i}` });
      }
      await monitor.close();
    }
    const used = Object.keys(store.profiles.get('g')?.used ?? {});
    expect(used).toHaveLength(512);
    expect(used[0]).toBe('s/first');
  });

  it('tells what lasts once a minute, not each time', async () => {
    const { use, once, events } = watch();
    const mine = use();
    await once({ ...mine, place: 'http a' });
    for (let i = 0; i < 30; i += 1) await once({ ...mine, at: mine.at + i, place: 'http b' });
    expect(events.map(({ code }) => code)).toEqual(['TG9001', 'TG9002']);
  });

  it('lets go of what stands against a session once an admin undoes it', async () => {
    const { monitor, use, once } = watch();
    const mine = use({ isWriting: true });
    await once({ ...mine, place: 'http a' });
    expect(await once({ ...mine, place: 'http b' })).toBe('hold');
    monitor.undone({ session: mine.session });
    expect(await once({ ...mine, place: 'http b' })).toBe('pass');
  });
});

describe('a count over a window', () => {
  it('forgets what is older than it, and nothing that is not', () => {
    const count = new SlidingCount(12_000);
    for (let at = 0; at < 12_000; at += 1_000) count.add(at);
    expect(count.count(11_999)).toBe(12);
    expect(count.count(12_000)).toBe(11);
    expect(count.count(22_999)).toBe(1);
    expect(count.count(23_000)).toBe(0);
    expect(count.add(5_000)).toBe(1);
  });
});
