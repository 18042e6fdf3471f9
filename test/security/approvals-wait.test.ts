import { afterEach, describe, expect, it } from 'vitest';
import type { RpcNotification } from '../../src/domain/json-rpc.ts';
import {
  type ApprovalWorld,
  DONE,
  idIn,
  openApproving,
  textOf,
} from '../support/whole/approval-world.ts';

let world: ApprovalWorld;
afterEach(() => world.close());

const WAIT = { approval: 'admin', waitMs: 60_000 } as const;

/** Begins a call, and is told once it waits. */
async function begin(how: Parameters<ApprovalWorld['call']>[1] = {}) {
  const reply = world.call({ a: 1 }, how);
  return { id: await world.only(), reply };
}

describe.each(['2025', '2026'] as const)('a %s call that is held open for its approval', (era) => {
  it('goes on when it is approved', async () => {
    world = await openApproving(WAIT);
    const { id, reply } = await begin({ era });
    expect(world.reached).toBe(0);
    await world.settle(id);
    expect(await reply).toMatchObject({ kind: 'result', result: DONE });
    expect(await world.states()).toEqual(['used']);
  });

  it('ends when it is denied', async () => {
    world = await openApproving(WAIT);
    const { id, reply } = await begin({ era });
    await world.settle(id, 'denied');
    expect(textOf(await reply)).toContain('denied it');
    expect(world.reached).toBe(0);
  });

  it('ends when its time is over, and what waits goes on waiting', async () => {
    world = await openApproving(WAIT);
    const { id, reply } = await begin({ era });
    world.whole.timers.advance(WAIT.waitMs);
    expect(idIn(await reply)).toBe(id);
    await world.settle(id);
    expect(await world.call({ a: 1 }, { era })).toMatchObject({ kind: 'result', result: DONE });
  });

  it('tells a client that wants progress what it waits for, in numbers that rise and stay below zero', async () => {
    world = await openApproving(WAIT);
    const told: RpcNotification[] = [];
    const notify = (notification: RpcNotification) => void told.push(notification);
    const args = { name: 's__write', arguments: { a: 1 }, _meta: { progressToken: 7 } };
    const reply = world.whole.ask('alice', 'tools/call', args, { era, notify });
    const id = await world.only();
    for (let at = 0; at < 7; at += 1) world.whole.timers.advance(10_000);
    await reply;
    const params = told.map((one) => one.params);
    expect(params.map((one) => one?.progress)).toEqual([-60, -50, -40, -30, -20, -10]);
    expect(params[0]?.message).toBe(`waiting for approval ${id}`);
  });
});

describe('a call that waits', () => {
  it('tells a client nothing that wants no progress', async () => {
    world = await openApproving(WAIT);
    const told: RpcNotification[] = [];
    const { id, reply } = await begin({ notify: (one) => void told.push(one) });
    await world.settle(id);
    await reply;
    expect(told).toEqual([]);
  });

  it.each(['2025', '2026'] as const)(
    'of %s ends with its client, which is recorded; it is not made when it is approved afterwards',
    async (era) => {
      world = await openApproving(WAIT);
      const client = new AbortController();
      const { id, reply } = await begin({ era, signal: client.signal });
      client.abort();
      expect(await reply).toEqual({ kind: 'cancelled' });
      await world.settle(id);
      expect(world.reached).toBe(0);
      const events = await world.whole.requests();
      expect(events).toMatchObject([
        { code: 'TG1003', outcome: 'cancelled', reason: 'approval_needed', approval: id },
      ]);
    },
  );

  it.each([
    ['its session', 'session_ended', () => end()],
    ['its grant', 'error', () => world.whole.revokeGrant('alice')],
    ['everything', 'error', () => halt()],
  ])('ends when its right does, before anybody decides: %s', async (_, kind, revoke) => {
    world = await openApproving(WAIT);
    const { id, reply } = await begin();
    await revoke();
    await world.whole.drain();
    expect((await reply).kind).toBe(kind);
    expect(await world.settle(id)).toMatchObject(
      kind === 'error' && (await world.whole.stores.halts.current()) !== undefined
        ? { kind: 'settled' }
        : { kind: 'not_pending' },
    );
    expect(world.reached).toBe(0);
  });

  it('is one of two for one approval: the other waits for its own', async () => {
    world = await openApproving(WAIT);
    const { id, reply } = await begin();
    const other = world.call();
    await world.settle(id);
    const next = await world.only();
    expect(next).not.toBe(id);
    expect(world.reached).toBe(1);
    await world.settle(next, 'denied');
    const texts = (await Promise.all([reply, other])).map(textOf);
    expect(texts.filter((text) => text.includes('s answers'))).toHaveLength(1);
    expect(texts.filter((text) => text.includes('denied it'))).toHaveLength(1);
  });

  it('is not held open when as many of its session are as may be', async () => {
    world = await openApproving(WAIT);
    const { reply } = await begin();
    const more = Array.from({ length: 19 }, () => world.call());
    expect(textOf(await world.call())).toContain('needs an approval');
    world.whole.timers.advance(WAIT.waitMs);
    await Promise.all([reply, ...more]);
  });
});

async function end(): Promise<void> {
  const { id } = await world.whole.session('alice');
  const event = { code: 'TG2004' } as const;
  await world.whole.stores.sessions.end(id, 'revoked', world.whole.clock.now(), event);
}

async function halt(): Promise<void> {
  await world.whole.stores.halts.order({ at: 1 }, { code: 'TG7001' });
}
