import { describe, expect, it } from 'vitest';
import { httpSpec, stdioSpec } from '../support/tool-servers/harness.ts';
import {
  alice,
  aliceAgain,
  bob,
  capabilities,
  events,
  ownerIn,
  pool,
  settled,
  signal,
  starts,
} from './manual-pool.ts';

describe('whose connection it is', () => {
  it.each([
    ['session', 3],
    ['subject', 2],
    ['shared', 1],
  ] as const)('is told apart by %s', async (isolation, count) => {
    for (const spec of [stdioSpec('x', [], { isolation }), httpSpec('http://x', { isolation })]) {
      starts.length = 0;
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
    const connections = pool();
    const ask = () =>
      connections.acquire('s', alice, { signal: AbortSignal.abort(), capabilities });
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    expect(starts).toHaveLength(0);
    await connections.acquire('s', alice, { signal, capabilities });
    await expect(ask()).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });
});

describe('a live connection', () => {
  it('is lent at once, and no more once it has ended', async () => {
    const connections = pool();
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    expect(connections.acquire('s', alice, { signal, capabilities })).toMatchObject({
      connection: lease.connection,
    });
    await starts[0]?.crash();
    const refusal = connections.acquire('s', alice, { signal, capabilities });
    await expect(refusal).rejects.toMatchObject({ code: 'ERR_SERVER_BACKOFF' });
  });
});
