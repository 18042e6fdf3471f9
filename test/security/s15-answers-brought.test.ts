import { afterEach, describe, expect, it } from 'vitest';
import type { Era } from '../../src/domain/era.ts';
import { type Json, type JsonObject, member } from '../../src/domain/json.ts';
import { ACCEPTED, acceptingClient, CAN_BE_ASKED, FORM } from '../support/whole/asking-servers.ts';
import { type WholeServer, wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

const READ = { uri: 'x://1' };
const ASKED = { resultType: 'input_required', inputRequests: { name: FORM } as unknown as Json };

let world: WholeWorld;
afterEach(() => world.close());

/** Two servers that both may have a URI; the first asks, without a state, and has it no more once answered. */
async function open(state: JsonObject = {}): Promise<void> {
  const asking = wholeServer('a', {
    era: '2026',
    answer(method, params): ReturnType<NonNullable<WholeServer['answer']>> {
      if (method !== 'resources/read' && method !== 'tools/call') return undefined;
      return Object.hasOwn(params, 'inputResponses')
        ? { kind: 'error', error: { code: -32602, message: 'Resource not found', data: READ } }
        : { kind: 'result', result: { ...ASKED, ...state } };
    },
  });
  const other = wholeServer('b', { era: '2026', resources: [{ ...READ, name: 'one' }] });
  world = await WholeWorld.open({ a: asking, b: other });
  await world.grant('alice', ['permit: */*', 'permit: resource:*/**', 'permit: ask:*/*']);
  await world.ask('alice', 'tools/list');
  await world.requests();
  world.servers.reached.length = 0;
}

const read = (era: Era, params: JsonObject = {}) =>
  world.ask(
    'alice',
    'resources/read',
    { ...READ, ...params },
    { era, capabilities: CAN_BE_ASKED, ...(era === '2025' ? acceptingClient() : {}) },
  );

/** The servers that got an answer of a person's. */
const told = () =>
  world.servers.reached
    .filter(({ params }) => JSON.stringify(params).includes('Ada'))
    .map(({ server }) => server);

describe('S15 what a person answered', () => {
  it.each([
    ['without a state', {}],
    ['with a state', { requestState: 'of a' }],
  ])('to one tool server %s reaches no other that has the URI', async (_how, state) => {
    await open(state);
    const asked = await read('2026');
    const requestState = asked.kind === 'result' ? member(asked.result, 'requestState') : undefined;
    const inputResponses = { name: ACCEPTED };
    await read('2026', { inputResponses, ...(requestState === undefined ? {} : { requestState }) });
    expect(told()).toEqual(['a']);
  });

  it('to one tool server reaches no other, asked by requests', async () => {
    await open();
    await read('2025');
    expect(told()).toEqual(['a']);
  });

  it('reaches nobody when nobody of several is known to have asked', async () => {
    await open();
    const reply = await read('2026', { inputResponses: { name: ACCEPTED } });
    expect(reply).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(told()).toEqual([]);
    expect(
      (await world.requests()).map(({ code, server, reason }) => [code, server, reason]),
    ).toEqual([
      ['TG1003', 'a', 'handle_invalid'],
      ['TG1003', 'b', 'handle_invalid'],
    ]);
  });

  it.each<[string, Json]>([
    ['a list', [ACCEPTED]],
    ['a text', 'Ada'],
    ['nothing', null],
  ])('and comes as %s is not sent past the record', async (_how, inputResponses) => {
    await open();
    const call = { name: 'b__read', inputResponses };
    const reply = await world.ask('alice', 'tools/call', call, { era: '2026' });
    expect(reply).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(world.servers.reached).toEqual([]);
    expect((await world.requests()).map(({ code, reason }) => [code, reason])).toEqual([
      ['TG1003', 'handle_invalid'],
    ]);
  });
});
