import { afterEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { CAN_BE_ASKED, FORM } from '../support/whole/asking-servers.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

const EXTENSION = { 'io.modelcontextprotocol/tasks': {} };
const TASK = { taskId: 't', status: 'input_required', createdAt: 'x', lastUpdatedAt: 'x' };
const WANTS: JsonObject = { inputRequests: { name: FORM } as unknown as Json };

let world: WholeWorld;
afterEach(() => world.close());

/** A tool server that puts questions into everything it says of a task. */
async function open(rules: readonly string[]): Promise<void> {
  const asking = wholeServer('s', {
    era: '2026',
    capabilities: { tools: {}, extensions: EXTENSION },
    answer: (method) => ({
      kind: 'result',
      result: { resultType: method === 'tools/call' ? 'task' : 'complete', ...TASK, ...WANTS },
    }),
  });
  world = await WholeWorld.open({ s: asking });
  await world.grant('alice', rules);
  await world.ask('alice', 'tools/list');
}

const ask = (method: string, params: JsonObject) =>
  world.ask('alice', method, params, {
    era: '2026',
    capabilities: { ...CAN_BE_ASKED, extensions: EXTENSION },
  });

const CALL = { name: 's__read', arguments: {} };

describe('S16 a task of a tool server that no rule lets ask', () => {
  it('asks nothing by the result that makes it', async () => {
    await open(['permit: s/*']);
    expect(JSON.stringify(await ask('tools/call', CALL))).not.toContain('inputRequests');
    const codes = (await world.requests()).map(({ code }) => code);
    expect(codes).toContain('TG1005');
  });

  it.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('asks nothing by %s', async (method) => {
    await open(['permit: s/*', 'permit: ask:s/*']);
    const made = await ask('tools/call', CALL);
    expect(JSON.stringify(made)).toContain('Tool server');
    const taskId = made.kind === 'result' ? (made.result.taskId ?? '') : '';
    await world.grant('alice', ['permit: s/*']);
    await world.requests();
    expect(JSON.stringify(await ask(method, { taskId }))).not.toContain('inputRequests');
    const codes = (await world.requests()).map(({ code }) => code);
    expect(codes).toContain('TG1005');
  });
});

describe('S16 an answer without a state', () => {
  it.each<[string, string, JsonObject]>([
    ['a form', 'elicitation', { action: 'accept', content: { name: 'Ada' } }],
    ['what a model says', 'sampling', { role: 'assistant', content: [], model: 'm' }],
    ['roots', 'roots', { roots: [{ uri: 'file:///home/ada' }] }],
  ])(
    'to %s reaches no tool or task of a server that no rule lets ask it',
    async (_w, kind, one) => {
      const rules = ['elicitation', 'sampling', 'roots'].map((each) => `permit: ask:s/${each}`);
      await open(['permit: s/*', ...rules]);
      const made = await ask('tools/call', CALL);
      const taskId = made.kind === 'result' ? (made.result.taskId ?? '') : '';
      const inputResponses = { one };
      const uses = [
        ['tools/call', { ...CALL, inputResponses }],
        ['tasks/update', { taskId, inputResponses }],
      ] as const;
      for (const [method, params] of uses) await ask(method, params);
      expect(JSON.stringify(world.servers.reached).match(/inputResponses/g)).toHaveLength(2);
      await world.grant('alice', ['permit: s/*', ...rules.filter((rule) => !rule.endsWith(kind))]);
      await world.requests();
      for (const [method, params] of uses) await ask(method, params);
      expect(JSON.stringify(world.servers.reached).match(/inputResponses/g)).toHaveLength(2);
      expect((await world.requests()).map(({ code, reason }) => [code, reason])).toEqual([
        ['TG1003', 'ask_not_granted'],
        ['TG1003', 'ask_not_granted'],
      ]);
    },
  );
});

describe('S16 the error that asks to visit a URL', () => {
  it.each([
    ['completion/complete', { ref: { type: 'ref/prompt', name: 's__triage' }, argument: {} }],
    ['resources/list', {}],
  ])('asks nothing where %s is all that was wanted', async (method, params) => {
    const elicitations = [{ mode: 'url', message: 'Log in', url: 'https://evil.example/' }];
    const error = { code: -32042, message: 'URL', data: { elicitations } };
    const server = wholeServer('s', { answer: () => ({ kind: 'error', error }) });
    world = await WholeWorld.open({ s: server });
    await world.grant('alice', ['permit: s/*', 'permit: prompt:s/*', 'permit: resource:s/**']);
    await world.grant('alice', ['permit: ask:s/*'], { id: 'asks' });
    await world.ask('alice', 'tools/list');
    expect(JSON.stringify(await ask(method, params))).not.toContain('evil');
    expect((await world.requests()).map(({ code }) => code)).toContain('TG1005');
  });
});
