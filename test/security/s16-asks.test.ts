import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { acceptingClient, asker2025, asker2026, FORM } from '../support/whole/asking-servers.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

const CLAIMS: readonly JsonObject[] = [
  { elicitation: { form: {}, url: {} }, sampling: { tools: {}, context: {} }, roots: {} },
  { elicitation: true, everything: {}, extensions: { 'ask:s/elicitation': {} } },
  { tasks: { requests: { elicitation: { create: {} } } }, experimental: { ask: {} } },
];

describe('S16 what a client says it can be asked', () => {
  it.each(CLAIMS)('lets no tool server ask it without a rule (%j)', async (capabilities) => {
    const server = asker2025('s');
    const shown: (JsonObject | undefined)[] = [];
    const { onCall } = server;
    world = await WholeWorld.open({
      s: {
        ...server,
        onCall(method, hooks) {
          shown.push(hooks.capabilities);
          return onCall?.(method, hooks);
        },
      },
    });
    await world.grant('alice', ['permit: s/*']);
    const { asked, ask } = acceptingClient();
    await world.ask('alice', 'tools/call', { name: 's__read' }, { capabilities, ask });
    expect([asked, shown]).toEqual([[], [{}]]);
    expect(server.told).toMatchObject([{ kind: 'error' }]);
  });

  it('starts no connection of its own for each thing it makes up', async () => {
    const shown = new Set<string>();
    const s = wholeServer('s', {
      onCall: (_, { capabilities }) => void shown.add(JSON.stringify(capabilities)),
    });
    world = await WholeWorld.open({ s });
    await world.grant('alice', ['permit: s/*', 'permit: ask:s/*']);
    for (let made = 0; made < 20; made += 1) {
      const capabilities = { elicitation: { form: {}, [`x${made}`]: {} }, [`y${made}`]: {} };
      await world.ask('alice', 'tools/call', { name: 's__read' }, { capabilities, era: '2026' });
    }
    expect([...shown]).toEqual(['{"elicitation":{"form":{}}}']);
  });
});

describe('S16 answers that nobody asked for', () => {
  const inputResponses = { 'question-1': { action: 'accept' }, name: { action: 'accept' } };

  it('permit nothing', async () => {
    world = await WholeWorld.open({ s: asker2026('s') });
    const params = { name: 's__read', inputResponses, requestState: 'x' };
    const plain = await world.ask('alice', 'tools/call', { name: 's__read' }, { era: '2026' });
    expect(await world.ask('alice', 'tools/call', params, { era: '2026' })).toEqual(plain);
    expect(world.servers.reached).toEqual([]);
  });

  it('let no tool server ask', async () => {
    const result = { resultType: 'input_required', inputRequests: { q: FORM as never } };
    const s = wholeServer('s', { era: '2026', answer: () => ({ kind: 'result', result }) });
    world = await WholeWorld.open({ s });
    await world.grant('alice', ['permit: s/*']);
    const params = { name: 's__read', inputResponses };
    const reply = await world.ask('alice', 'tools/call', params, {
      era: '2026',
      capabilities: { elicitation: {} },
    });
    expect(reply).toMatchObject({ kind: 'result', result: { isError: true } });
  });
});
