import { afterEach, describe, expect, it } from 'vitest';
import { newSessionId, type SessionId } from '../../src/domain/ids.ts';
import { member } from '../../src/domain/json.ts';
import type { Label } from '../../src/domain/label.ts';
import { MemoryMonitorStore } from '../support/fakes/memory-monitor-store.ts';
import { monitorInMemory } from '../support/fakes/monitor-in-memory.ts';
import { openWatched, type WatchedWorld } from '../support/whole/watched-world.ts';

const HOUR = 3_600_000;
const MONDAY = Date.UTC(2026, 0, 5);

/** Numbers that look random and are the same each time, below 1. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** Tools of a purpose: what they are used for, how often of a hundred calls, and how they are labelled. */
interface Habit {
  readonly thing: string;
  readonly share: number;
  readonly isWriting?: boolean;
  readonly labels?: readonly Label[];
}

const HABITS: readonly (readonly Habit[])[] = [
  [
    { thing: 'git/search', share: 45, labels: ['untrusted'] },
    { thing: 'git/read', share: 45, labels: ['untrusted'] },
    { thing: 'git/comment', share: 9, isWriting: true, labels: ['egress'] },
    { thing: 'git/close', share: 1, isWriting: true },
  ],
  [
    { thing: 'mail/list', share: 50, labels: ['private'] },
    { thing: 'mail/read', share: 40, labels: ['private'] },
    { thing: 'mail/send', share: 10, isWriting: true, labels: ['egress'] },
  ],
  [
    { thing: 'files/read', share: 70, labels: ['private'] },
    { thing: 'web/get', share: 15, labels: ['untrusted'] },
    { thing: 'files/write', share: 15, isWriting: true },
  ],
];

const PURPOSES = [
  'Look through the issues of acme/shop, comment on them and close what is done',
  'Answer the mail of the sales team',
  'Keep the notes of the project up to date',
];
const PEOPLE = [
  'ann@acme.example',
  'bob@acme.example',
  'carl@partner.example',
  'dora@mail.example',
];
/** What people write to one another: it asks for things, and names where they are. */
const SAYINGS = [
  'Please send me the report until Friday. You reach me at',
  'The page at https://acme.example/login is broken, please look at it. Asked by',
  'Thanks! See https://docs.example/guide for how to set it up, or write to',
  'Could you update /notes/plan.md with the new dates? From',
  'Nothing new. Signed,',
];

const oneOf = <T>(of: readonly T[], roll: () => number): T =>
  of[Math.floor(roll() * of.length)] as T;

const resultOf = (habit: Habit, roll: () => number) =>
  habit.isWriting === true
    ? { content: [{ type: 'text', text: 'Done.' }] }
    : { content: [{ type: 'text', text: `${oneOf(SAYINGS, roll)} ${oneOf(PEOPLE, roll)}` }] };

/** It answers those who wrote, and puts what they wrote where it belongs. */
function argumentsOf(habit: Habit, roll: () => number) {
  if (habit.isWriting !== true) return { query: 'what is new', page: Math.floor(roll() * 9) };
  if (habit.thing === 'mail/send') return { to: oneOf(PEOPLE, roll), text: 'I have seen to it.' };
  if (habit.thing === 'files/write') return { path: '/notes/plan.md', text: oneOf(SAYINGS, roll) };
  return { issue: Math.floor(roll() * 200), text: `Thanks, ${oneOf(PEOPLE, roll)}, looked at it.` };
}

describe('a week of ten grants whose sessions do their work', () => {
  it('raises at most one alarm a grant, and learns what they do', { timeout: 60_000 }, async () => {
    const { monitor, store, events } = monitorInMemory({
      contain: {
        suspendSession: async () => expect.unreachable('suspended'),
        revokeGrant: async () => expect.unreachable('revoked'),
      },
    });
    let seq = 0;
    let calls = 0;
    let waits = 0;
    for (let hour = 0; hour < 7 * 24; hour += 1) {
      const [day, time] = [Math.floor(hour / 24), hour % 24];
      for (let grant = 0; grant < 10; grant += 1) {
        const roll = dice(hour * 1_009 + grant * 31 + 7);
        // A script works through the night; people on workdays, sometimes on Saturday.
        const isScript = grant === 9;
        const isTime =
          isScript || (day < 5 && time >= 8 && time < 18) || (day === 5 && time === 11);
        if (!isTime || roll() < 0.3) continue;
        const session = newSessionId((size) =>
          Uint8Array.from({ length: size }, () => Math.floor(roll() * 256)),
        );
        const count = isScript ? 40 : 5 + Math.floor(roll() * 60);
        let at = MONDAY + hour * HOUR + Math.floor(roll() * 600_000);
        for (let call = 0; call < count; call += 1) {
          at += isScript ? 2_000 : Math.floor(1_000 + roll() ** 3 * 60_000);
          calls += 1;
          waits += await once(session, grant, at, roll);
        }
      }
    }
    await monitor.close();

    async function once(session: SessionId, grant: number, at: number, roll: () => number) {
      const habits = HABITS[grant % HABITS.length] ?? [];
      let rest = roll() * 100;
      const habit = habits.find(({ share }) => {
        rest -= share;
        return rest < 0;
      });
      if (habit === undefined) throw new Error('no habit');
      const whose = { session, subject: `s${grant}`, client: 'desk' };
      if (roll() < 0.01) {
        await monitor.refused({ ...whose, at, thing: `x/t${roll() * 4}`, reason: 'no_rule' });
      }
      const use = {
        ...whose,
        at,
        grant: `g${grant}`,
        thing: habit.thing,
        server: habit.thing.slice(0, habit.thing.indexOf('/')),
        tool: habit.thing.slice(habit.thing.indexOf('/') + 1),
        args: argumentsOf(habit, roll),
        purpose: PURPOSES[grant % PURPOSES.length] ?? '',
        isReadOnly: habit.isWriting !== true,
        labels: habit.labels ?? [],
        isWriting: habit.isWriting === true,
        isFlowAllowed: false,
        argsBytes: Math.floor(20 + roll() ** 4 * 2_000),
        place: 'stdio here',
        clientName: 'desk',
      };
      const judged = await monitor.judge(use);
      if (judged.kind === 'refuse') return 1;
      seq += 1;
      await monitor.admitted(use, seq, judged.kind === 'hold');
      await monitor.brings(use, {
        at,
        call: seq,
        labels: use.labels,
        hasOrders: false,
        hasSecrets: false,
        result: resultOf(habit, roll),
      });
      const resultBytes = Math.floor(100 + roll() ** 6 * 200_000);
      await monitor.ended(use, { resultBytes, isError: roll() < 0.03 });
      return judged.kind === 'hold' ? 1 : 0;
    }

    const alarms = events
      .filter(({ detail }) => member(detail, 'step') !== 'record')
      .filter(({ code }) => code === 'TG9001')
      .map(
        ({ detail }) => `${String(member(detail, 'grant'))} ${String(member(detail, 'signal'))}`,
      );
    expect(calls).toBeGreaterThan(10_000);
    expect(
      Math.max(...[...store.profiles.values()].map(({ sessions }) => sessions)),
    ).toBeGreaterThan(30);
    for (let grant = 0; grant < 10; grant += 1) {
      expect(alarms.filter((alarm) => alarm.startsWith(`g${grant} `)).length).toBeLessThanOrEqual(
        1,
      );
    }
    expect(waits).toBeLessThanOrEqual(10);
  });
});

let world: WatchedWorld | undefined;
afterEach(async () => {
  await world?.whole.close();
  world = undefined;
});

describe('a detector that fails', () => {
  it('holds what writes and lets what reads pass, and says so', async () => {
    const store = new MemoryMonitorStore();
    store.fails = true;
    world = await openWatched({ store });
    expect(await world.calls(['mail', 'write', 'send', 'issue'])).toEqual([
      'done',
      'approval_needed',
      'approval_needed',
      'done',
    ]);
    expect(world.reached).toEqual(['mail', 'issue']);
    expect(await world.raised()).toEqual(['alice detector_failed', 'alice -> hold']);
  });

  it('holds what writes until what it noticed is kept, and then goes by it', async () => {
    const store = new MemoryMonitorStore();
    world = await openWatched({ store });
    await world.call('write');
    store.fails = true;
    expect(await world.calls(['mail', 'issue'])).toEqual(['done', 'done']);
    expect(await world.calls(['write', 'issue'])).toEqual(['approval_needed', 'done']);
    expect(await world.call('send', 'alice/2')).toBe('approval_needed');
    store.fails = false;
    expect(await world.calls(['write', 'send'])).toEqual(['done', 'approval_needed']);
    expect(await world.call('send', 'alice/2')).toBe('approval_needed');
    expect(await world.raised()).toEqual([
      'alice detector_failed',
      'alice -> hold',
      'alice detector_failed',
      'alice -> hold',
      'alice flow',
      'alice -> hold',
      'alice flow',
      'alice -> hold',
    ]);
  });

  it('lets no configuration let it pass', async () => {
    const store = new MemoryMonitorStore();
    store.fails = true;
    world = await openWatched({ store, ladder: { detector_failed: { step: 'record' } } });
    expect(await world.call('write')).toBe('approval_needed');
  });
});

describe('what a session does', () => {
  it('suspends that session alone, and its grant alone, whatever is configured', async () => {
    world = await openWatched({
      ladder: { flow: { step: 'suspend_grant' }, probing: { step: 'suspend_session' } },
    });
    await world.whole.grant('alice', ['permit: s/mail'], { id: 'alice-more' });
    for (let i = 0; i < 8; i += 1) await world.call(`none${i}`, 'bob/2');
    expect(await world.call('mail', 'bob/2')).toBe('session_suspended');
    expect(await world.call('mail', 'bob')).toBe('done');
    await world.calls(['mail', 'issue', 'send'], 'alice/2');
    expect(await world.call('mail', 'alice/2')).toBe('session_suspended');
    expect(await world.call('issue', 'alice')).toBe('no_rule');
    expect(await world.calls(['mail', 'send'], 'bob')).toEqual(['done', 'done']);
    const grants = await world.whole.stores.grants.all();
    expect(grants.filter(({ revokedAt }) => revokedAt !== undefined).map(({ id }) => id)).toEqual([
      'alice',
    ]);
    expect(world.reached.filter((name) => name === 'send')).toHaveLength(1);
  });
});
