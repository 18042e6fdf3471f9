import { afterEach, describe, expect, it } from 'vitest';
import { type JsonObject, member } from '../../src/domain/json.ts';
import {
  ACCEPTED,
  acceptingClient,
  asker2025,
  asker2026,
  CAN_BE_ASKED,
  FORM,
} from '../support/whole/asking-servers.ts';
import { bringing, callAnswering, callRead, TEXT } from '../support/whole/asking-world.ts';
import { type WholeServer, wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

/** Alice may use what `s` has so many times an hour, and is asked whatever it asks. */
async function open(server: WholeServer, count: number, maxResultBytes?: number): Promise<void> {
  world = await WholeWorld.open({ s: server });
  const limited = {
    effect: 'permit',
    pattern: 's/*',
    rates: [{ count, windowMs: 3_600_000 }],
    ...(maxResultBytes === undefined ? {} : { maxResultBytes }),
  } as const;
  await world.grant('alice', [limited, 'permit: ask:s/*']);
  await world.ask('alice', 'tools/list');
  await world.requests();
  world.servers.reached.length = 0;
}

const firstResult = async (): Promise<JsonObject> => {
  const reply = await callRead(world, { era: '2026' });
  return reply.kind === 'result' ? reply.result : {};
};
const isRefused = (result: JsonObject): boolean => result.isError === true;

describe('a use of several rounds', () => {
  it('counts once, whoever asks in which era', async () => {
    await open(asker2026('s'), 1);
    expect(await callAnswering(world)).toMatchObject(TEXT);
    expect(isRefused(await firstResult())).toBe(true);
    expect(world.servers.reached).toHaveLength(2);
  });

  it('counts once where its tool server keeps no state', async () => {
    await open(asker2026('s', { name: FORM }, null), 1);
    expect(await callAnswering(world)).toMatchObject(TEXT);
    expect(world.servers.reached[1]?.params).not.toHaveProperty('requestState');
    expect(isRefused(await firstResult())).toBe(true);
  });

  it('counts once for a client of 2025, that is asked in between', async () => {
    await open(asker2026('s'), 1);
    const { ask } = acceptingClient();
    expect(await callRead(world, { ask })).toMatchObject({ kind: 'result', result: TEXT });
    expect(await callRead(world, { ask })).toMatchObject({ result: { isError: true } });
  });

  it('counts once while it is held for its client', async () => {
    await open(asker2025('s'), 1);
    expect(await callAnswering(world)).toMatchObject(TEXT);
    expect(isRefused(await firstResult())).toBe(true);
    expect(world.servers.reached).toHaveLength(1);
  });

  it('counts each time that a state is brought again', async () => {
    await open(asker2026('s'), 2);
    const asked = await firstResult();
    const again = async () =>
      isRefused(await callRead(world, { era: '2026' }, bringing(asked)).then(resultOf));
    expect([await again(), await again(), await again()]).toEqual([false, false, true]);
    expect(world.servers.reached).toHaveLength(3);
  });

  it('counts as a new one where an answer comes without a state', async () => {
    await open(asker2026('s'), 1);
    await firstResult();
    const reply = await callRead(world, { era: '2026' }, { inputResponses: { name: ACCEPTED } });
    expect(isRefused(resultOf(reply))).toBe(true);
  });
});

const TASK = { taskId: 'task-1', status: 'working', createdAt: 'x', lastUpdatedAt: 'x', ttl: 1000 };

/** A server of 2025 that makes a task of a call, whose result is of so many bytes. */
const tasking = (bytes: number): WholeServer =>
  wholeServer('s', {
    capabilities: { tools: {}, tasks: { requests: { tools: { call: {} } } } },
    answer(method) {
      if (method === 'tools/call') return { kind: 'result', result: { task: TASK } };
      if (method === 'tasks/get') return { kind: 'result', result: TASK };
      const content = [{ type: 'text', text: 'x'.repeat(bytes) }];
      return method === 'tasks/result' ? { kind: 'result', result: { content } } : undefined;
    },
  });
const make = () =>
  world.ask(
    'alice',
    'tools/call',
    { name: 's__read', task: { ttl: 1000 } },
    { capabilities: CAN_BE_ASKED },
  );

describe('a task', () => {
  it('counts as the call that made it, and looks at it count nothing', async () => {
    await open(tasking(10), 1);
    const taskId = String(member(member(resultOf(await make()), 'task'), 'taskId'));
    for (const method of ['tasks/get', 'tasks/get', 'tasks/result']) {
      expect(await world.ask('alice', method, { taskId })).toMatchObject({ kind: 'result' });
    }
    expect(isRefused(resultOf(await make()))).toBe(true);
  });

  it('has its result bounded as the call that made it was, and one id all the while', async () => {
    await open(tasking(300), 9, 300);
    const taskId = String(member(member(resultOf(await make()), 'task'), 'taskId'));
    expect(await world.ask('alice', 'tasks/get', { taskId })).toMatchObject({ result: { taskId } });
    const reply = await world.ask('alice', 'tasks/result', { taskId });
    expect(reply).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(JSON.stringify(reply)).not.toContain('xxx');
    expect((await world.requests()).at(-1)).toMatchObject({
      code: 'TG1002',
      outcome: 'withheld',
      reason: 'result_too_large',
    });
  });
});

function resultOf(reply: Awaited<ReturnType<WholeWorld['ask']>>): JsonObject {
  return reply.kind === 'result' ? reply.result : {};
}
