import { afterEach, describe, expect, it } from 'vitest';
import type { AdminContext } from '../../src/admin/admin-context.ts';
import { undoContainment } from '../../src/admin/monitor-undo.ts';
import { type MonitorReplay, replayMonitor } from '../../src/admin/replay-monitor.ts';
import type { Label } from '../../src/domain/label.ts';
import { DEFAULT_MONITOR, ladderWith, type Rung } from '../../src/monitor/ladder.ts';
import type { SignalName } from '../../src/monitor/signal.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { openWatched, type WatchedWorld } from '../support/whole/watched-world.ts';

let world: WatchedWorld;
afterEach(() => world.whole.close());

const LABELS: Readonly<Record<string, readonly Label[]>> = {
  mail: ['private'],
  issue: ['untrusted'],
  send: ['egress'],
};
const admin = (): AdminContext => {
  const { stores, clock } = world.whole;
  const context = { ...fakeAdmin().context, ...stores, clock, serverNames: ['s'] };
  const keys = { ...context.keys, digestKey: async () => new Uint8Array(32) };
  return { ...context, keys, labelsOf: (_, tool) => LABELS[tool] ?? [] };
};

/** The past with some rungs set otherwise. */
const replayed = (set: Partial<Record<SignalName, Partial<Rung>>> = {}): Promise<MonitorReplay> =>
  replayMonitor(admin(), { since: 0, settings: { ...DEFAULT_MONITOR, ladder: ladderWith(set) } });

const PROBES = Array.from({ length: 5 }, (_, i) => `none${i}`);

describe('the recorded past', () => {
  it('comes to what it was with the settings it was recorded with, and nothing is written', async () => {
    world = await openWatched();
    await world.calls(['mail', 'write', 'issue', 'send', ...PROBES, 'send']);
    const before = (await world.whole.stores.events.head())?.seq;
    const found = await replayed();
    expect(found.signals).toMatchObject([
      { signal: 'flow', was: { raised: 1, contained: 1, sessions: 1 } },
    ]);
    for (const { was, would } of found.signals) expect(would).toEqual(was);
    expect(found.changed).toEqual([]);
    expect(found.was).toEqual({ passed: 3, held: 2, refused: 0 });
    expect(found).toMatchObject({ uses: 5, sessions: 1 });
    expect((await world.whole.stores.events.head())?.seq).toBe(before);
  });

  it('shows what would be held or let go with others', async () => {
    world = await openWatched();
    await world.calls(['mail', ...PROBES, 'write', 'issue', 'send']);
    const strict = await replayed({ probing: { step: 'suspend_session', threshold: 5 } });
    expect(strict.signals).toMatchObject([
      { signal: 'flow', was: { raised: 1 }, would: { raised: 0 } },
      { signal: 'probing', was: { raised: 0 }, would: { raised: 1, contained: 1, sessions: 1 } },
    ]);
    expect(strict.changed.map(({ thing, was, would }) => [thing, was, would])).toEqual([
      ['s/write', 'passed', 'refused'],
      ['s/issue', 'passed', 'refused'],
      ['s/send', 'held', 'refused'],
    ]);
    const mild = await replayed({ flow: { step: 'record' } });
    expect(mild.signals).toMatchObject([
      { signal: 'flow', was: { contained: 1 }, would: { raised: 1, contained: 0 } },
    ]);
    expect(mild.would).toEqual({ passed: 4, held: 0, refused: 0 });
  });

  it('ends what is undone, as it was', async () => {
    world = await openWatched({ ladder: { probing: { threshold: 5 } } });
    await world.calls([...PROBES, 'mail']);
    const [contained] = await world.whole.stores.events.query({ code: 'TG9002' });
    await undoContainment(admin(), contained?.seq ?? 0);
    await world.whole.restart();
    await world.call('mail');
    const same = await replayed({ probing: { threshold: 5 } });
    expect(same.changed).toEqual([]);
    expect(same.was).toEqual({ passed: 1, held: 0, refused: 1 });
    const never = await replayed();
    expect(never.changed).toMatchObject([{ thing: 's/mail', was: 'refused', would: 'passed' }]);
  });
});

describe('a signal that rests on what is not in the log', () => {
  it('is raised again as far as the threshold lets it, and does what is set now', async () => {
    world = await openWatched();
    const { stores } = world.whole;
    const { id } = await world.whole.session('alice');
    await world.call('mail');
    const detail = {
      signal: 'data_driven',
      value: 3,
      threshold: 2,
      thing: 's/write',
      grant: 'alice',
    };
    const about = { session: id, subject: 'alice', detail };
    await stores.admission.record({ code: 'TG9001', ...about });
    await world.call('write');
    expect((await replayed()).changed).toMatchObject([{ thing: 's/write', would: 'held' }]);
    const out = await replayed({ data_driven: { step: 'suspend_session' } });
    expect(out.changed).toMatchObject([{ thing: 's/write', would: 'refused' }]);
    const higher = await replayed({ data_driven: { threshold: 4 } });
    expect(higher.signals).toMatchObject([{ was: { raised: 1 }, would: { raised: 0 } }]);
    expect(higher.changed).toEqual([]);
  });
});
