import { describe, expect, it } from 'vitest';
import type { ClientChannel, ListKind, SessionNews } from '../../src/domain/broker.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { createChannels } from '../../src/news/channels.ts';
import type { Looked, SeenPart, Sight } from '../../src/news/sight.ts';

const ALL: readonly ListKind[] = ['tools', 'prompts', 'resources'];

type Saying = Partial<Record<SeenPart, string>>;

/** A broker of which each session sees what the test says. */
function world() {
  let epoch = 1;
  let now = 1_000;
  const sees = new Map<string, () => Looked>();
  const timers = new Set<{ readonly at: number; run(): void }>();
  const looks: string[] = [];
  const sight = (parts: Saying, more: Partial<Sight>): Sight => ({
    kind: 'sees',
    conditions: '',
    epoch,
    parts: { tools: '', prompts: '', templates: '', resources: '', ...parts },
    resourceServers: new Set(),
    changesAt: Number.POSITIVE_INFINITY,
    ...more,
  });
  const channels = createChannels({
    async lookAt({ principal }) {
      looks.push(principal.sessionId);
      return sees.get(principal.sessionId)?.() ?? sight({}, {});
    },
    epoch: () => epoch,
    clock: { now: () => now, nowMicros: () => now * 1_000, monotonicMs: () => now },
    timers: {
      after(ms, run) {
        const timer = { at: now + ms, run };
        timers.add(timer);
        return () => timers.delete(timer);
      },
    },
    log: SILENT_LOG,
    onLooked() {},
  });
  /** Has a session see something else, though nobody changed rights. */
  const turn = (session: string, parts: Saying, more: Partial<Sight> = {}): void =>
    void sees.set(session, () => sight(parts, more));
  return {
    channels,
    looks,
    turn,
    /** Changes rights so that a session sees something else. */
    change(session: string, parts: Saying, more?: Partial<Sight>) {
      epoch += 1;
      turn(session, parts, more);
    },
    end(session: string) {
      epoch += 1;
      sees.set(session, () => ({ kind: 'ended' }));
    },
    breakState(session: string) {
      epoch += 1;
      sees.set(session, () => {
        throw new Error('disk');
      });
    },
    /** Time passes, and what is due runs. */
    async at(instant: number) {
      now = instant;
      for (const timer of [...timers].filter(({ at }) => at <= now)) {
        timers.delete(timer);
        timer.run();
      }
      await settled();
    },
    async open(session: string, wants = ALL, onlyServer?: string) {
      const told: SessionNews[] = [];
      let letGo = 0;
      const channel: ClientChannel = {
        principal: {
          sessionId: session as SessionId,
          subject: 'alice',
          sessionOpenedAt: 0,
          sessionExpiresAt: 1_000_000,
        },
        era: '2025',
        wants: new Set(wants),
        tell: (news) => told.push(news),
        letGo() {
          letGo += 1;
        },
        ...(onlyServer === undefined ? {} : { onlyServer }),
      };
      const { close } = channels.open(channel);
      await settled();
      return { told, close, channel, letGo: () => letGo };
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const changed = (...kinds: ListKind[]) => kinds.map((of) => ({ kind: 'list_changed', of }));

describe('a client with an open channel', () => {
  it.each([
    ['tools', 'tools'],
    ['prompts', 'prompts'],
    ['templates', 'resources'],
    ['resources', 'resources'],
  ] as const)('hears of %s, and of nothing else, as a change of %s', async (part, kind) => {
    const { channels, change, open } = world();
    const { told } = await open('a');
    change('a', { [part]: 'other' });
    await channels.look();
    expect(told).toEqual(changed(kind));
  });

  it('has what was said before let go at once, also while it is answered lists without a pause', async () => {
    const { channels, change, open } = world();
    const { channel, told, letGo } = await open('a');
    const shown = channels.listing(channel, 'tools');
    change('a', {});
    await channels.look();
    expect(letGo()).toBe(0);
    change('a', { tools: 'fewer' });
    await channels.look();
    expect([letGo(), told]).toEqual([1, []]);
    shown?.('fewer');
  });

  it('hears nothing of what another sees, nor of a change that is none for it', async () => {
    const { channels, change, open } = world();
    const { told } = await open('a');
    change('b', { tools: 'other' });
    await channels.look();
    change('a', {});
    await channels.look();
    expect(told).toEqual([]);
  });

  it('hears of the lists alone that it wants', async () => {
    const { channels, change, open } = world();
    const { told } = await open('a', ['prompts']);
    change('a', { tools: 'other', prompts: 'other', resources: 'other' });
    await channels.look();
    expect(told).toEqual(changed('prompts'));
  });

  it('is not looked at again while nothing can have changed', async () => {
    const { channels, open, looks } = world();
    await open('a');
    await channels.look();
    await channels.look();
    expect(looks).toEqual(['a']);
  });

  it('is looked at once for all who ask while a look is under way', async () => {
    const { channels, change, open, looks } = world();
    await open('a');
    change('a', { tools: 'other' });
    await Promise.all([channels.look(), channels.look(), channels.look()]);
    expect(looks).toEqual(['a', 'a']);
  });

  it('hears that a grant has run out, at that instant and without being asked', async () => {
    const { change, turn, open, at, channels } = world();
    const { told } = await open('a');
    change('a', {}, { changesAt: 5_000 });
    await channels.look();
    turn('a', { tools: 'fewer' });
    await at(4_999);
    expect(told).toEqual([]);
    await at(5_000);
    expect(told).toEqual(changed('tools'));
  });

  it('is looked at again when state could not be read', async () => {
    const { channels, change, breakState, open, at } = world();
    const { told } = await open('a');
    breakState('a');
    await channels.look();
    change('a', { tools: 'other' });
    await at(2_000);
    expect(told).toEqual(changed('tools'));
  });

  it('hears that its session is over, once and last', async () => {
    const { channels, change, end, open } = world();
    const { told } = await open('a');
    end('a');
    await channels.look();
    change('a', { tools: 'other' });
    await channels.look();
    expect(told).toEqual([{ kind: 'ended' }]);
  });

  it('hears nothing once it is closed', async () => {
    const { channels, change, open } = world();
    const { told, close } = await open('a');
    close();
    change('a', { tools: 'other' });
    await channels.look();
    expect(told).toEqual([]);
  });
});

describe('a list that is being answered', () => {
  it('is no news to who gets it, though it started a tool server', async () => {
    const { channels, change, open } = world();
    const { told, channel } = await open('a');
    const shown = channels.listing(channel, 'tools');
    change('a', { tools: 'with the new server' });
    await channels.look();
    shown?.('with the new server');
    await settled();
    expect(told).toEqual([]);
  });

  it('does not hide what changed beside it, or after it was read', async () => {
    const { channels, change, open } = world();
    const { told, channel } = await open('a');
    const shown = channels.listing(channel, 'tools');
    change('a', { tools: 'newer', prompts: 'other' });
    await channels.look();
    shown?.('older');
    await settled();
    expect(told).toEqual(changed('tools', 'prompts'));
  });

  it('does not delay the end of the session', async () => {
    const { channels, end, open } = world();
    const { told, channel } = await open('a');
    channels.listing(channel, 'tools');
    end('a');
    await channels.look();
    expect(told).toEqual([{ kind: 'ended' }]);
  });

  it('counts for the same session and path alone', async () => {
    const { channels, change, open } = world();
    const one = await open('a', ALL, 'files');
    const other = await open('a');
    channels.listing(other.channel, 'tools');
    change('a', { tools: 'other' });
    await channels.look();
    expect([one.told, other.told]).toEqual([changed('tools'), []]);
  });
});

describe('a tool server that says its resources are others', () => {
  const reaching = { resourceServers: new Set(['files']) };

  it('is heard by those whose grant reaches its resources', async () => {
    const { channels, change, open } = world();
    change('a', {}, reaching);
    const a = await open('a');
    const b = await open('b');
    channels.resourcesChanged('files', {});
    await channels.look();
    expect([a.told, b.told]).toEqual([changed('resources'), []]);
  });

  it('is heard by the session alone whose own connection it is', async () => {
    const { channels, turn, open } = world();
    turn('a', {}, reaching);
    turn('b', {}, reaching);
    const a = await open('a');
    const b = await open('b');
    channels.resourcesChanged('files', { sessionId: 'ses_other' as SessionId });
    channels.resourcesChanged('files', { sessionId: 'a' as SessionId, subject: 'alice' });
    await channels.look();
    expect([a.told.length, b.told.length]).toEqual([1, 0]);
  });
});

describe('conditions of a client’s rights that become others', () => {
  it('let go of what was said before, though no list changed and nothing is told', async () => {
    const { channels, change, open } = world();
    const { told, letGo } = await open('s1');
    change('s1', {}, { conditions: 'other' });
    await channels.look();
    await channels.look();
    expect([letGo(), told]).toEqual([1, []]);
  });
});
