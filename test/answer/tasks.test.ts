import { afterEach, describe, expect, it } from 'vitest';
import type { Era } from '../../src/domain/era.ts';
import { type Json, type JsonObject, member } from '../../src/domain/json.ts';
import { CAN_BE_ASKED, FORM } from '../support/whole/asking-servers.ts';
import { type WholeServer, wholeServer } from '../support/whole/whole-servers.ts';
import { type Asking, WholeWorld } from '../support/whole/whole-world.ts';

const EXTENSION = { 'io.modelcontextprotocol/tasks': {} };
const KNOWS: JsonObject = { ...CAN_BE_ASKED, extensions: EXTENSION };
const INNER = 'task-1-of-the-server';
const CAPABILITIES: Readonly<Record<Era, JsonObject>> = {
  '2025': { tools: {}, tasks: { cancel: {}, list: {}, requests: { tools: { call: {} } } } },
  '2026': { tools: {}, extensions: EXTENSION },
};

let world: WholeWorld;
afterEach(() => world.close());

/** A server that makes a task of every call where its era has it so. */
function tasking(era: Era, more: Partial<WholeServer> = {}): WholeServer {
  const state = { taskId: INNER, status: 'working', createdAt: 'x', lastUpdatedAt: 'x' };
  return wholeServer('s', {
    era,
    capabilities: CAPABILITIES[era],
    answer(method, params) {
      if (method === 'tools/call' && era === '2026') {
        return { kind: 'result', result: { resultType: 'task', ...state, ttlMs: 1000 } };
      }
      if (method === 'tools/call' && Object.hasOwn(params, 'task')) {
        return { kind: 'result', result: { task: { ...state, ttl: 1000 } } };
      }
      if (method === 'tasks/get') return { kind: 'result', result: { ...state, kept: 1 } };
      if (method === 'tasks/result') {
        const related = { 'io.modelcontextprotocol/related-task': { taskId: INNER } };
        return { kind: 'result', result: { content: [], _meta: related } };
      }
      return undefined;
    },
    ...more,
  });
}

async function open(server: WholeServer): Promise<void> {
  world = await WholeWorld.open({ s: server });
  await world.grant('alice', ['permit: s/*', 'permit: ask:s/*']);
  await world.ask('alice', 'tools/list');
  await world.requests();
  world.servers.reached.length = 0;
}

const how = (era: Era): Asking => ({ era, capabilities: era === '2026' ? KNOWS : CAN_BE_ASKED });

const call = (era: Era, more: Asking = {}) =>
  world.ask(
    'alice',
    'tools/call',
    { name: 's__read', ...(era === '2025' ? { task: { ttl: 1000 } } : {}) },
    { ...how(era), ...more },
  );

/** The id of a task that alice's call was made into. */
async function made(era: Era): Promise<string> {
  const reply = await call(era);
  const result = reply.kind === 'result' ? reply.result : {};
  return String(member(era === '2025' ? member(result, 'task') : result, 'taskId'));
}

const about = (era: Era, method: string, params: JsonObject, who = 'alice') =>
  world.ask(who, method, params, how(era));

const NO_TASK = { kind: 'error', error: { code: -32602, message: 'Invalid params' } };

describe.each<Era>(['2025', '2026'])('a task of %s', (era) => {
  it('has an id that says nothing, and the tool server its own', async () => {
    await open(tasking(era));
    const taskId = await made(era);
    expect(taskId).toMatch(/^[A-Za-z0-9_-]{40,}$/);
    const reply = await about(era, 'tasks/get', { taskId });
    expect(reply).toMatchObject({ kind: 'result', result: { taskId, status: 'working', kept: 1 } });
    expect(JSON.stringify(reply)).not.toContain(INNER);
    expect(world.servers.reached.at(-1)).toMatchObject({
      method: 'tasks/get',
      params: { taskId: INNER },
    });
  });

  it('is a use of its tool at each look at it', async () => {
    await open(tasking(era));
    const taskId = await made(era);
    await world.requests();
    await about(era, 'tasks/get', { taskId });
    expect(await world.requests()).toMatchObject([
      { code: 'TG1001', server: 's', tool: 'read', rule: { pattern: 's/*' } },
      { code: 'TG1002', outcome: 'ok' },
    ]);
  });

  it.each(['tasks/get', 'tasks/cancel'])(
    'is no task (%s) once its call is not permitted',
    async (method) => {
      await open(tasking(era));
      const taskId = await made(era);
      await world.grant('alice', ['permit: s/write'], { id: 'other' });
      await world.revokeGrant('alice');
      world.servers.reached.length = 0;
      expect(await about(era, method, { taskId })).toEqual(NO_TASK);
      expect(world.servers.reached).toEqual([]);
    },
  );

  it.each<[string, (id: string) => [JsonObject, string?]]>([
    ['of another session', (taskId) => [{ taskId }, 'alice/2']],
    ['of another subject', (taskId) => [{ taskId }, 'bob']],
    ['of the tool server’s own', () => [{ taskId: INNER }]],
    [
      'with a character changed',
      (id) => [{ taskId: `${id[0] === 'A' ? 'B' : 'A'}${id.slice(1)}` }],
    ],
    ['that is no text', () => [{ taskId: 1 }]],
    ['that is missing', () => [{}]],
  ])('is not found by an id %s', async (_, borrow) => {
    await open(tasking(era));
    await world.grant('bob', ['permit: s/*']);
    const [params, who] = borrow(await made(era));
    await world.requests();
    world.servers.reached.length = 0;
    const reply = await about(era, 'tasks/get', params, who);
    expect(reply).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(world.servers.reached).toEqual([]);
    expect(await world.requests()).toMatchObject([{ code: 'TG1004' }]);
  });

  it('is cancelled at its tool server once its call is not permitted, on the record', async () => {
    await open(tasking(era));
    await made(era);
    const [intent] = await world.requests();
    await world.grant('alice', ['permit: s/write'], { id: 'other' });
    await world.revokeGrant('alice');
    expect(world.servers.cancelled).toEqual([INNER]);
    expect(await world.requests()).toMatchObject([
      { code: 'TG1009', server: 's', tool: 'read', intent: intent?.seq, reason: 'no_rule' },
    ]);
  });

  it('is cancelled once, and not while its call is permitted', async () => {
    await open(tasking(era));
    await made(era);
    await world.grant('alice', ['permit: s/read'], { id: 'other' });
    await world.revokeGrant('alice');
    expect(world.servers.cancelled).toEqual([]);
    for (const id of ['other', 'alice']) await world.revokeGrant(id);
    expect(world.servers.cancelled).toEqual([INNER]);
  });

  it('is not cancelled once it is known to be over', async () => {
    const base = tasking(era);
    const over = { taskId: INNER, status: 'completed' };
    await open({
      ...base,
      answer: (method, params) =>
        method === 'tasks/get' ? { kind: 'result', result: over } : base.answer?.(method, params),
    });
    await about(era, 'tasks/get', { taskId: await made(era) });
    await world.revokeGrant('alice');
    expect(world.servers.cancelled).toEqual([]);
  });

  it('that is made as its right runs out is cancelled, since nobody gets it', async () => {
    const server = tasking(era, { onCall: () => world.clock.advance(60_000) });
    await open(server);
    await world.grant('alice', ['permit: s/*'], { lifeMs: 60_000 });
    expect(await call(era)).toMatchObject({ kind: 'error' });
    await expect.poll(() => world.servers.cancelled).toEqual([INNER]);
  });

  it('is offered in its own era alone', async () => {
    await open(tasking(era));
    const seen = async (client: Era) => {
      const method = client === '2025' ? 'initialize' : 'server/discover';
      return member(await world.result('alice', method, {}, how(client)), 'capabilities');
    };
    const other = era === '2025' ? '2026' : '2025';
    const offered =
      era === '2025'
        ? { tasks: { cancel: {}, requests: { tools: { call: {} } } } }
        : { extensions: EXTENSION };
    expect(await seen(era)).toMatchObject(offered);
    expect(JSON.stringify(await seen(other))).not.toMatch(/tasks/);
  });

  it('is none that can be listed', async () => {
    await open(tasking(era));
    expect(await about(era, 'tasks/list', {})).toMatchObject({ error: { code: -32601 } });
  });
});

describe('a task of 2025', () => {
  it('ends in a result that names it by the id its client knows', async () => {
    await open(tasking('2025'));
    const taskId = await made('2025');
    expect(await about('2025', 'tasks/result', { taskId })).toMatchObject({
      result: { _meta: { 'io.modelcontextprotocol/related-task': { taskId } } },
    });
  });

  it('is not asked for where no task can be made', async () => {
    await open(tasking('2025', { capabilities: { tools: {} } }));
    await call('2025');
    expect(world.servers.reached.at(-1)?.params).not.toHaveProperty('task');
  });

  it('is not made for a client of 2026', async () => {
    await open(tasking('2025'));
    const params = { name: 's__read', task: { ttl: 1 } };
    await world.ask('alice', 'tools/call', params, how('2026'));
    expect(world.servers.reached.at(-1)?.params).not.toHaveProperty('task');
  });

  it('asks while its result is waited for, as any use does', async () => {
    const related = { 'io.modelcontextprotocol/related-task': { taskId: INNER } };
    const question = { ...FORM, params: { ...FORM.params, _meta: related } };
    await open(
      tasking('2025', {
        async onCall(method, { onAsk, signal }) {
          if (method === 'tasks/result') await onAsk?.(question, signal);
        },
      }),
    );
    const taskId = await made('2025');
    const asked: Json[] = [];
    await world.ask(
      'alice',
      'tasks/result',
      { taskId },
      {
        ...how('2025'),
        async ask({ params }) {
          asked.push(params);
          return { kind: 'result', result: { action: 'decline' } };
        },
      },
    );
    expect(asked).toMatchObject([
      { _meta: { 'io.modelcontextprotocol/related-task': { taskId } } },
    ]);
  });
});

describe('a task of 2026', () => {
  it('is announced to a tool server by a client that knows them', async () => {
    const shown: (JsonObject | undefined)[] = [];
    await open(tasking('2026', { onCall: (_, hooks) => void shown.push(hooks.capabilities) }));
    await call('2026');
    expect(shown).toEqual([{ ...CAN_BE_ASKED, extensions: EXTENSION }]);
  });

  it.each<[string, Asking]>([
    ['a client of 2025', { era: '2025', capabilities: KNOWS }],
    ['a client that does not say it knows them', { capabilities: CAN_BE_ASKED }],
  ])('that is made for %s is no answer', async (_, client) => {
    await open(tasking('2026'));
    const reply = await call('2026', client);
    expect(reply).toMatchObject({ kind: 'error', error: { code: -32603 } });
    expect(JSON.stringify(reply)).not.toContain(INNER);
  });

  it('is nothing to a client that does not say it knows them', async () => {
    await open(tasking('2026'));
    const reply = await world.ask('alice', 'tasks/get', { taskId: 'x' }, { era: '2026' });
    expect(reply).toMatchObject({
      kind: 'error',
      error: { code: -32021, data: { requiredCapabilities: { extensions: EXTENSION } } },
    });
  });

  it('that a tool needs is told to a client that does not know them', async () => {
    const data = { requiredCapabilities: { extensions: EXTENSION } };
    const error = { code: -32021, message: 'x', data };
    await open(tasking('2026', { answer: () => ({ kind: 'error', error }) }));
    const reply = await call('2026', { capabilities: {} });
    expect(reply).toMatchObject({ kind: 'error', error: { code: -32021, data } });
  });

  it('asks nothing undecided when it is made, nor in an acknowledgement', async () => {
    const base = tasking('2026');
    const asking = { inputRequests: { q: FORM as unknown as Json } };
    await open({
      ...base,
      answer(method, params) {
        const reply = base.answer?.(method, params) ?? { kind: 'result', result: {} };
        return reply.kind === 'result'
          ? { kind: 'result', result: { ...reply.result, ...asking } }
          : reply;
      },
    });
    const taskId = await made('2026');
    await world.grant('alice', ['permit: s/*']);
    for (const reply of [
      await call('2026'),
      await about('2026', 'tasks/update', { taskId, inputResponses: {} }),
      await about('2026', 'tasks/cancel', { taskId }),
    ]) {
      expect(JSON.stringify(reply)).not.toContain('Your name');
    }
  });

  it('asks in its state, each question decided, and is answered by an update', async () => {
    const state = { taskId: INNER, status: 'input_required' };
    const asking = { ...state, inputRequests: { q: FORM as unknown as Json } };
    const base = tasking('2026');
    await open({
      ...base,
      answer: (method, params) =>
        method === 'tasks/get' ? { kind: 'result', result: asking } : base.answer?.(method, params),
    });
    const taskId = await made('2026');
    await world.requests();
    const seen = await about('2026', 'tasks/get', { taskId });
    expect(JSON.stringify(seen)).toContain('Tool server \\"s\\" asks:');
    const inputResponses = { q: { action: 'accept' } };
    await about('2026', 'tasks/update', { taskId, inputResponses });
    expect(world.servers.reached.at(-1)?.params).toMatchObject({ taskId: INNER, inputResponses });
    expect((await world.requests()).map(({ code }) => code)).toEqual([
      ...['TG1001', 'TG1007', 'TG1002'],
      ...['TG1001', 'TG1008', 'TG1002'],
    ]);
    await world.grant('alice', ['permit: s/*']);
    const refused = await about('2026', 'tasks/get', { taskId });
    expect(refused).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(JSON.stringify(refused)).not.toContain('Your name');
  });
});
