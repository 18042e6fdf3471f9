import { beforeEach, describe, expect, it } from 'vitest';
import { createPool, type Pool } from '../../src/dispatch/pool.ts';
import type { LeaseOwner } from '../../src/dispatch/pool-entry.ts';
import type {
  ToolServerConnection,
  ToolServerConnector,
  ToolServerSpec,
} from '../../src/dispatch/tool-server.ts';
import type { Era } from '../../src/domain/era.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import type { SessionId } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { manualTimers, stdioSpec } from '../support/tool-servers/harness.ts';

interface Start {
  readonly capabilities: JsonObject;
  readonly knownEra: Era | undefined;
  isClosed: boolean;
  crash(): Promise<void>;
}

let starts: Start[];
let era: Era;
/** Until then a closed connection's process has not left. */
let left: Promise<void>;
/** Further starts fail. */
let failing: boolean;
let timers = manualTimers();

beforeEach(() => {
  starts = [];
  era = '2025';
  left = Promise.resolve();
  failing = false;
  timers = manualTimers();
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const connector: ToolServerConnector = {
  async connect(_spec, _events, { capabilities, knownEra }) {
    const closed = Promise.withResolvers<void>();
    const start: Start = {
      capabilities,
      knownEra,
      isClosed: false,
      async crash() {
        closed.resolve();
        await settled();
      },
    };
    if (failing) throw new BrokerError('ERR_SERVER_START', 'is running already');
    starts.push(start);
    await settled();
    return {
      offer: { era, number: starts.length },
      closed: closed.promise,
      async close() {
        start.isClosed = true;
        closed.resolve();
        await left;
      },
    } as unknown as ToolServerConnection;
  },
};

const pool = (more: Partial<ToolServerSpec> = {}, limits: { maxProcesses?: number } = {}): Pool =>
  createPool({
    ...limits,
    connector,
    specs: [stdioSpec('x', [], more as object)],
    clock: { now: () => 0, nowMicros: () => 0, monotonicMs: () => timers.passed() },
    timers,
    onAsk: async () => ({ code: -32601, message: 'no' }),
    onListChanged: () => undefined,
    onNews: () => undefined,
    onServerEvent: () => undefined,
  });

const ownerIn = (id: string): LeaseOwner => ({
  sessionId: id as SessionId,
  subject: 'alice',
  sessionExpiresAt: Number.MAX_SAFE_INTEGER,
});
const alice = ownerIn('ses_a');
const { signal } = new AbortController();
const NONE = {};
const ASKED = { elicitation: {}, sampling: { tools: {} } };
const acquire = async (from: Pool, capabilities: JsonObject, more: object = {}) =>
  from.acquire('s', alice, { signal, capabilities, ...more });

describe('what client capabilities a connection shows', () => {
  it('is what was asked for, and another connection for each of them', async () => {
    const connections = pool();
    for (const capabilities of [NONE, ASKED, { sampling: { tools: {} }, elicitation: {} }, NONE]) {
      (await acquire(connections, capabilities)).release();
    }
    expect(starts.map(({ capabilities }) => capabilities)).toEqual([NONE, ASKED]);
  });

  it('is one connection whatever it is in the 2026 era', async () => {
    era = '2026';
    const connections = pool();
    for (const capabilities of [NONE, ASKED]) (await acquire(connections, capabilities)).release();
    expect(starts).toHaveLength(1);
  });

  it('waits for a start of unknown era, and starts another where it does not fit', async () => {
    const connections = pool();
    const leases = await Promise.all([acquire(connections, NONE), acquire(connections, ASKED)]);
    expect(starts.map(({ capabilities, knownEra }) => [capabilities, knownEra])).toEqual([
      [NONE, undefined],
      [ASKED, '2025'],
    ]);
    expect(leases[0]?.connection).not.toBe(leases[1]?.connection);
  });

  it('is judged by what the server is, not by what it was known for', async () => {
    const connections = pool();
    (await acquire(connections, NONE, { knownEra: '2026' })).release();
    (await acquire(connections, ASKED, { knownEra: '2026' })).release();
    expect(starts.map(({ capabilities }) => capabilities)).toEqual([NONE, ASKED]);
  });

  it.each(['subject', 'shared'] as const)('is nothing where isolation is %s', async (isolation) => {
    const connections = pool({ isolation });
    const both = [acquire(connections, ASKED), acquire(connections, NONE)];
    await Promise.all(both);
    expect(starts.map(({ capabilities }) => capabilities)).toEqual([NONE]);
  });

  it('is at most four things for one session, of which the one idle longest is ended', async () => {
    const connections = pool();
    const shown = [1, 2, 3, 4, 5].map((n) => ({ elicitation: { n } }));
    for (const capabilities of shown) (await acquire(connections, capabilities)).release();
    expect(starts.map(({ isClosed }) => isClosed)).toEqual([true, false, false, false, false]);
    for (const capabilities of shown.slice(1)) await acquire(connections, capabilities);
    await expect(acquire(connections, NONE)).rejects.toMatchObject({ code: 'ERR_SERVER_LIMIT' });
  });

  it('is forgotten with the session, all of it', async () => {
    const connections = pool();
    for (const capabilities of [NONE, ASKED]) await acquire(connections, capabilities);
    await connections.endSession(alice.sessionId);
    expect(starts.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });
});

describe('a connection for what a server offers', () => {
  it('shows everything even where sessions share connections, and is ended after', async () => {
    const connections = pool({ isolation: 'shared' });
    (await acquire(connections, ASKED, { isForOffer: true })).release();
    expect(starts).toMatchObject([{ capabilities: ASKED, isClosed: true }]);
  });

  it('has left before another to its server is started', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    left = promise;
    const connections = pool();
    (await acquire(connections, ASKED, { isForOffer: true })).release();
    const next = acquire(connections, NONE);
    await settled();
    expect(starts).toHaveLength(1);
    resolve();
    await next;
    expect(starts).toHaveLength(2);
  });

  it('stays when a call used it as well', async () => {
    const connections = pool();
    const first = await acquire(connections, ASKED, { isForOffer: true });
    const call = acquire(connections, ASKED);
    first.release();
    (await call).release();
    expect(starts).toMatchObject([{ isClosed: false }]);
  });

  it('stays in the 2026 era, where it shows nothing itself', async () => {
    era = '2026';
    const connections = pool();
    (await acquire(connections, ASKED, { isForOffer: true })).release();
    (await acquire(connections, NONE)).release();
    expect(starts).toMatchObject([{ isClosed: false }]);
  });
});

describe('a connection that may ask', () => {
  it('is lent to one caller after the other, in order', async () => {
    const connections = pool();
    const order: number[] = [];
    const first = await acquire(connections, ASKED);
    const others = [1, 2].map((n) =>
      acquire(connections, ASKED).then((lease) => {
        order.push(n);
        return lease;
      }),
    );
    await settled();
    expect(order).toEqual([]);
    first.release();
    first.release();
    (await others[0])?.release();
    (await others[1])?.release();
    expect(order).toEqual([1, 2]);
  });

  it('is lent to all at once when it may not ask', async () => {
    const connections = pool();
    const leases = await Promise.all([acquire(connections, NONE), acquire(connections, NONE)]);
    expect(leases[0]?.connection).toBe(leases[1]?.connection);
  });

  it('is given up by a caller that waits no longer, and not kept from the next', async () => {
    const connections = pool();
    const first = await acquire(connections, ASKED);
    const controller = new AbortController();
    const quitter = acquire(connections, ASKED, { signal: controller.signal });
    const next = acquire(connections, ASKED);
    await settled();
    controller.abort();
    await expect(quitter).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    first.release();
    expect((await next).connection).toBe(first.connection);
  });

  it('keeps nobody waiting for more than ten minutes', async () => {
    const connections = pool();
    await acquire(connections, ASKED);
    const late = acquire(connections, ASKED);
    await settled();
    timers.advance(10 * 60_000);
    await expect(late).rejects.toMatchObject({ code: 'ERR_SERVER_TIMEOUT' });
  });

  it('lets 64 callers wait and no more', async () => {
    const connections = pool();
    await acquire(connections, ASKED);
    const waiting = Array.from({ length: 64 }, () => acquire(connections, ASKED));
    await expect(acquire(connections, ASKED)).rejects.toMatchObject({ code: 'ERR_SERVER_LIMIT' });
    for (const wait of waiting) wait.catch(() => undefined);
  });

  it.each(['before', 'after'])('is not waited for while its call is held, %s', async (when) => {
    const connections = pool();
    const first = await acquire(connections, ASKED);
    if (when === 'before') first.hold();
    const next = acquire(connections, ASKED);
    await settled();
    if (when === 'after') first.hold();
    expect((await next).connection).not.toBe(first.connection);
    expect(starts.map(({ capabilities }) => capabilities)).toEqual([ASKED, ASKED]);
  });

  it('is waited for once its held call goes on', async () => {
    const connections = pool();
    const first = await acquire(connections, ASKED);
    first.hold()();
    const next = acquire(connections, ASKED);
    await settled();
    first.release();
    expect((await next).connection).toBe(first.connection);
  });

  it('is one of three at most, and then waited for: for whichever goes on first', async () => {
    const connections = pool();
    const leases = [];
    const goOn = [];
    for (let n = 0; n < 3; n += 1) {
      const lease = await acquire(connections, ASKED);
      leases.push(lease);
      goOn.push(lease.hold());
    }
    const late = [acquire(connections, ASKED), acquire(connections, ASKED)];
    await settled();
    expect(starts).toHaveLength(3);
    goOn[1]?.();
    leases[1]?.release();
    const lent = await late[0];
    expect(lent?.connection).toBe(leases[1]?.connection);
    lent?.release();
    expect((await late[1])?.connection).toBe(leases[1]?.connection);
  });

  it('is never waited for over HTTP while as many calls are held as may be', async () => {
    const connections = pool({ kind: 'http', url: 'http://in.memory.invalid/' } as object);
    for (let n = 0; n < 16; n += 1) (await acquire(connections, ASKED)).hold();
    const last = await acquire(connections, ASKED);
    last.hold();
    void acquire(connections, ASKED);
    await settled();
    expect(starts).toHaveLength(17);
  });

  it('leaves others of its session that are shown something else their connections', async () => {
    const connections = pool();
    const shown = [1, 2, 3].map((n) => ({ elicitation: { n } }));
    for (const capabilities of shown) await acquire(connections, capabilities);
    for (let n = 0; n < 3; n += 1) (await acquire(connections, ASKED)).hold();
    expect(starts.filter(({ isClosed }) => isClosed)).toEqual([]);
    await expect(acquire(connections, NONE)).rejects.toMatchObject({ code: 'ERR_SERVER_LIMIT' });
  });

  it('is waited for where no process may be added', async () => {
    const connections = pool({}, { maxProcesses: 1 });
    const first = await acquire(connections, ASKED);
    first.hold();
    const next = acquire(connections, ASKED);
    await settled();
    first.release();
    expect((await next).connection).toBe(first.connection);
  });

  it('is waited for where its server does not start beside itself', async () => {
    const connections = pool();
    const first = await acquire(connections, ASKED);
    first.hold();
    failing = true;
    const both = [acquire(connections, ASKED), acquire(connections, ASKED)];
    await settled();
    await settled();
    first.release();
    const next = await both[0];
    next?.release();
    expect([next?.connection, (await both[1])?.connection]).toEqual([
      first.connection,
      first.connection,
    ]);
  });

  it('is ended with the others of its session', async () => {
    const connections = pool();
    (await acquire(connections, ASKED)).hold();
    await acquire(connections, ASKED);
    await connections.endSession(alice.sessionId);
    expect(starts.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });

  it('is held back from those who waited for one that crashed', async () => {
    const connections = pool();
    const first = await acquire(connections, ASKED);
    const next = acquire(connections, ASKED);
    await settled();
    await starts[0]?.crash();
    first.release();
    await expect(next).rejects.toMatchObject({ code: 'ERR_SERVER_BACKOFF' });
  });

  it('gives nothing to those who waited for one whose session ended', async () => {
    const connections = pool();
    const first = await acquire(connections, ASKED);
    const next = acquire(connections, ASKED);
    await settled();
    const ending = connections.endSession(alice.sessionId);
    first.release();
    await ending;
    await expect(next).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });
});

describe('a kept connection', () => {
  it('is not ended as idle until it is let go', async () => {
    const connections = pool();
    const lease = await acquire(connections, NONE);
    const letGo = lease.keep();
    lease.release();
    timers.advance(60_000);
    expect(starts).toMatchObject([{ isClosed: false }]);
    letGo();
    letGo();
    timers.advance(60_000);
    expect(starts).toMatchObject([{ isClosed: true }]);
  });

  it('keeps nobody from calling', async () => {
    const connections = pool();
    const lease = await acquire(connections, ASKED);
    lease.keep();
    lease.release();
    expect((await acquire(connections, ASKED)).connection).toBe(lease.connection);
  });

  it('is ended with its session', async () => {
    const connections = pool();
    const lease = await acquire(connections, NONE);
    lease.keep();
    lease.release();
    await connections.endSession(alice.sessionId);
    expect(starts).toMatchObject([{ isClosed: true }]);
  });
});
