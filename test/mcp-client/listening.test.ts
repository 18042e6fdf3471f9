import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemTimers, type Timers } from '../../src/dispatch/timers.ts';
import {
  type CallHooks,
  type ConnectionEvents,
  heardByNobody,
  type ToolServerConnection,
} from '../../src/dispatch/tool-server.ts';
import type { IntentReceipt } from '../../src/domain/intent-receipt.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { callTool, httpSpec } from '../support/tool-servers/harness.ts';
import { until } from '../support/until.ts';
import { type Answer, json, listen, type TestHttpServer } from './http-server.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** A wait before a stream is opened again is over at once. */
const quick: Timers = {
  after: (ms, run) => systemTimers.after(ms === 1_000 || ms >= 20_000 ? ms : 1, run),
};
const impatient: Timers = {
  after: (ms, run) => systemTimers.after(ms === 20_000 || ms === 30_000 ? ms : 1, run),
};

async function connect(
  server: TestHttpServer,
  events: Partial<ConnectionEvents> = {},
  timers: Timers = quick,
): Promise<ToolServerConnection> {
  const connector = createToolServerConnector({
    version: '9.9.9',
    secrets: [],
    log: () => undefined,
    timers,
  });
  const connection = await connector.connect(
    httpSpec(server.url),
    { ...heardByNobody({ code: -32601, message: 'no' }), ...events },
    { signal: new AbortController().signal, capabilities: {} },
  );
  cleanUp.push(() => connection.close());
  return connection;
}

interface Listened {
  readonly id: unknown;
  readonly filter: JsonObject;
  readonly response: ServerResponse;
  tell(method: string, params?: JsonObject): void;
  acknowledge(honoured?: JsonObject): void;
}

/** A 2026 server whose `subscriptions/listen` are answered by `onListen`. */
async function serve(
  capabilities: JsonObject,
  onListen: (listened: Listened) => void,
): Promise<TestHttpServer> {
  const answer: Answer = ({ message }, response) => {
    const { id, method } = message as { id: unknown; method: string };
    const reply = (result: object): void => json(response, { jsonrpc: '2.0', id, result });
    const filter = member(message.params, 'notifications') as JsonObject;
    if (method === 'server/discover') {
      const supportedVersions = ['2026-07-28'];
      reply({ supportedVersions, capabilities: { tools: {}, ...capabilities } });
    } else if (method === 'prompts/list') reply({ prompts: [] });
    else if (method === 'resources/templates/list') reply({ resourceTemplates: [] });
    else if (method === 'tools/list') reply({ tools: [{ name: 'echo', inputSchema: {} }] });
    else if (method === 'subscriptions/listen') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const tell = (told: string, params: JsonObject = {}): void => {
        const _meta = { 'io.modelcontextprotocol/subscriptionId': id };
        const said = { jsonrpc: '2.0', method: told, params: { _meta, ...params } };
        response.write(`data: ${JSON.stringify(said)}\n\n`);
      };
      const acknowledge = (honoured = filter): void =>
        tell('notifications/subscriptions/acknowledged', { notifications: honoured });
      onListen({ id, filter, response, tell, acknowledge });
    } else reply({});
  };
  const server = await listen(answer);
  cleanUp.push(() => server.close());
  return server;
}

const resource = { kind: 'resource', server: 's', uri: 'test://one' } as const;
const use = (connection: ToolServerConnection, method: string, hooks: Partial<CallHooks> = {}) =>
  connection.call(
    { method, target: resource } as unknown as IntentReceipt,
    { uri: resource.uri },
    { signal: new AbortController().signal, mayWrite: () => true, ...hooks },
  );
const heard = (server: TestHttpServer) =>
  server.seen
    .filter(({ message }) => message.method === 'subscriptions/listen')
    .map(({ message }) => member(message.params, 'notifications'));
const done = { kind: 'result', result: { resultType: 'complete' } };
const refused = { kind: 'error', error: { code: -32601, message: 'Method not found' } };

describe('the lists of a 2026 server', () => {
  it('are listened to as far as it says they may change', async () => {
    const told = vi.fn();
    const server = await serve({ tools: { listChanged: true }, prompts: {} }, (listened) => {
      listened.acknowledge();
      listened.tell('notifications/tools/list_changed');
    });
    await connect(server, { onListChanged: told });
    await until(() => told.mock.calls.length > 0);
    expect([heard(server), told.mock.calls]).toEqual([[{ toolsListChanged: true }], [['tools']]]);
    expect(server.seen.at(-1)?.headers).toMatchObject({ 'mcp-method': 'subscriptions/listen' });
  });

  it('are not listened to when none may change', async () => {
    const server = await serve({ tools: {} }, () => undefined);
    await callTool(await connect(server), 'echo');
    expect(heard(server)).toEqual([]);
  });

  it('are taken as changed when the stream broke off and is there again', async () => {
    const told = vi.fn();
    let streams = 0;
    const server = await serve({ tools: { listChanged: true } }, ({ acknowledge, response }) => {
      streams += 1;
      acknowledge();
      if (streams === 1) response.end();
    });
    await connect(server, { onListChanged: told }, impatient);
    await until(() => told.mock.calls.length > 0);
    expect(streams).toBe(2);
  });

  it('are listened to no more when the server does not honour it', async () => {
    const given = Promise.withResolvers<void>();
    const server = await serve({ tools: { listChanged: true } }, ({ acknowledge, response }) => {
      response.on('close', () => given.resolve());
      acknowledge({});
    });
    const connection = await connect(server, {}, impatient);
    await given.promise;
    await callTool(connection, 'echo');
    expect(heard(server)).toHaveLength(1);
  });
});

describe('a subscription to a resource of a 2026 server', () => {
  it('is a stream of its own, which says when it changed', async () => {
    const onResourceUpdated = vi.fn();
    const server = await serve({ resources: {} }, ({ acknowledge, tell }) => {
      acknowledge();
      tell('notifications/resources/updated', { uri: 'test://one' });
    });
    const connection = await connect(server, { onResourceUpdated });
    expect(await use(connection, 'resources/subscribe')).toEqual(done);
    await until(() => onResourceUpdated.mock.calls.length > 0);
    expect(heard(server)).toEqual([{ resourceSubscriptions: ['test://one'] }]);
    expect(onResourceUpdated.mock.calls[0]?.[0]).toMatchObject({ uri: 'test://one' });
  });

  it.each<[string, (listened: Listened) => void]>([
    ['does not honour it', ({ acknowledge }) => acknowledge({ resourceSubscriptions: [] })],
    ['honours another', ({ acknowledge }) => acknowledge({ resourceSubscriptions: ['x://'] })],
    [
      'ends it at once',
      ({ id, response }) =>
        response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: {} })}\n\n`),
    ],
  ])('is refused when the server %s', async (_what, onListen) => {
    const connection = await connect(await serve({}, onListen));
    expect(await use(connection, 'resources/subscribe')).toEqual(refused);
  });

  it('is refused as the server refuses it', async () => {
    const error = { code: -32602, message: 'no such resource' };
    const server = await serve({}, ({ id, response }) =>
      response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, error })}\n\n`),
    );
    const connection = await connect(server);
    expect(await use(connection, 'resources/subscribe')).toEqual({ kind: 'error', error });
  });

  it('is one stream however often it is asked for', async () => {
    const server = await serve({}, ({ acknowledge }) => acknowledge());
    const connection = await connect(server);
    const replies = [1, 2].map(() => use(connection, 'resources/subscribe'));
    expect(await Promise.all(replies)).toEqual([done, done]);
    expect(heard(server)).toHaveLength(1);
  });

  it.each([
    ['as a use', (connection: ToolServerConnection) => use(connection, 'resources/unsubscribe')],
    ['without', (connection: ToolServerConnection) => connection.unsubscribe('test://one')],
  ])('ends when it is taken back %s', async (_how, takeBack) => {
    const ended = Promise.withResolvers<void>();
    const server = await serve({}, ({ acknowledge, response }) => {
      response.on('close', () => ended.resolve());
      acknowledge();
    });
    const connection = await connect(server, {}, impatient);
    await use(connection, 'resources/subscribe');
    await takeBack(connection);
    await ended.promise;
    expect(await use(connection, 'resources/subscribe')).toEqual(done);
    expect(heard(server)).toHaveLength(2);
  });

  it('sends nothing when the last look says no', async () => {
    const server = await serve({}, ({ acknowledge }) => acknowledge());
    const connection = await connect(server);
    const reply = await use(connection, 'resources/subscribe', { mayWrite: () => false });
    expect([reply, heard(server)]).toEqual([{ kind: 'not_sent' }, []]);
  });

  it('is given up with its use, and not with anybody else’s', async () => {
    const server = await serve({}, ({ acknowledge }) => {
      controller.abort();
      acknowledge();
    });
    const controller = new AbortController();
    const connection = await connect(server);
    const reply = await use(connection, 'resources/subscribe', { signal: controller.signal });
    expect(reply).toEqual({ kind: 'cancelled' });
    expect((await callTool(connection, 'echo')).kind).toBe('result');
  });

  it('outlives the signal of its use, and the last look', async () => {
    const onResourceUpdated = vi.fn();
    let streams = 0;
    const server = await serve({}, ({ acknowledge, response }) => {
      streams += 1;
      acknowledge();
      if (streams === 1) response.end();
    });
    const connection = await connect(server, { onResourceUpdated }, impatient);
    const controller = new AbortController();
    let looks = 0;
    const hooks = { signal: controller.signal, mayWrite: () => ++looks === 1 };
    await use(connection, 'resources/subscribe', hooks);
    controller.abort();
    // Changes may have been missed while nobody listened.
    await until(() => onResourceUpdated.mock.calls.length > 0);
    expect(onResourceUpdated.mock.calls).toEqual([[{ uri: 'test://one' }]]);
  });

  it('ends the connection when it breaks off and cannot be had again', async () => {
    let streams = 0;
    const server = await serve({}, ({ acknowledge, response }) => {
      streams += 1;
      if (streams === 1) acknowledge();
      response.end();
    });
    const connection = await connect(server, {}, impatient);
    await use(connection, 'resources/subscribe');
    await connection.closed;
    expect(streams).toBe(7);
  });

  it('ends the connection when it is told without end', async () => {
    const server = await serve({}, ({ acknowledge, response }) => {
      acknowledge();
      const more = (): void => {
        while (!response.destroyed && response.write(`: ${'x'.repeat(60_000)}\n\n`));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const connection = await connect(server);
    await use(connection, 'resources/subscribe');
    await connection.closed;
    await expect(callTool(connection, 'echo')).rejects.toMatchObject({ code: 'ERR_SERVER_FLOOD' });
  });
});
