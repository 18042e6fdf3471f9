import { describe, expect, it, vi } from 'vitest';
import type { UseTarget } from '../../src/domain/access-request.ts';
import type { IntentReceipt } from '../../src/domain/intent-receipt.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { callTool, receiptFor, SERVERS, stdioSpec } from '../support/tool-servers/harness.ts';
import { connect } from './stdio-connection.ts';

const sayer = stdioSpec(SERVERS.sayer);
const hooks = () => ({ signal: new AbortController().signal, mayWrite: () => true });
const receipt = (method: string, target: UseTarget): IntentReceipt =>
  ({ seq: 1, epoch: 1, method, target }) as unknown as IntentReceipt;
const resource = { kind: 'resource', server: 's', uri: 'test://one' } as const;
const prompt = { kind: 'prompt', server: 's', prompt: 'greet' } as const;
const tool = { kind: 'tool', server: 's', tool: 'say' } as const;
const server = { kind: 'server', server: 's' } as const;

describe('a use of something else than a tool', () => {
  it.each<[string, UseTarget, JsonObject]>([
    ['resources/read', resource, { uri: 'test://one', _meta: { x: 1 } }],
    ['completion/complete', resource, { ref: { type: 'ref/resource', uri: 'test://one' } }],
    ['tasks/get', tool, { taskId: 't' }],
  ])('sends %s with its params as they are', async (method, target, params) => {
    const connection = await connect(sayer);
    const reply = await connection.call(receipt(method, target), params, hooks());
    expect(reply).toEqual({ kind: 'result', result: { received: params } });
  });

  it.each<[string, UseTarget, JsonObject]>([
    ['resources/read', resource, { uri: 'test://other' }],
    ['resources/read', { ...resource, server: 'other' }, { uri: 'test://one' }],
    ['resources/read', server, { uri: 'test://one' }],
    ['prompts/get', prompt, { name: 'other' }],
    ['prompts/get', tool, { name: 'say' }],
    ['prompts/get', { ...prompt, args: {} }, { name: 'greet', arguments: { who: 'bob' } }],
    ['tools/call', { ...tool, args: { a: 1 } }, { name: 'say', arguments: { a: 1 } }],
    ['tools/call', { ...tool, args: { a: 1 } }, { name: 'say' }],
    ['tools/call', tool, { name: 'say' }],
    ['completion/complete', prompt, { ref: { type: 'ref/resource', uri: 'greet' } }],
    ['completion/complete', resource, { ref: { type: 'ref/prompt', name: 'test://one' } }],
    ['completion/complete', tool, { ref: { type: 'ref/prompt', name: 'say' } }],
    ['tasks/get', server, { taskId: 't' }],
    ['tasks/cancel', tool, {}],
    ['resources/list', resource, { uri: 'test://one' }],
    ['tools/list', server, {}],
    ['logging/setLevel', server, { level: 'debug' }],
    ['toString', server, {}],
  ])(
    'refuses %s of what its params do not name, and of arguments nobody decided on',
    async (method, target, params) => {
      const connection = await connect(sayer);
      const use = connection.call(receipt(method, target), params, hooks());
      await expect(use).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
    },
  );

  it.each<[string, UseTarget, JsonObject]>([
    ['prompts/get', { ...prompt, prompt: 'gone', args: {} }, { name: 'gone' }],
    [
      'completion/complete',
      { kind: 'template', server: 's', template: 'gone://{n}' },
      { ref: { type: 'ref/resource', uri: 'gone://{n}' } },
    ],
  ])('holds %s back when there is no such definition', async (method, target, params) => {
    const connection = await connect(sayer);
    const mayWrite = vi.fn(() => true);
    const reply = await connection.call(receipt(method, target), params, { ...hooks(), mayWrite });
    expect([reply, mayWrite.mock.calls]).toEqual([{ kind: 'not_sent' }, []]);
  });

  it('asks about a task whatever became of the definition that made it', async () => {
    const connection = await connect(sayer);
    const task = { ...receiptFor(connection, 'say'), method: 'tasks/cancel' };
    const reply = await connection.call(task, { taskId: 't' }, hooks());
    expect(reply.kind).toBe('result');
  });
});

describe('what a tool server says while calls run', () => {
  const message = { method: 'notifications/message', params: { level: 'info', data: 'x' } };
  const complete = { method: 'notifications/elicitation/complete', params: { elicitationId: 'e' } };
  const unknown = { method: 'notifications/future', params: {} };
  const updated = { method: 'notifications/resources/updated', params: { uri: 'test://one' } };
  const changed = (['tools', 'prompts', 'resources'] as const).map((list) => ({
    method: `notifications/${list}/list_changed`,
  }));

  it('is told to the only call there is', async () => {
    const onMessage = vi.fn();
    const ofSession = vi.fn();
    const events = { onMessage, onNotification: ofSession };
    const connection = await connect(sayer, { events });
    const onNotification = vi.fn();
    const args = { messages: [message, complete, unknown] };
    await callTool(connection, 'say', args, { onNotification });
    expect(onNotification.mock.calls).toEqual([[{ jsonrpc: '2.0', ...message }]]);
    expect(ofSession.mock.calls).toEqual([[{ jsonrpc: '2.0', ...complete }]]);
    expect(onMessage).not.toHaveBeenCalled();
  });

  it('is told to the owner of the connection when several calls run', async () => {
    const onMessage = vi.fn();
    const onNotification = vi.fn();
    const connection = await connect(sayer, { events: { onMessage, onNotification } });
    const controller = new AbortController();
    const other = callTool(connection, 'never', {}, { signal: controller.signal });
    const told = vi.fn();
    await callTool(connection, 'say', { messages: [message, complete] }, { onNotification: told });
    controller.abort();
    await other;
    expect([onMessage.mock.calls, told.mock.calls]).toEqual([[[message.params]], []]);
    expect(onNotification.mock.calls).toEqual([[{ jsonrpc: '2.0', ...complete }]]);
  });

  it('is never told to a call on a connection that sessions share', async () => {
    const onMessage = vi.fn();
    const spec = stdioSpec(SERVERS.sayer, [], { isolation: 'shared' });
    const connection = await connect(spec, { events: { onMessage } });
    const onNotification = vi.fn();
    await callTool(connection, 'say', { messages: [message] }, { onNotification });
    expect([onMessage.mock.calls.length, onNotification.mock.calls.length]).toEqual([1, 0]);
  });

  it('is told to the owner when it is of resources and lists', async () => {
    const onResourceUpdated = vi.fn();
    const onListChanged = vi.fn();
    const connection = await connect(sayer, { events: { onResourceUpdated, onListChanged } });
    await callTool(connection, 'say', { messages: [updated, ...changed, ...changed] });
    expect(onResourceUpdated.mock.calls).toEqual([[updated.params]]);
    // Once until it is read again.
    expect(onListChanged.mock.calls).toEqual([['tools'], ['prompts'], ['resources']]);
  });

  it('makes nothing be read again for a use whose list did not change', async () => {
    const connection = await connect(sayer);
    await callTool(connection, 'say', { messages: changed.slice(1) });
    const before = (await callTool(connection, 'received')) as unknown as { result: JsonObject };
    expect(JSON.stringify(before.result).match(/tools\/list/g)).toHaveLength(1);
  });
});
