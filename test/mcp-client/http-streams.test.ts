import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemTimers, type Timers } from '../../src/dispatch/timers.ts';
import {
  type ConnectionEvents,
  heardByNobody,
  type ToolServerConnection,
} from '../../src/dispatch/tool-server.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { RpcReply } from '../../src/domain/json-rpc.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { callTool, httpSpec } from '../support/tool-servers/harness.ts';
import { until } from '../support/until.ts';
import { type Answer, json, legacy, listen, type TestHttpServer } from './http-server.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function serve(answer: Answer): Promise<TestHttpServer> {
  const server = await listen(answer);
  cleanUp.push(() => server.close());
  return server;
}

/** Waits that a server asked for, each of more than a second; they are over at once. */
const waited: number[] = [];
const quick: Timers = {
  after(ms, run) {
    if (ms <= 1_000 || ms >= 20_000) return systemTimers.after(ms, run);
    waited.push(ms);
    return systemTimers.after(1, run);
  },
};

async function connect(
  server: TestHttpServer,
  more: {
    readonly events?: Partial<ConnectionEvents>;
    readonly capabilities?: JsonObject;
    readonly maxMessageBytes?: number;
  } = {},
): Promise<ToolServerConnection> {
  waited.length = 0;
  const connector = createToolServerConnector({
    version: '9.9.9',
    secrets: [],
    log: () => undefined,
    timers: quick,
  });
  const { maxMessageBytes = 1_000_000, capabilities = { elicitation: {} }, events } = more;
  const connection = await connector.connect(
    httpSpec(server.url, { maxMessageBytes }),
    { ...heardByNobody({ code: -32601, message: 'no' }), ...events },
    { signal: new AbortController().signal, capabilities, knownEra: '2025' },
  );
  cleanUp.push(() => connection.close());
  return connection;
}

const event = (message: object | undefined, id?: string, retry?: number): string =>
  [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    `data: ${message === undefined ? '' : JSON.stringify({ jsonrpc: '2.0', ...message })}`,
    '\n',
  ].join('\n');
const begin = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' });
const CHANGED = { method: 'notifications/prompts/list_changed' };
const QUESTION = { id: 'q', method: 'elicitation/create', params: { message: 'who?' } };
const accepted: RpcReply = { kind: 'result', result: { action: 'accept' } };
const sessionId = 'abc';

/** A 2025 server whose GETs are answered by `onGet`, its calls by `onCall`. */
const withStream = (onGet: Answer, onCall: Answer = () => undefined): Answer => {
  const rest = legacy(onCall, { sessionId });
  return (request, response) =>
    request.method === 'GET' ? onGet(request, response) : rest(request, response);
};
const gets = (server: TestHttpServer) => server.seen.filter(({ method }) => method === 'GET');

describe('the stream of what belongs to no request', () => {
  it('is opened with the session and brings what the server says', async () => {
    const onListChanged = vi.fn();
    const server = await serve(
      withStream((_request, response) => void begin(response).write(event(CHANGED))),
    );
    await connect(server, { events: { onListChanged } });
    await until(() => onListChanged.mock.calls.length > 0);
    expect(onListChanged.mock.calls).toEqual([['prompts']]);
    expect(gets(server)[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      'mcp-session-id': sessionId,
      'mcp-protocol-version': '2025-11-25',
    });
  });

  it('is opened again where it broke off, after as long as the server says', async () => {
    const onListChanged = vi.fn();
    let opened = 0;
    const server = await serve(
      withStream((_request, response) => {
        opened += 1;
        if (opened === 1) begin(response).end(event(undefined, 'one', 4_321));
        else begin(response).write(event(CHANGED, 'two'));
      }),
    );
    await connect(server, { events: { onListChanged } });
    await until(() => onListChanged.mock.calls.length > 0);
    expect(gets(server).map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'one']);
    expect(waited).toContain(4_321);
  });

  it.each([405, 404, 400, 501])('is done without when the server answers %i', async (status) => {
    const server = await serve(
      withStream(
        (_request, response) => void response.writeHead(status).end(),
        ({ message }, response) => json(response, { jsonrpc: '2.0', id: message.id, result: {} }),
      ),
    );
    const connection = await connect(server);
    await until(() => gets(server).length > 0);
    expect(await callTool(connection, 'echo')).toEqual({ kind: 'result', result: {} });
  });

  it('is never looked for where a redirect points to', async () => {
    const thief = await serve(() => undefined);
    const server = await serve(
      withStream((_request, response) => {
        response.writeHead(307, { location: thief.url }).end();
      }),
    );
    await connect(server);
    await until(() => gets(server).length > 0);
    expect([gets(server).length, thief.seen]).toEqual([1, []]);
  });

  it('ends the connection when the session is gone', async () => {
    let opened = 0;
    const server = await serve(
      withStream((_request, response) => {
        opened += 1;
        if (opened === 1) begin(response).end(event(undefined, 'one', 1_111));
        else response.writeHead(404).end();
      }),
    );
    const connection = await connect(server);
    await connection.closed;
    expect(gets(server)).toHaveLength(2);
  });

  it.each<[string, string]>([
    ['messages', event(CHANGED)],
    ['comments', `: ${'x'.repeat(60_000)}\n\n`],
    ['one event', 'data: x'.repeat(100)],
  ])('ends the connection when it carries %s without end', async (_what, text) => {
    const server = await serve(
      withStream((_request, response) => {
        begin(response);
        const more = (): void => {
          while (!response.destroyed && response.write(text.repeat(20)));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      }),
    );
    const end = connect(server).then(async (connection) => {
      await connection.closed;
      return callTool(connection, 'echo');
    });
    await expect(end).rejects.toMatchObject({ code: 'ERR_SERVER_FLOOD' });
  });

  it('is not opened where there is nothing to be said', async () => {
    const server = await serve(
      withStream(
        () => undefined,
        ({ message }, response) => json(response, { jsonrpc: '2.0', id: message.id, result: {} }),
      ),
    );
    const connection = await connect(server, { capabilities: {} });
    await callTool(connection, 'echo');
    expect(gets(server)).toEqual([]);
  });

  it('brings questions of the one call that runs, and takes their answers', async () => {
    const stream = Promise.withResolvers<ServerResponse>();
    const answered = Promise.withResolvers<JsonObject>();
    const open = withStream(
      (_request, response) => stream.resolve(begin(response)),
      async ({ message }, response) => {
        (await stream.promise).write(event(QUESTION));
        json(response, {
          jsonrpc: '2.0',
          id: message.id,
          result: { said: await answered.promise },
        });
      },
    );
    const server = await serve((request, response) => {
      if (request.message.id !== 'q') return open(request, response);
      answered.resolve(request.message);
      return void response.writeHead(202).end();
    });
    const onAsk = vi.fn(async () => accepted);
    const reply = await callTool(await connect(server), 'echo', {}, { onAsk });
    const said = { jsonrpc: '2.0', id: 'q', result: { action: 'accept' } };
    expect(reply).toEqual({ kind: 'result', result: { said } });
  });
});

describe('the stream of a reply', () => {
  const resumed = (onGet: Answer, first: string): Promise<TestHttpServer> =>
    serve(withStream(onGet, (_request, response) => void begin(response).end(first)));

  it('is opened again when the server ends it early, and brings the reply', async () => {
    let id: unknown;
    const server = await serve(
      withStream(
        ({ headers }, response) => {
          const isResumed = headers['last-event-id'] === 'one';
          if (!isResumed) begin(response);
          else begin(response).end(event({ id, result: { done: true } }));
        },
        ({ message }, response) => {
          id = message.id;
          begin(response).end(event(undefined, 'one', 2_222));
        },
      ),
    );
    const reply = await callTool(await connect(server), 'echo');
    expect(reply).toEqual({ kind: 'result', result: { done: true } });
    expect(waited).toContain(2_222);
  });

  it('is not opened again when no event had an id', async () => {
    const server = await resumed((_request, response) => void begin(response), event(undefined));
    const call = callTool(await connect(server, { capabilities: {} }), 'echo');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    expect(gets(server)).toEqual([]);
  });

  it.each([
    ['with a space', 'a b'],
    ['beyond ASCII', 'ü'],
    ['of no character', ''],
    ['of 2,000 characters', 'x'.repeat(2_000)],
  ])('never sends an id %s back', async (_what, odd) => {
    const server = await resumed(
      (_request, response) => void begin(response),
      event(undefined, odd),
    );
    const call = callTool(await connect(server, { capabilities: {} }), 'echo');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });

  it('is given up when the server will not go on', async () => {
    const server = await resumed(
      (_request, response) => void response.writeHead(400).end(),
      event(undefined, 'one', 1_111),
    );
    const call = callTool(await connect(server, { capabilities: {} }), 'echo');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });

  it('is not opened again for a call that was cancelled meanwhile', async () => {
    const controller = new AbortController();
    const server = await resumed(
      (_request, response) => {
        begin(response);
        controller.abort();
      },
      event(undefined, 'one', 1_111),
    );
    const connection = await connect(server, { capabilities: {} });
    const call = callTool(connection, 'echo', {}, { signal: controller.signal });
    expect(await call).toEqual({ kind: 'cancelled' });
    expect(gets(server)).toHaveLength(1);
  });
});
