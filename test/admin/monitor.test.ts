import { afterEach, describe, expect, it } from 'vitest';
import type { AdminContext } from '../../src/admin/admin-context.ts';
import { setFrozen } from '../../src/admin/monitor-learnt.ts';
import { explainSignal, monitorStatus } from '../../src/admin/monitor-status.ts';
import { forget, undoContainment } from '../../src/admin/monitor-undo.ts';
import { learnSession, NOTHING_LEARNT } from '../../src/monitor/profile.ts';
import { fakeAdmin } from '../support/fakes/fake-admin.ts';
import { openWatched, type WatchedWorld } from '../support/whole/watched-world.ts';

let world: WatchedWorld;
afterEach(() => world.whole.close());

const admin = (): AdminContext => {
  const { stores, clock } = world.whole;
  return { ...fakeAdmin().context, ...stores, clock };
};

const seqOf = async (code: 'TG9001' | 'TG9002') => {
  const [event] = await world.whole.stores.events.query({ code, newest: true, limit: 1 });
  return event?.seq ?? 0;
};

describe('a signal', () => {
  it('is explained by its calls, by its own event and by that of what was done about it', async () => {
    world = await openWatched();
    await world.calls(['mail', 'issue', 'send']);
    const found = await explainSignal(admin(), await seqOf('TG9002'));
    expect(found.raised.detail).toMatchObject({
      signal: 'flow',
      value: 2,
      threshold: 2,
      step: 'hold',
      thing: 's/send',
      grant: 'alice',
    });
    expect(found.calls.map(({ code, tool }) => [code, tool])).toEqual([
      ['TG1001', 'mail'],
      ['TG1001', 'issue'],
    ]);
    expect(await explainSignal(admin(), found.raised.seq)).toEqual(found);
    await expect(explainSignal(admin(), 1)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('is in the status, with what was read', async () => {
    world = await openWatched();
    await world.calls(['mail', 'issue', 'send']);
    const { signals, contained, remembered, isCut } = await monitorStatus(admin(), 0);
    expect(signals).toMatchObject([{ signal: 'flow', step: 'hold', session: { state: 'active' } }]);
    expect(contained).toMatchObject([{ signal: 'flow', isUndone: false }]);
    const at = world.whole.clock.now();
    expect(remembered.clients).toEqual([
      { subject: 'alice', touched: { private: at, untrusted: at } },
    ]);
    expect(isCut).toBe(false);
  });
});

describe('what was done about a signal', () => {
  it('is undone: the session goes on, and its grant says what it said', async () => {
    world = await openWatched({ ladder: { flow: { step: 'suspend_grant' } } });
    await world.calls(['mail', 'issue', 'send']);
    // The signal of what was done: others may be raised after it.
    const { seq } = (await explainSignal(admin(), await seqOf('TG9002'))).raised;
    expect(await world.call('mail')).toBe('session_suspended');
    const { resumed, reinstated } = await undoContainment(admin(), seq);
    expect([resumed, reinstated]).toEqual([(await world.whole.session('alice')).id, 'alice']);
    expect(await world.call('mail')).toBe('done');
    expect((await monitorStatus(admin(), 0)).contained).toMatchObject([{ isUndone: true }]);
    expect((await explainSignal(admin(), seq)).undone).toMatchObject({ code: 'TG9003' });
  });

  it('is undone no further than it went: what an admin revoked stays revoked', async () => {
    world = await openWatched({ ladder: { flow: { step: 'suspend_session' } } });
    await world.calls(['mail', 'issue', 'send']);
    await world.whole.revokeGrant('alice');
    const { resumed, reinstated } = await undoContainment(admin(), await seqOf('TG9002'));
    expect(resumed).toBeDefined();
    expect(reinstated).toBeUndefined();
    expect(await world.call('mail')).toBe('no_grant');
  });

  it('is nothing when it was only recorded', async () => {
    world = await openWatched({ ladder: { flow: { step: 'record' } } });
    await world.calls(['mail', 'issue', 'send']);
    await expect(undoContainment(admin(), await seqOf('TG9001'))).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
  });

  it('ends with what is forgotten of a client, and of no other', async () => {
    world = await openWatched();
    await world.calls(['mail', 'issue']);
    await world.calls(['mail', 'issue'], 'bob');
    await forget(admin(), { subject: 'alice' });
    await world.whole.restart();
    expect(await world.call('send')).toBe('done');
    expect(await world.call('send', 'bob')).toBe('approval_needed');
  });
});

describe('what was learnt of a grant', () => {
  it('is frozen with its event, once, and learns nothing afterwards', async () => {
    world = await openWatched();
    const { stores } = world.whole;
    const seen = { ...NOTHING_LEARNT, used: ['s/mail'], destinations: [7] };
    const learn = () => stores.monitor.learn('alice', (before) => learnSession(before, seen));
    await learn();
    const before = await stores.monitor.profile('alice');
    expect(await setFrozen(admin(), 'alice', true)).toMatchObject({ wasSo: false });
    expect(await setFrozen(admin(), 'alice', true)).toMatchObject({ wasSo: true });
    await learn();
    expect(await stores.monitor.profile('alice')).toEqual({ ...before, isFrozen: true });
    await setFrozen(admin(), 'alice', false);
    await learn();
    expect(await stores.monitor.profile('alice')).toMatchObject({ sessions: 2 });
    expect(await stores.events.query({ code: 'TG9004' })).toMatchObject([
      { actor: admin().actor, detail: { grant: 'alice', frozen: true } },
      { detail: { grant: 'alice', frozen: false } },
    ]);
  });
});
