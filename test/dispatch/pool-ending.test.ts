import { describe, expect, it } from 'vitest';
import { httpSpec, stdioSpec } from '../support/tool-servers/harness.ts';
import {
  alice,
  aliceAgain,
  bob,
  capabilities,
  EIGHT_HOURS,
  events,
  moveClock,
  ownerIn,
  pass,
  pool,
  settled,
  signal,
  starts,
  timers,
} from './manual-pool.ts';

describe('ending', () => {
  it('closes a process nobody used for as long as its entry says', async () => {
    const connections = pool();
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    pass(60_000);
    expect(starts[0]?.closes).toBe(0);
    lease.release();
    lease.release();
    pass(59_999);
    expect(starts[0]?.closes).toBe(0);
    pass(1);
    expect(starts[0]?.closes).toBe(1);
    await settled();
    expect(events).toHaveLength(1);
  });

  it('does not close a process that is used again', async () => {
    const connections = pool();
    (await connections.acquire('s', alice, { signal, capabilities })).release();
    pass(59_999);
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    pass(60_000);
    expect([starts.length, starts[0]?.closes]).toEqual([1, 0]);
    lease.release();
  });

  it('counts from the last of many calls', async () => {
    const connections = pool();
    for (let calls = 0; calls < 3; calls += 1) {
      (await connections.acquire('s', alice, { signal, capabilities })).release();
      pass(40_000);
    }
    expect([starts.length, starts[0]?.closes]).toEqual([1, 0]);
    pass(19_999);
    expect(starts[0]?.closes).toBe(0);
    pass(1);
    expect(starts[0]?.closes).toBe(1);
  });

  it('starts anew after a crash, and closes the old one when its calls are settled', async () => {
    const connections = pool();
    const lease = await connections.acquire('s', alice, { signal, capabilities });
    moveClock(30_000);
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
    moveClock(EIGHT_HOURS);
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
    moveClock(1);
    (await connections.acquire('s', aliceAgain, { signal, capabilities })).release();
    moveClock(1);
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
