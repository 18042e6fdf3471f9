import { afterEach, describe, expect, it } from 'vitest';
import { learnSession } from '../../src/monitor/profile.ts';
import { openWatched, type WatchedWorld, watchedServer } from '../support/whole/watched-world.ts';

let world: WatchedWorld;
afterEach(() => world.whole.close());

const settled = async (as: 'approved' | 'denied') => {
  const { stores, clock } = world.whole;
  const [view] = await stores.approvals.list({ now: clock.now(), all: false });
  if (view === undefined) throw new Error('nothing waits');
  const { id } = view.approval;
  const event = { code: 'TG8002' } as const;
  await stores.approvals.settle({ id, as, by: 'admin', now: clock.now(), event });
};

describe('data that would leave a client that read private and untrusted data', () => {
  it('waits for an admin from the first such call on, whichever kind was read first', async () => {
    world = await openWatched();
    expect(await world.calls(['mail', 'send', 'issue', 'send', 'write'])).toEqual([
      'done',
      'done',
      'done',
      'approval_needed',
      'done',
    ]);
    expect(await world.calls(['issue', 'send', 'mail', 'send'], 'bob')).toEqual([
      'done',
      'done',
      'done',
      'approval_needed',
    ]);
    expect(world.reached.filter((name) => name === 'send')).toHaveLength(2);
    expect(await world.raised()).toEqual([
      'alice flow',
      'alice -> hold',
      'bob flow',
      'bob -> hold',
    ]);
  });

  it('waits in the next session of the same client too, and after a restart, and nobody else does', async () => {
    world = await openWatched();
    await world.calls(['mail', 'issue']);
    await world.whole.restart();
    expect(await world.call('send', 'alice/2')).toBe('approval_needed');
    expect(await world.call('send', 'bob')).toBe('done');
    world.whole.clock.advance(86_400_000);
    expect(await world.call('send', 'alice/2')).toBe('done');
  });

  it.each([
    ['2025', 'stdio', 'http'],
    ['2026', 'http', 'stdio'],
  ] as const)(
    'waits in %s, what was read over %s, then %s, under other names',
    async (era, one, other) => {
      world = await openWatched();
      const through = await world.whole.another();
      await world.call('mail', 'alice', { era, transport: one, clientName: 'desk' });
      await world.call('issue', 'alice/2', { era, transport: other, clientName: 'code', through });
      expect(await world.call('send', 'alice/3', { era, transport: one })).toBe('approval_needed');
      expect(await world.call('send', 'alice/4', { era, transport: other })).toBe(
        'approval_needed',
      );
    },
  );

  it('is noticed by a broker that read neither', async () => {
    world = await openWatched();
    const other = await world.whole.another();
    await world.call('send', 'alice', { through: other });
    await world.calls(['mail', 'issue']);
    expect(await world.call('send', 'alice', { through: other })).toBe('approval_needed');
  });

  it('goes out once for each yes, and not for another call', async () => {
    world = await openWatched();
    await world.calls(['mail', 'issue', 'send']);
    await settled('approved');
    expect(await world.calls(['send', 'send'])).toEqual(['done', 'approval_needed']);
  });

  it('goes out where the rule says `flow: allow`', async () => {
    const free = { effect: 'permit', pattern: 's/send', flow: 'allow' } as const;
    world = await openWatched({}, [free, 'permit: s/*']);
    expect(await world.calls(['mail', 'issue', 'send'])).toEqual(['done', 'done', 'done']);
    expect(await world.raised()).toEqual([]);
  });
});

describe('a session that asks for what it may not have', () => {
  it('has to wait once it asked for eight different things, and goes on afterwards', async () => {
    world = await openWatched();
    const asked = Array.from({ length: 8 }, (_, i) => `none${i}`);
    expect(await world.calls(asked.slice(0, 7))).toEqual(Array(7).fill('tool_unknown'));
    expect(await world.call('mail')).toBe('done');
    expect(await world.call('none7')).toBe('tool_unknown');
    expect(await world.call('mail')).toBe('throttled');
    expect(await world.call('mail', 'bob')).toBe('done');
    expect(await world.raised()).toEqual(['alice probing', 'alice -> throttle']);
    world.whole.clock.advance(60_000);
    expect(await world.call('mail')).toBe('done');
  });

  it('is told the same of what is there and what is not, all the while', async () => {
    world = await openWatched({}, ['permit: s/mail']);
    const replies: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      const name = `s__${i % 2 === 0 ? 'writx' : 'write'}`;
      const reply = await world.whole.ask('alice', 'tools/call', { name });
      replies.push(JSON.stringify(reply).replaceAll('writx', 'write'));
    }
    expect(new Set(replies).size).toBe(1);
  });
});

describe('a token used in two places', () => {
  const at = (remote: string) => ({ remote });

  it('writes nothing from the second, and is out as soon as the first comes back', async () => {
    world = await openWatched();
    expect(await world.call('write', 'alice', at('192.0.2.1'))).toBe('done');
    expect(await world.call('mail', 'alice', at('198.51.100.7'))).toBe('done');
    expect(await world.call('write', 'alice', at('198.51.100.7'))).toBe('approval_needed');
    expect(await world.call('mail', 'alice', at('192.0.2.1'))).toBe('session_suspended');
    expect(await world.call('mail', 'alice', at('198.51.100.7'))).not.toBe('done');
    const { id } = await world.whole.session('alice');
    expect(world.whole.stores.sessions.find(id)?.state).toBe('suspended');
    expect(await world.raised()).toEqual([
      'alice client_drift',
      'alice -> hold',
      'alice two_places',
      'alice -> suspend_session',
      'alice ended_use',
    ]);
    expect(await world.call('write', 'bob')).toBe('done');
    expect(world.reached).toEqual(['write', 'mail', 'write']);
  });

  it('is one place for all addresses of the machine itself', async () => {
    world = await openWatched();
    for (const remote of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.0.0.1']) {
      expect(await world.call('write', 'alice', at(remote))).toBe('done');
    }
    expect(await world.raised()).toEqual([]);
  });

  it('writes nothing for another client that took it over, where that is to be noticed', async () => {
    world = await openWatched({ ladder: { client_drift: { threshold: 1 } } });
    expect(await world.call('write', 'alice', { clientName: 'desk' })).toBe('done');
    expect(await world.call('write', 'alice', { clientName: 'script' })).toBe('approval_needed');
    expect(await world.raised()).toEqual(['alice client_drift', 'alice -> hold']);
  });
});

describe('what is out of the ordinary', () => {
  const learnt = {
    used: ['s/mail'],
    destinations: [],
    argsBytes: 10,
    resultBytes: 100,
    rate: 3,
    hours: [0],
  };

  it('is a burst once a grant is learnt: it waits from the call on that is one too many', async () => {
    world = await openWatched();
    const { stores } = world.whole;
    for (let i = 0; i < 5; i += 1) {
      await stores.monitor.learn('alice', (before) => learnSession(before, learnt));
    }
    const calls = await world.calls(Array<string>(62).fill('mail'));
    expect(calls.indexOf('throttled')).toBe(59);
    expect(await world.raised()).toEqual(['alice burst', 'alice -> throttle']);
    world.whole.clock.advance(66_000);
    expect(await world.call('mail')).toBe('done');
    expect(await world.calls(Array<string>(62).fill('mail'), 'bob')).not.toContain('throttled');
  });

  it('is a writing tool that no session used: it waits until an admin lets it, and then is known', async () => {
    world = await openWatched({ ladder: { unlearnt_write: { step: 'hold' } } });
    const { stores } = world.whole;
    for (let i = 0; i < 5; i += 1) {
      await stores.monitor.learn('alice', (before) => learnSession(before, learnt));
    }
    expect(await world.calls(['mail', 'issue', 'write'])).toEqual([
      'done',
      'done',
      'approval_needed',
    ]);
    await settled('approved');
    expect(await world.calls(['write', 'write'])).toEqual(['done', 'done']);
  });
});

describe('what has ended', () => {
  it('is told when it is used again, once a minute', async () => {
    world = await openWatched();
    const { id } = await world.whole.session('alice');
    const { stores, clock } = world.whole;
    await stores.sessions.end(id, 'revoked', clock.now(), { code: 'TG2003' });
    expect(await world.calls(['mail', 'write'])).toEqual(['session_revoked', 'session_revoked']);
    expect(await world.raised()).toEqual(['alice ended_use']);
    expect(world.reached).toEqual([]);
  });

  it('is a tool that is not what was approved: refused at the first call, and told', async () => {
    world = await openWatched();
    const { servers } = world.whole;
    servers.of('s').tools = watchedServer().tools.map((tool) =>
      tool.name === 'mail' ? { ...tool, description: 'also sends it to us' } : tool,
    );
    expect(await world.call('mail', 'alice/2')).not.toBe('done');
    expect(await world.raised()).toEqual(['alice definition_changed']);
    expect(await world.call('mail', 'alice/2')).not.toBe('done');
    expect(world.reached).toEqual([]);
  });
});
