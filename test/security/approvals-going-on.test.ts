import { afterEach, describe, expect, it } from 'vitest';
import {
  type ApprovalWorld,
  DONE,
  openApproving,
  textOf,
} from '../support/whole/approval-world.ts';
import { ACCEPTED, asker2026, CAN_BE_ASKED, FORM } from '../support/whole/asking-servers.ts';
import { bringing } from '../support/whole/asking-world.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';

let world: ApprovalWorld;
afterEach(() => world.close());

const ANSWERING = { era: '2026', capabilities: CAN_BE_ASKED } as const;
const write = (more: object = {}) =>
  world.whole.ask(
    'alice',
    'tools/call',
    { name: 's__write', arguments: { a: 1 }, ...more },
    ANSWERING,
  );

describe('an approved call whose tool server asks for input', () => {
  /** Approved and asked; what the call is made again with. */
  async function asked(server = asker2026('s')) {
    world = await openApproving({ approval: 'admin' }, server);
    await world.whole.grant('alice', ['permit: ask:s/*'], { id: 'asks' });
    await world.settle(await world.waiting({ a: 1 }, ANSWERING));
    const reply = await write();
    return bringing(reply.kind === 'result' ? reply.result : {});
  }

  it('goes on under its approval, once', async () => {
    const answers = await asked();
    expect(await write(answers)).toMatchObject({ kind: 'result', result: DONE });
    expect(await world.states()).toEqual(['used']);
    expect(textOf(await write(answers))).toContain('approvals show');
    expect(world.reached).toBe(2);
    expect(await world.states()).toEqual(['used', 'pending']);
  });

  it('goes on under it where the tool server keeps no state', async () => {
    const answers = await asked(asker2026('s', { name: FORM }, null));
    expect(await write(answers)).toMatchObject({ kind: 'result', result: DONE });
  });

  it('waits for another approval when an answer comes without the state', async () => {
    await asked();
    expect(textOf(await write({ inputResponses: { name: ACCEPTED } }))).toContain('approvals show');
    expect(world.reached).toBe(1);
  });

  it('waits for another once its grant was changed', async () => {
    const answers = await asked();
    await world.whole.grant('alice', ['permit: s/*'], { terms: { approval: 'admin' } });
    expect(textOf(await write(answers))).toContain('approvals show');
    expect(world.reached).toBe(1);
  });
});

describe('a limit beside an approval', () => {
  const rates = [{ count: 1, windowMs: 3_600_000 }];

  it('is not used up by what waits or was denied, and once it is, nobody is asked', async () => {
    world = await openApproving({ approval: 'admin', rates });
    await world.settle(await world.waiting({ a: 0 }), 'denied');
    const id = await world.waiting({ a: 1 });
    await world.settle(id);
    expect(await world.call({ a: 1 })).toMatchObject({ kind: 'result', result: DONE });
    expect(textOf(await world.call({ a: 2 }))).toContain('Try again from');
    expect(await world.states()).toEqual(['denied', 'used']);
  });

  it('that frees its place leaves an approval good that came meanwhile', async () => {
    world = await openApproving({ approval: 'admin', rates: [{ count: 1, windowMs: 60_000 }] });
    const [one, two] = [await world.waiting({ a: 1 }), await world.waiting({ a: 2 })];
    for (const id of [one, two]) await world.settle(id);
    await world.call({ a: 1 });
    expect(textOf(await world.call({ a: 2 }))).toContain('Try again from');
    world.whole.clock.advance(60_000);
    expect(await world.call({ a: 2 })).toMatchObject({ kind: 'result', result: DONE });
  });
});

describe('a call that runs', () => {
  it('is not kept going by a rule whose approval nobody gave', async () => {
    const server = wholeServer('s', { onCall: () => void world.whole.revokeGrant('plain') });
    world = await openApproving({ approval: 'admin' }, server);
    await world.whole.grant('alice', ['permit: s/*'], { id: 'plain' });
    expect(await world.call()).toMatchObject({ kind: 'error', error: { code: -32603 } });
    expect((await world.whole.requests()).at(-1)).toMatchObject({
      code: 'TG1002',
      outcome: 'withheld',
      reason: 'state_changing',
    });
    expect(textOf(await world.call())).toContain('approvals show');
  });
});
