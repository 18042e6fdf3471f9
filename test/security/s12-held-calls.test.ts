import { afterEach, describe, expect, it } from 'vitest';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { ACCEPTED, asker2025, CAN_BE_ASKED } from '../support/whole/asking-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

const call = (more: JsonObject = {}) =>
  world.ask(
    'alice',
    'tools/call',
    { name: 's__read', ...more },
    { era: '2026', capabilities: CAN_BE_ASKED },
  );

/** A call that waits for its client, the tool under one grant and the question under another. */
async function hold() {
  const server = asker2025('s');
  world = await WholeWorld.open({ s: server });
  await world.grant('alice', ['permit: s/*'], { id: 'tool' });
  await world.grant('alice', ['permit: ask:s/elicitation'], { id: 'ask' });
  const reply = await call();
  const result = reply.kind === 'result' ? reply.result : {};
  const [key = ''] = Object.keys(member(result, 'inputRequests') ?? {});
  const brought = {
    inputResponses: { [key]: ACCEPTED },
    requestState: member(result, 'requestState') ?? '',
  };
  await world.requests();
  return { server, brought };
}

describe('S12 a call that is held', () => {
  it('is stopped by the revocation, before anybody brings its answer', async () => {
    const { server } = await hold();
    await world.revokeGrant('tool');
    const events = (await world.events()).map(({ code, outcome }) => [code, outcome]);
    expect(events).toEqual([
      ['TG3003', undefined],
      ['TG1002', 'withheld'],
    ]);
    expect(server.told.filter(({ kind }) => kind === 'result')).toEqual([]);
  });

  it('takes no answer after it', async () => {
    const { server, brought } = await hold();
    await world.revokeGrant('tool');
    expect(await call(brought)).toMatchObject({
      kind: 'error',
      error: { message: 'Unknown tool: s__read' },
    });
    expect(server.told.filter(({ kind }) => kind === 'result')).toEqual([]);
  });

  it('hands no answer on to a server that may not ask any more', async () => {
    const { server, brought } = await hold();
    await world.revokeGrant('ask');
    await call(brought);
    expect(server.told).toMatchObject([{ kind: 'error' }]);
    const events = await world.requests();
    expect(events.filter(({ code }) => code === 'TG1008')).toEqual([]);
    expect(events.find(({ code }) => code === 'TG1005')).toMatchObject({
      reason: 'ask_not_granted',
    });
  });

  it('can be begun anew under a right that came back, and its old answer is of no use', async () => {
    const { brought } = await hold();
    await world.revokeGrant('tool');
    await world.grant('alice', ['permit: s/*'], { id: 'again' });
    expect(await call(brought)).toEqual({
      kind: 'error',
      error: { code: -32602, message: 'Invalid params' },
    });
    expect(await call()).toMatchObject({ result: { resultType: 'input_required' } });
  });
});
