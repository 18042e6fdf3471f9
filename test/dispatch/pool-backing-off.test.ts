import { describe, expect, it } from 'vitest';
import type { Pool } from '../../src/dispatch/pool.ts';
import {
  alice,
  bob,
  capabilities,
  events,
  moveClock,
  pool,
  settled,
  signal,
  starts,
} from './manual-pool.ts';

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
      moveClock(expected * 1_000 - 1);
      expect(await isHeldBack(connections)).toBe(true);
      moveClock(1);
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
    moveClock(29_999);
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
    moveClock(1_000);
    const start = connections.acquire('s', alice, { signal, capabilities });
    await settled();
    starts[1]?.succeed();
    (await start).release();
    moveClock(30_000);
    await starts[1]?.crash();
    expect(await isHeldBack(connections)).toBe(false);
  });
});
