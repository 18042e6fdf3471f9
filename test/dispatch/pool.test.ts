import { beforeEach, describe, expect, it } from 'vitest';
import { createPool, type Pool, type PoolEvent } from '../../src/dispatch/pool.ts';
import type { LeaseOwner } from '../../src/dispatch/pool-entry.ts';
import type {
  ConnectionEvents,
  ToolServerConnection,
  ToolServerConnector,
  ToolServerSpec,
} from '../../src/dispatch/tool-server.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import {
  httpSpec,
  type ManualTimers,
  manualTimers,
  stdioSpec,
} from '../support/tool-servers/harness.ts';

/** One start that a test settles as it likes. */
interface Start {
  readonly spec: ToolServerSpec;
  readonly events: ConnectionEvents;
  readonly knownEra: string | undefined;
  readonly signal: AbortSignal;
  succeed(): void;
  fail(code: 'ERR_SERVER_START' | 'ERR_SERVER_TIMEOUT'): void;
  /** The connection ends by itself. */
  crash(): Promise<void>;
  closes: number;
}

let starts: Start[];
let events: PoolEvent[];
let now: number;
let timers: ManualTimers;

beforeEach(() => {
  starts = [];
  events = [];
  now = 1_000_000;
  timers = manualTimers();
});

function connector(isAutomatic: boolean): ToolServerConnector {
  return {
    connect(spec, connectionEvents, { knownEra, signal }) {
      const started = Promise.withResolvers<ToolServerConnection>();
      const closed = Promise.withResolvers<void>();
      const start: Start = {
        spec,
        events: connectionEvents,
        knownEra,
        signal,
        closes: 0,
        succeed() {
          started.resolve({
            offer: {
              era: '2026',
              revision: '',
              askedWith: {},
              serverInfo: {},
              capabilities: {},
              prompts: [],
              templates: [],
              tools: [],
            },
            closed: closed.promise,
            call: async () => ({ kind: 'not_sent' }),
            unsubscribe: async () => undefined,
            cancelTask: async () => undefined,
            refresh: () => Promise.reject(new Error('unused')),
            async close() {
              start.closes += 1;
              closed.resolve();
            },
          });
        },
        fail: (code) => started.reject(new BrokerError(code, 'test')),
        async crash() {
          closed.resolve();
          await settled();
        },
      };
      signal.addEventListener('abort', () => {
        started.reject(new BrokerError('ERR_SERVER_CLOSED', 'given up'));
      });
      starts.push(start);
      if (isAutomatic) start.succeed();
      return started.promise;
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const EIGHT_HOURS = 8 * 60 * 60_000;
const ownerIn = (id: string, subject: string): LeaseOwner => ({
  sessionId: id as SessionId,
  subject,
  sessionExpiresAt: 1_000_000 + EIGHT_HOURS,
});
const alice = ownerIn('ses_a', 'alice');
const aliceAgain = ownerIn('ses_a2', 'alice');
const bob = ownerIn('ses_b', 'bob');
const signal = new AbortController().signal;
const capabilities = {};

/** Lets time pass, in steps no longer than a timer waits. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 60 * 60_000) {
    const step = Math.min(left, 60 * 60_000);
    now += step;
    timers.advance(step);
  }
}

function pool(
  more: {
    readonly specs?: readonly ToolServerSpec[];
    readonly maxProcesses?: number;
    readonly maxProcessesPerSubject?: number;
    readonly isManual?: boolean;
  } = {},
): Pool {
  return createPool({
    connector: connector(more.isManual !== true),
    specs: more.specs ?? [stdioSpec('x')],
    clock: { now: () => now, nowMicros: () => now * 1_000, monotonicMs: () => now },
    timers,
    onAsk: async (server, owner, { method }) => ({
      code: 1,
      message: JSON.stringify([server, owner, method]),
    }),
    onListChanged: () => undefined,
    onNews: () => undefined,
    onServerEvent: (event) => events.push(event),
    ...(more.maxProcesses === undefined ? {} : { maxProcesses: more.maxProcesses }),
    ...(more.maxProcessesPerSubject === undefined
      ? {}
      : { maxProcessesPerSubject: more.maxProcessesPerSubject }),
  });
}

describe('whose connection it is', () => {
  it.each([
    ['session', 3],
    ['subject', 2],
    ['shared', 1],
  ] as const)('is told apart by %s', async (isolation, count) => {
    for (const spec of [stdioSpec('x', [], { isolation }), httpSpec('http://x', { isolation })]) {
      starts = [];
      const connections = pool({ specs: [spec] });
      for (const owner of [alice, aliceAgain, bob, alice]) {
        (await connections.acquire('s', owner, { signal, capabilities })).release();
      }
      expect(starts).toHaveLength(count);
    }
  });

  it('does not confuse a session with a subject of the same name', async () => {
    const specs = [stdioSpec('x', [], { isolation: 'subject' })];
    const connections = pool({ specs });
    await connections.acquire('s', ownerIn('ses_1', 'a","b'), { signal, capabilities });
    await connections.acquire('s', ownerIn('ses_1', 'a'), { signal, capabilities });
    expect(starts).toHaveLength(2);
  });

  it('names no more of its owner than its isolation tells apart', async () => {
    const specs = [stdioSpec('x', [], { isolation: 'shared' })];
    await pool({ specs }).acquire('s', alice, { signal, capabilities });
    expect((await starts[0]?.events.onAsk({ method: 'm', params: {} }))?.message).toBe(
      '["s",{},"m"]',
    );
  });
});

describe('starting', () => {
  it('starts nothing before it is asked', () => {
    pool();
    expect(starts).toHaveLength(0);
  });

  it('shares one start among concurrent callers', async () => {
    const connections = pool({ isManual: true });
    const both = [1, 2].map(() =>
      connections.acquire('s', alice, { signal, capabilities, knownEra: '2026' }),
    );
    await settled();
    expect(starts.map(({ knownEra }) => knownEra)).toEqual(['2026']);
    starts[0]?.succeed();
    const [first, second] = await Promise.all(both);
    expect(first?.connection).toBe(second?.connection);
    expect(events).toEqual([
      {
        kind: 'started',
        server: 's',
        owner: { sessionId: 'ses_a', subject: 'alice' },
        era: '2026',
      },
    ]);
  });

  it('goes on for the others when one caller gives up', async () => {
    const connections = pool({ isManual: true });
    const controller = new AbortController();
    const quitter = connections.acquire('s', alice, { signal: controller.signal, capabilities });
    const other = connections.acquire('s', alice, { signal, capabilities });
    await settled();
    controller.abort();
    await expect(quitter).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    starts[0]?.succeed();
    expect((await other).connection.offer.era).toBe('2026');
  });

  it('is given up when every caller has, and that is no failure', async () => {
    const connections = pool({ isManual: true });
    const controller = new AbortController();
    const quitter = connections.acquire('s', alice, { signal: controller.signal, capabilities });
    await settled();
    controller.abort();
    await expect(quitter).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    expect(starts[0]?.signal.aborted).toBe(true);
    expect(events).toEqual([]);
    const next = connections.acquire('s', alice, { signal, capabilities });
    await settled();
    starts[1]?.succeed();
    expect((await next).connection).toBeDefined();
  });

  it('refuses a server that is not configured', async () => {
    const refusal = pool().acquire('other', alice, { signal, capabilities });
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('refuses a caller that has gone already', async () => {
    const refusal = pool().acquire('s', alice, { signal: AbortSignal.abort(), capabilities });
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    expect(starts).toHaveLength(0);
  });
});

describe('backing off', () => {
  async function failOnce(connections: Pool): Promise<void> {
    const start = connections.acquire('s', alice, { signal, capabilities });
    await settled();
    starts.at(-1)?.fail('ERR_SERVER_START');
    await expect(start).rejects.toMatchObject({ code: 'ERR_SERVER_START' });
  }
  async function isHeldBack(connections: Pool, owner = alice): Promise<boolean> {
    const before = starts.length;
    const controller = new AbortController();
    const attempt = connections.acquire('s', owner, { signal: controller.signal, capabilities });
    const refused = expect(attempt).rejects.toThrow();
    await settled();
    controller.abort();
    await refused;
    return starts.length === before;
  }

  it('doubles the wait after each failed start, from 1 s to 60 s', async () => {
    const connections = pool({ isManual: true });
    const waits: number[] = [];
    for (const expected of [1, 2, 4, 8, 16, 32, 60, 60]) {
      await failOnce(connections);
      now += expected * 1_000 - 1;
      expect(await isHeldBack(connections)).toBe(true);
      now += 1;
      waits.push(expected);
    }
    expect(starts).toHaveLength(waits.length);
  });

  it('says so at once and records the failure once', async () => {
    const connections = pool({ isManual: true });
    await failOnce(connections);
    const refusal = connections.acquire('s', alice, { signal, capabilities });
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_SERVER_BACKOFF' });
    expect(events).toMatchObject([{ kind: 'failed', code: 'ERR_SERVER_START', wasLive: false }]);
  });

  it('holds nobody back but the session whose server failed', async () => {
    const connections = pool({ isManual: true });
    await failOnce(connections);
    expect(await isHeldBack(connections, bob)).toBe(false);
  });

  it('takes a crash soon after the start for a failure', async () => {
    const connections = pool();
    (await connections.acquire('s', alice, { signal, capabilities })).release();
    now += 29_999;
    await starts[0]?.crash();
    const refusal = connections.acquire('s', alice, { signal, capabilities });
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_SERVER_BACKOFF' });
    expect(events.at(-1)).toMatchObject({
      kind: 'failed',
      code: 'ERR_SERVER_CLOSED',
      wasLive: true,
    });
  });

  it('forgets earlier failures after a good stretch', async () => {
    const connections = pool({ isManual: true });
    await failOnce(connections);
    now += 1_000;
    const start = connections.acquire('s', alice, { signal, capabilities });
    await settled();
    starts[1]?.succeed();
    (await start).release();
    now += 30_000;
    await starts[1]?.crash();
    expect(await isHeldBack(connections)).toBe(false);
  });
});

describe('ending', () => {
  it('closes a process nobody used for as long as its entry says', async () => {
    const connections = pool();
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    timers.advance(60_000);
    expect(starts[0]?.closes).toBe(0);
    lease.release();
    lease.release();
    timers.advance(59_999);
    expect(starts[0]?.closes).toBe(0);
    timers.advance(1);
    expect(starts[0]?.closes).toBe(1);
    await settled();
    expect(events).toHaveLength(1);
  });

  it('does not close a process that is used again', async () => {
    const connections = pool();
    (await connections.acquire('s', alice, { signal, capabilities })).release();
    timers.advance(59_999);
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    timers.advance(60_000);
    expect([starts.length, starts[0]?.closes]).toEqual([1, 0]);
    lease.release();
  });

  it('starts anew after a crash, and closes the old one when its calls are settled', async () => {
    const connections = pool();
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    now += 30_000;
    await starts[0]?.crash();
    expect(starts[0]?.closes).toBe(0);
    const next = await connections.acquire('s', alice, { signal, capabilities });
    expect(next.connection).not.toBe(lease.connection);
    lease.release();
    expect([starts[0]?.closes, starts[1]?.closes]).toEqual([1, 0]);
  });

  it('ends what belongs to a session and nothing else', async () => {
    const specs = [
      stdioSpec('x', [], { name: 'own' }),
      httpSpec('http://x', { name: 'web' }),
      stdioSpec('x', [], { name: 'common', isolation: 'subject' }),
    ];
    const connections = pool({ specs });
    for (const { name } of specs) {
      await connections.acquire(name, alice, { signal, capabilities });
      await connections.acquire(name, bob, { signal, capabilities });
    }
    await connections.endSession(alice.sessionId);
    expect(starts.map(({ closes }) => closes)).toEqual([1, 0, 1, 0, 0, 0]);
  });

  it('gives up a start when its session ends', async () => {
    const connections = pool({ isManual: true });
    const start = connections.acquire('s', alice, { signal, capabilities });
    await settled();
    await connections.endSession(alice.sessionId);
    await expect(start).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    expect(starts[0]?.signal.aborted).toBe(true);
  });

  it('ends a server that was taken out, whoever has it, and no other', async () => {
    const specs = [
      stdioSpec('x', [], { name: 'out' }),
      httpSpec('http://x', { name: 'out too', isolation: 'shared' }),
      stdioSpec('x', [], { name: 'stays' }),
    ];
    const connections = pool({ specs });
    for (const { name } of specs) {
      await connections.acquire(name, alice, { signal, capabilities });
      (await connections.acquire(name, bob, { signal, capabilities })).release();
    }
    await connections.endServer('out');
    await connections.endServer('out too');
    expect(starts.map(({ spec, closes }) => [spec.name, closes])).toEqual([
      ['out', 1],
      ['out', 1],
      ['out too', 1],
      ['stays', 0],
      ['stays', 0],
    ]);
    await settled();
    expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  });

  it('starts a server that was taken out again once somebody may use it', async () => {
    const connections = pool();
    (await connections.acquire('s', alice, { signal, capabilities })).release();
    await connections.endServer('s');
    (await connections.acquire('s', alice, { signal, capabilities })).release();
    expect(starts.map(({ closes }) => closes)).toEqual([1, 0]);
  });

  it('closes what belongs to a session alone when that expires, used or not', async () => {
    const specs = [
      stdioSpec('x', [], { name: 'own', idleMs: 2 * EIGHT_HOURS }),
      httpSpec('http://x', { name: 'web', isolation: 'session' }),
      stdioSpec('x', [], { name: 'common', isolation: 'subject', idleMs: 2 * EIGHT_HOURS }),
    ];
    const connections = pool({ specs });
    for (const { name } of specs)
      (await connections.acquire(name, alice, { signal, capabilities })).release();
    pass(EIGHT_HOURS - 1);
    expect(starts.map(({ closes }) => closes)).toEqual([0, 0, 0]);
    pass(1);
    expect(starts.map(({ closes }) => closes)).toEqual([1, 1, 0]);
  });

  it('lets calls of an expired session be settled before it closes', async () => {
    const connections = pool();
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    pass(EIGHT_HOURS);
    expect(starts[0]?.closes).toBe(0);
    lease.release();
    expect(starts[0]?.closes).toBe(1);
  });

  it('judges expiry by the clock, however its timer ran', async () => {
    const connections = pool({ specs: [stdioSpec('x', [], { idleMs: 3 * EIGHT_HOURS })] });
    (await connections.acquire('s', alice, { signal, capabilities })).release();
    timers.advance(EIGHT_HOURS);
    expect(starts[0]?.closes).toBe(0);
    // The machine slept: its clock went on, its timers did not.
    now += EIGHT_HOURS;
    timers.advance(60 * 60_000);
    expect(starts[0]?.closes).toBe(1);
  });

  it('ends everything at shutdown and starts nothing more', async () => {
    const connections = pool();
    await connections.acquire('s', alice, { signal, capabilities });
    (await connections.acquire('s', bob, { signal, capabilities })).release();
    await connections.closeAll();
    expect(starts.map(({ closes }) => closes)).toEqual([1, 1]);
    const late = connections.acquire('s', bob, { signal, capabilities });
    await expect(late).rejects.toMatchObject({ code: 'ERR_SHUTTING_DOWN' });
  });
});

describe('the limit on processes', () => {
  it('closes the one idle longest for a new one', async () => {
    const connections = pool({ maxProcesses: 2 });
    (await connections.acquire('s', alice, { signal, capabilities })).release();
    now += 1;
    (await connections.acquire('s', aliceAgain, { signal, capabilities })).release();
    now += 1;
    await connections.acquire('s', bob, { signal, capabilities });
    expect(starts.map(({ closes }) => closes)).toEqual([1, 0, 0]);
  });

  it('refuses when all are in use, and is no failure of the server', async () => {
    const connections = pool({ maxProcesses: 1 });
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    const refusal = connections.acquire('s', bob, { signal, capabilities });
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_SERVER_LIMIT' });
    lease.release();
    expect(
      (await connections.acquire('s', bob, { signal, capabilities })).connection,
    ).toBeDefined();
  });

  it('never gives one subject all of them, and holds that against no server', async () => {
    const connections = pool({ maxProcesses: 3, maxProcessesPerSubject: 2 });
    const [first] = await Promise.all([
      connections.acquire('s', alice, { signal, capabilities }),
      connections.acquire('s', aliceAgain, { signal, capabilities }),
    ]);
    const third = ownerIn('ses_third', alice.subject);
    const refusal = connections.acquire('s', third, { signal, capabilities });
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_SERVER_LIMIT' });
    await connections.acquire('s', bob, { signal, capabilities });
    expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
    first?.release();
    await connections.acquire('s', third, { signal, capabilities });
    expect(starts.map(({ closes }) => closes)).toEqual([1, 0, 0, 0]);
  });

  it('does not count HTTP connections', async () => {
    const connections = pool({ maxProcesses: 1, specs: [httpSpec('http://x')] });
    await connections.acquire('s', alice, { signal, capabilities });
    await connections.acquire('s', bob, { signal, capabilities });
    expect(starts).toHaveLength(2);
  });
});
