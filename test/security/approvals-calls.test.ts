import { afterEach, describe, expect, it } from 'vitest';
import { PENDING_LIFE_MS, SETTLED_LIFE_MS } from '../../src/approve/approval.ts';
import type { Era } from '../../src/domain/era.ts';
import {
  type ApprovalWorld,
  DONE,
  idIn,
  openApproving,
  textOf,
} from '../support/whole/approval-world.ts';

let world: ApprovalWorld;
afterEach(() => world.close());

const ERAS: readonly Era[] = ['2025', '2026'];

describe.each(ERAS)('a call of a %s client that needs an admin to approve it', (era) => {
  it('reaches nothing, and says what waits, who decides and what to do then', async () => {
    world = await openApproving();
    const reply = await world.call({ a: 1 }, { era });
    expect(reply).toMatchObject({ kind: 'result', result: { isError: true } });
    const id = idIn(reply);
    expect(textOf(reply)).toContain(`\`toolgrant approvals show ${id}\``);
    expect(textOf(reply)).toContain('call again, unchanged');
    expect(world.reached).toBe(0);
    expect(await world.whole.events()).toMatchObject([
      { code: 'TG8001', approval: id, subject: 'alice', server: 's', tool: 'write' },
      { code: 'TG1003', reason: 'approval_needed', approval: id },
    ]);
  });

  it('is let through once when it is approved, and its intent names the approval', async () => {
    world = await openApproving();
    const id = await world.waiting({ a: 1 }, { era });
    await world.settle(id);
    await world.whole.events();
    expect(await world.call({ a: 1 }, { era })).toMatchObject({ kind: 'result', result: DONE });
    const [intent] = await world.whole.events();
    expect(intent).toMatchObject({ code: 'TG1001', approval: id });
    expect(await world.states()).toEqual(['used']);

    const replayed = await world.waiting({ a: 1 }, { era });
    expect(replayed).not.toBe(id);
    expect(world.reached).toBe(1);
  });
});

describe('what an approval is good for', () => {
  it('is nothing else: other arguments, another session, another method wait for their own', async () => {
    world = await openApproving();
    const id = await world.waiting({ a: 1, b: [] });
    await world.settle(id);
    const others = [
      await world.waiting({ a: 2, b: [] }),
      await world.waiting({ a: 1, b: [], c: null }),
      await world.waiting({ a: 1, b: [] }, { as: 'alice/2' }),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
    expect(world.reached).toBe(0);
    expect(await world.call({ b: [], a: 1 })).toMatchObject({ kind: 'result', result: DONE });
  });

  it.each(['prompts/get', 'resources/read'])('covers %s too', async (method) => {
    world = await openApproving();
    const params =
      method === 'prompts/get'
        ? { name: 's__triage', arguments: { topic: 'x' } }
        : { uri: 's://item/1' };
    const ask = () => world.whole.ask('alice', method, params);
    const refused = await ask();
    expect(refused).toMatchObject({ kind: 'error', error: { code: -32602 } });
    await world.settle(idIn(refused));
    expect(await ask()).toMatchObject({ kind: 'result' });
    expect(world.reached).toBe(1);
  });

  it('is over after an hour, waiting or approved', async () => {
    world = await openApproving();
    const id = await world.waiting();
    world.whole.clock.advance(PENDING_LIFE_MS);
    expect(await world.settle(id)).toMatchObject({ kind: 'not_pending' });
    const next = await world.waiting();
    await world.settle(next);
    world.whole.clock.advance(SETTLED_LIFE_MS);
    expect(await world.waiting()).not.toBe(next);
    expect(world.reached).toBe(0);
  });

  it('is nothing when it was denied: the same call stays refused, and says so', async () => {
    world = await openApproving();
    await world.settle(await world.waiting(), 'denied');
    const reply = await world.call();
    expect(textOf(reply)).toMatch(/denied it\. Until 2026-01-01T01:00:00Z it stays refused/);
    expect(reply).toMatchObject({ kind: 'result', result: { isError: true } });
    expect(await world.states()).toEqual(['denied']);
    const [, refusal] = (await world.whole.events()).slice(-2);
    expect(refusal).toMatchObject({ code: 'TG1003', reason: 'approval_denied' });
    expect(world.reached).toBe(0);
  });

  it('ends where the definition that was approved does', async () => {
    world = await openApproving();
    await world.settle(await world.waiting());
    const event = { code: 'TG4003' } as const;
    await world.whole.stores.catalog.change('s', (pinned) => {
      if (pinned === undefined) return undefined;
      const tools = pinned.tools.map((tool) => ({ ...tool, hash: 'f'.repeat(64) }));
      return { next: { ...pinned, tools }, event };
    });
    expect(textOf(await world.call())).toContain('needs an approval');
    expect(await world.states()).toEqual(['void', 'pending']);
    expect(world.reached).toBe(0);
  });

  it('ends with the revision of its grant, also when the new one says the same', async () => {
    world = await openApproving();
    await world.settle(await world.waiting());
    await world.whole.grant('alice', ['permit: s/*'], { terms: { approval: 'admin' } });
    expect(textOf(await world.call())).toContain('needs an approval');
    expect(await world.states()).toEqual(['void', 'pending']);
    expect(world.reached).toBe(0);
  });

  it('outlives the broker: asked through one that was killed, used through the next', async () => {
    world = await openApproving();
    const id = await world.waiting();
    await world.whole.restart();
    expect(await world.waiting()).toBe(id);
    await world.settle(id);
    await world.whole.restart();
    expect(await world.call()).toMatchObject({ kind: 'result', result: DONE });
  });

  it('is one call, however many race for it over two processes', async () => {
    world = await openApproving();
    await world.settle(await world.waiting());
    const through = await world.whole.another();
    const replies = await Promise.all(
      [{}, { through }, {}, { through }, {}, { through }].map((how) => world.call({ a: 1 }, how)),
    );
    const done = replies.filter((reply) => textOf(reply).includes('s answers'));
    expect([done.length, world.reached]).toEqual([1, 1]);
    expect(await world.states()).toEqual(['used', 'pending']);
  });
});

describe('an approved call whose right goes before it is made', () => {
  it.each([
    ['its session', async () => end()],
    ['its grant', async () => world.whole.revokeGrant('alice')],
    [
      'every session of its subject',
      async () =>
        world.whole.stores.sessions.revokeAll(
          { subject: 'alice' },
          world.whole.clock.now(),
          () => ({
            code: 'TG2004',
          }),
        ),
    ],
    ['everything', async () => world.whole.stores.halts.order({ at: 1 }, { code: 'TG7001' })],
  ])('is refused: %s', async (_, revoke) => {
    world = await openApproving();
    await world.settle(await world.waiting());
    await revoke();
    await world.call();
    expect(world.reached).toBe(0);
    expect((await world.whole.events()).map(({ code }) => code)).not.toContain('TG1001');
  });
});

async function end(): Promise<void> {
  const { id } = await world.whole.session('alice');
  const event = { code: 'TG2004' } as const;
  await world.whole.stores.sessions.end(id, 'revoked', world.whole.clock.now(), event);
}
