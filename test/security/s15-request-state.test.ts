import { afterEach, describe, expect, it } from 'vitest';
import { HANDLE_LIFE_MS } from '../../src/ask/handles.ts';
import type { BrokerReply } from '../../src/domain/broker.ts';
import type { Era } from '../../src/domain/era.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { ACCEPTED, asker2025, asker2026, CAN_BE_ASKED } from '../support/whole/asking-servers.ts';
import type { WholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

const CALL = { name: 's__read', arguments: { a: 1 } };
const REFUSED = { kind: 'error', error: { code: -32602, message: 'Invalid params' } };

let world: WholeWorld;
afterEach(() => world.close());

/** Alice's call, up to what it is asked; nothing recorded or sent counts from here on. */
async function asked(server: WholeServer): Promise<JsonObject> {
  world = await WholeWorld.open({ s: server, t: { ...server } });
  for (const subject of ['alice', 'bob']) {
    await world.grant(subject, ['permit: */*', 'permit: ask:*/*']);
    await world.ask(subject, 'tools/list');
  }
  const reply = await call('alice');
  await world.requests();
  world.servers.reached.length = 0;
  return reply.kind === 'result' ? reply.result : {};
}

const call = (who: string, more: JsonObject = {}, era: Era = '2026'): Promise<BrokerReply> =>
  world.ask(who, 'tools/call', { ...CALL, ...more }, { era, capabilities: CAN_BE_ASKED });

const bringing = (result: JsonObject): JsonObject => ({
  inputResponses: Object.fromEntries(
    Object.keys(member(result, 'inputRequests') ?? {}).map((key) => [key, ACCEPTED]),
  ),
  requestState: member(result, 'requestState') ?? '',
});

async function expectRefused(reply: BrokerReply): Promise<void> {
  expect(reply).toEqual(REFUSED);
  expect(world.servers.reached).toEqual([]);
  expect((await world.requests()).map(({ code, reason }) => [code, reason])).toEqual([
    ['TG1003', 'handle_invalid'],
  ]);
}

describe.each([
  ['of a call that is held', () => asker2025('s')],
  ['of a tool server', () => asker2026('s')],
])('S15 a request state %s', (_, server) => {
  it('with any character changed is refused', async () => {
    const brought = bringing(await asked(server()));
    const state = String(brought.requestState);
    for (let at = 0; at < state.length; at += 11) {
      const other = state[at] === 'A' ? 'B' : 'A';
      const requestState = state.slice(0, at) + other + state.slice(at + 1);
      await expectRefused(await call('alice', { ...brought, requestState }));
    }
  });

  it.each([
    ['made up', 'state'],
    ['empty', ''],
    ['a number', 1],
    ['nothing', null],
    ['an object', {}],
  ])('that is %s is refused', async (_how, requestState) => {
    const brought = bringing(await asked(server()));
    await expectRefused(await call('alice', { ...brought, requestState }));
  });

  it.each<[string, string, JsonObject]>([
    ['another session of the same subject', 'alice/2', {}],
    ['another subject', 'bob', {}],
    ['another tool', 'alice', { name: 's__write' }],
    ['the same tool of another server', 'alice', { name: 't__read' }],
    ['other arguments', 'alice', { arguments: { a: 2 } }],
    ['no arguments', 'alice', { arguments: {} }],
  ])('is refused from %s', async (_how, who, other) => {
    const brought = bringing(await asked(server()));
    await expectRefused(await call(who, { ...brought, ...other }));
  });

  it('is refused once it is too old', async () => {
    const brought = bringing(await asked(server()));
    world.clock.advance(HANDLE_LIFE_MS.state);
    await expectRefused(await call('alice', brought));
  });

  it('tells nobody that it is wrong who may not call at all', async () => {
    const brought = bringing(await asked(server()));
    const params = { ...CALL, ...brought, name: 's__secret' };
    const reply = await world.ask('bob', 'tools/call', params, { era: '2026' });
    const without = await world.ask('bob', 'tools/call', { name: 's__secret' }, { era: '2026' });
    expect(reply).toEqual(without);
  });

  it('is decided anew when it is brought back', async () => {
    const brought = bringing(await asked(server()));
    await world.revokeGrant('alice');
    const reply = await call('alice', brought);
    expect(reply).toMatchObject({ kind: 'error', error: { message: 'Unknown tool: s__read' } });
    expect(world.servers.reached).toEqual([]);
  });
});

describe('S15 a held call', () => {
  it('takes its answer once', async () => {
    const server = asker2025('s');
    const brought = bringing(await asked(server));
    expect(await call('alice', brought)).toMatchObject({ kind: 'result' });
    await world.requests();
    await expectRefused(await call('alice', brought));
    expect(server.told).toHaveLength(1);
  });

  it('takes no answer from a client that speaks the other era', async () => {
    const server = asker2025('s');
    await expectRefused(await call('alice', bringing(await asked(server)), '2025'));
    expect(server.told).toEqual([]);
  });

  it('takes no answer that comes without its state', async () => {
    const server = asker2025('s');
    const { inputResponses } = bringing(await asked(server));
    const reply = await call('alice', { inputResponses: inputResponses ?? {} });
    expect(reply).toMatchObject({ kind: 'result', result: { resultType: 'input_required' } });
    expect(server.told).toEqual([]);
  });
});

describe('S15 a tool server’s own state', () => {
  it('is of no use where a call is held, nor the reverse', async () => {
    const held = String(bringing(await asked(asker2025('s'))).requestState);
    await world.close();
    const brought = bringing(await asked(asker2026('s')));
    await expectRefused(await call('alice', { ...brought, requestState: held }));
  });

  it('is decided and recorded at each use', async () => {
    const brought = bringing(await asked(asker2026('s')));
    for (const _ of [1, 2]) await call('alice', brought);
    const events = await world.requests();
    expect(events.map(({ code }) => code)).toEqual([
      ...['TG1001', 'TG1008', 'TG1002'],
      ...['TG1001', 'TG1008', 'TG1002'],
    ]);
  });

  it('reaches it from a client of 2025 only sealed', async () => {
    await asked(asker2026('s'));
    await expectRefused(await call('alice', { requestState: 'state of the server' }, '2025'));
  });
});
