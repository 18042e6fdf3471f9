import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemTimers, type Timers } from '../../src/dispatch/timers.ts';
import {
  type ConnectionEvents,
  heardByNobody,
  type ToolServerConnection,
} from '../../src/dispatch/tool-server.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import {
  callTool,
  httpSpec,
  manualTimers,
  SERVERS,
  textOf,
} from '../support/tool-servers/harness.ts';
import { sdk2026Server } from '../support/tool-servers/sdk-2026.ts';
import {
  type Answer,
  json,
  legacy,
  listen,
  listening,
  modern,
  stream,
  type TestHttpServer,
} from './http-server.ts';

const cleanUp: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function connect(
  url: string,
  more: Parameters<typeof httpSpec>[1] & {
    readonly events?: Partial<ConnectionEvents>;
    readonly timers?: Timers;
    readonly knownEra?: '2025' | '2026';
    readonly capabilities?: JsonObject;
  } = {},
): Promise<ToolServerConnection> {
  const { events, timers = systemTimers, knownEra, capabilities = {}, ...spec } = more;
  const connector = createToolServerConnector({
    version: '9.9.9',
    secrets: [],
    log: () => undefined,
    timers,
  });
  const connection = await connector.connect(
    httpSpec(url, spec),
    {
      ...heardByNobody({ code: -32601, message: 'Method not found' }),
      ...events,
    },
    {
      signal: new AbortController().signal,
      capabilities,
      ...(knownEra === undefined ? {} : { knownEra }),
    },
  );
  cleanUp.push(() => connection.close());
  return connection;
}

async function serve(answer: Answer): Promise<TestHttpServer> {
  const server = await listen(answer);
  cleanUp.push(() => server.close());
  return server;
}

const ok =
  (text: string): Answer =>
  ({ message }, response) =>
    json(response, {
      jsonrpc: '2.0',
      id: message.id,
      result: { content: [{ type: 'text', text }] },
    });
const never: Answer = () => undefined;

describe('agreeing on a revision over HTTP', () => {
  it('probes for 2026-07-28 with its headers', async () => {
    const server = await serve(modern(ok('yes')));
    const connection = await connect(server.url);
    expect(connection.offer).toMatchObject({ era: '2026', revision: '2026-07-28' });
    expect(server.seen[0]?.headers).toMatchObject({
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'server/discover',
    });
  });

  it('falls back to initialize and keeps the session', async () => {
    const server = await serve(legacy(ok('yes'), { sessionId: 'abc' }));
    const connection = await connect(server.url);
    expect(textOf(await callTool(connection, 'echo'))).toBe('yes');
    const told = server.seen.map(({ headers, message }) => [
      message.method,
      headers['mcp-protocol-version'],
      headers['mcp-session-id'],
      headers['mcp-method'],
    ]);
    expect(told).toEqual([
      ['server/discover', '2026-07-28', undefined, 'server/discover'],
      ['initialize', undefined, undefined, undefined],
      ['notifications/initialized', '2025-11-25', 'abc', undefined],
      ['tools/list', '2025-11-25', 'abc', undefined],
      ['tools/call', '2025-11-25', 'abc', undefined],
    ]);
  });

  it('spares the probe for a server known to be of the 2025 era', async () => {
    const server = await serve(legacy(ok('yes')));
    await connect(server.url, { knownEra: '2025' });
    expect(server.seen[0]?.message.method).toBe('initialize');
  });

  it.each([401, 403, 429, 500, 503])('takes HTTP %i for no evidence of an era', async (status) => {
    const server = await serve((_request, response) => void response.writeHead(status).end());
    await expect(connect(server.url)).rejects.toMatchObject({ code: 'ERR_SERVER_HTTP' });
    expect(server.seen).toHaveLength(1);
  });

  it('takes silence for an outage', async () => {
    const timers = manualTimers();
    const server = await serve(never);
    const connecting = connect(server.url, { timers });
    timers.advance(20_000);
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_SERVER_TIMEOUT' });
  });

  it('reports a server that is not there', async () => {
    const server = await listen(never);
    await server.close();
    const error = await connect(server.url).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'ERR_SERVER_HTTP' });
    expect((error as Error).message).toBe('tool server s cannot be reached: ECONNREFUSED');
  });

  it('refuses a malformed session id', async () => {
    const server = await serve(legacy(ok('yes'), { sessionId: 'a b' }));
    await expect(connect(server.url)).rejects.toMatchObject({ code: 'ERR_SERVER_PROTOCOL' });
  });
});

describe('what goes out to an HTTP tool server', () => {
  it('is the entry’s headers and ours, and ours win', async () => {
    const server = await serve(modern(ok('yes')));
    const headers = {
      Authorization: 'Bearer canary',
      'X-Own': '1',
      'Mcp-Method': 'other',
      Accept: 'x',
      'Mcp-Session-Id': 'theirs',
      'mcp-param-x': 'y',
    };
    await connect(server.url, { headers });
    expect(server.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer canary',
      'x-own': '1',
      'mcp-method': 'server/discover',
      accept: 'application/json, text/event-stream',
      'user-agent': 'toolgrant/9.9.9',
    });
    expect(Object.keys(server.seen[0]?.headers ?? {})).not.toContain('mcp-session-id');
    expect(Object.keys(server.seen[0]?.headers ?? {})).not.toContain('mcp-param-x');
  });

  it('names the tool and the declared arguments in headers', async () => {
    const tool = {
      name: 'grüße',
      inputSchema: {
        type: 'object',
        properties: {
          who: { type: 'string', 'x-mcp-header': 'Who' },
          deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'N' } } },
          absent: { type: 'string', 'x-mcp-header': 'Absent' },
        },
      },
    };
    const server = await serve(modern(ok('yes'), tool));
    const connection = await connect(server.url);
    await callTool(connection, 'grüße', { who: 'a\r\nX: y', deep: { n: 7 } });
    const headers = server.seen.at(-1)?.headers ?? {};
    const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`;
    expect(headers['mcp-name']).toBe(encoded('grüße'));
    expect(headers['mcp-param-who']).toBe(encoded('a\r\nX: y'));
    expect(headers['mcp-param-n']).toBe('7');
    expect(headers['mcp-param-absent']).toBeUndefined();
    expect(headers.x).toBeUndefined();
  });

  it('leaves out a tool whose arguments no header can repeat as it asks', async () => {
    const properties = { who: { type: 'string', 'x-mcp-header': 'no name' } };
    const tool = { name: 'greet', inputSchema: { type: 'object', properties } };
    const { offer } = await connect((await serve(modern(ok('yes'), tool))).url);
    expect([offer.tools, offer.leftOut]).toEqual([
      [],
      [{ tool: 'greet', why: 'x-mcp-header is no name of a header' }],
    ]);
  });

  it('never follows a redirect, with or without credentials', async () => {
    const thief = await serve(ok('gotcha'));
    const server = await serve(
      (_request, response) => void response.writeHead(307, { location: thief.url }).end(),
    );
    const headers = { Authorization: 'Bearer canary' };
    const error = await connect(server.url, { headers }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_SERVER_HTTP' });
    expect(inspect(error)).not.toContain('canary');
    expect([server.seen.length, thief.seen.length]).toEqual([1, 0]);
  });

  it('does not follow a redirect of a call either', async () => {
    const thief = await serve(ok('gotcha'));
    const server = await serve(
      modern((_request, response) => void response.writeHead(302, { location: thief.url }).end()),
    );
    const call = callTool(await connect(server.url), 'echo');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_HTTP' });
    expect(thief.seen).toHaveLength(0);
  });

  it.each([[{ Authorization: 'Bearer canary\r\n' + 'X-A: b\u0100' }], [{ 'bad canary': 'x' }]])(
    'reports a header that cannot be sent without quoting it',
    async (headers) => {
      const server = await serve(never);
      const error = await connect(server.url, { headers }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'ERR_SERVER_HTTP' });
      expect(inspect(error)).not.toContain('canary');
      expect(server.seen).toHaveLength(0);
    },
  );

  it('reports an address with credentials without quoting them', async () => {
    const error = await connect('http://user:canary@127.0.0.1:1/').catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'ERR_SERVER_HTTP' });
    expect(inspect(error)).not.toContain('canary');
  });

  it('is nothing when the last look says no', async () => {
    const server = await serve(modern(ok('yes')));
    const connection = await connect(server.url);
    const before = server.seen.length;
    expect(await callTool(connection, 'echo', {}, { mayWrite: () => false })).toEqual({
      kind: 'not_sent',
    });
    expect(server.seen).toHaveLength(before);
  });
});

describe('a reply over HTTP', () => {
  it('comes as it is, an input-required one too', async () => {
    const result = { resultType: 'input_required', inputRequests: [{ odd: 1 }], requestState: 's' };
    const server = await serve(
      modern(({ message }, response) => json(response, { jsonrpc: '2.0', id: message.id, result })),
    );
    const reply = await callTool(await connect(server.url), 'echo');
    expect(reply).toEqual({ kind: 'result', result });
  });

  it('may be an error with a client-error status in 2026', async () => {
    const error = { code: -32020, message: 'mismatch', data: { x: 1 } };
    const server = await serve(
      modern(({ message }, response) =>
        json(response, { jsonrpc: '2.0', id: message.id, error }, 400),
      ),
    );
    const reply = await callTool(await connect(server.url), 'echo');
    expect(reply).toEqual({ kind: 'error', error });
  });

  it.each([401, 403, 500, 502])('is none with HTTP %i, whatever the body says', async (status) => {
    const server = await serve(
      modern(({ message }, response) =>
        json(
          response,
          { jsonrpc: '2.0', id: message.id, error: { code: 1, message: 'x' } },
          status,
        ),
      ),
    );
    const call = callTool(await connect(server.url), 'echo');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_HTTP' });
  });

  it.each<[string, Answer]>([
    ['another id', (_request, response) => json(response, { jsonrpc: '2.0', id: 999, result: {} })],
    ['no JSON-RPC', (_request, response) => json(response, { hello: 1 })],
    [
      'a batch',
      ({ message }, response) => json(response, [{ jsonrpc: '2.0', id: message.id, result: {} }]),
    ],
    ['no body', (_request, response) => void response.writeHead(202).end()],
    [
      'a page',
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    ],
    ['a stream of nonsense', (_request, response) => stream(response, ['no'])],
  ])('is refused when it is %s', async (_what, answer) => {
    const server = await serve(modern(answer));
    const call = callTool(await connect(server.url), 'echo');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_PROTOCOL' });
  });

  it('is refused when it is too large, in a body and in a stream', async () => {
    const big = 'x'.repeat(200_000);
    const inBody = await serve(modern(ok(big)));
    const inStream = await serve(
      modern(({ message }, response) =>
        stream(response, [{ jsonrpc: '2.0', id: message.id, result: { big } }], true),
      ),
    );
    for (const { url } of [inBody, inStream]) {
      const call = callTool(await connect(url, { maxMessageBytes: 100_000 }), 'echo');
      await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_FLOOD' });
    }
  });

  it('is refused when the stream ends without it', async () => {
    const server = await serve(modern((_request, response) => stream(response, [])));
    const call = callTool(await connect(server.url), 'echo');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });

  it('ends the call even when its stream goes on', async () => {
    const server = await serve(
      modern(({ message }, response) =>
        stream(response, [{ jsonrpc: '2.0', id: message.id, result: { a: 1 } }], true),
      ),
    );
    const reply = await callTool(await connect(server.url), 'echo');
    expect(reply).toEqual({ kind: 'result', result: { a: 1 } });
  });

  it('may be preceded by progress, a changed list and questions, which are answered', async () => {
    const answered = Promise.withResolvers<unknown>();
    const server = await serve((request, response) => {
      if (request.message.id === 'q') {
        answered.resolve([request.message, request.headers['mcp-session-id']]);
        response.writeHead(202).end();
        return undefined;
      }
      return legacy(
        async ({ message }, callResponse) => {
          const token = member(member(message.params, '_meta'), 'progressToken');
          stream(
            callResponse,
            [
              {
                jsonrpc: '2.0',
                method: 'notifications/progress',
                params: { progressToken: token, progress: 1, more: true },
              },
              { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
              { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params: {} },
            ],
            true,
          );
          await answered.promise;
          const last = { jsonrpc: '2.0', id: message.id, result: { done: true } };
          callResponse.end(`data: ${JSON.stringify(last)}\n\n`);
        },
        { sessionId: 'abc' },
      )(request, response);
    });
    const onListChanged = vi.fn();
    const onAsk = vi.fn(async () => ({ code: -32601, message: 'no' }));
    const onProgress = vi.fn();
    const connection = await connect(server.url, { events: { onAsk, onListChanged } });
    const reply = await callTool(connection, 'echo', {}, { onProgress });
    expect(reply).toEqual({ kind: 'result', result: { done: true } });
    expect(onProgress.mock.calls).toEqual([[{ progress: 1, more: true }]]);
    expect(onListChanged.mock.calls).toEqual([['tools']]);
    expect(onAsk.mock.calls).toEqual([[{ method: 'elicitation/create', params: {} }]]);
    expect(await answered.promise).toEqual([
      { jsonrpc: '2.0', id: 'q', error: { code: -32601, message: 'no' } },
      'abc',
    ]);
  });
});

describe('giving up on a call over HTTP', () => {
  it('says so in 2025', async () => {
    const called = Promise.withResolvers<void>();
    const cancelled = Promise.withResolvers<unknown>();
    const answer = legacy(() => called.resolve());
    const server = await serve((request, response) => {
      if (request.message.method === 'notifications/cancelled') cancelled.resolve(request.message);
      return answer(request, response);
    });
    const connection = await connect(server.url);
    const controller = new AbortController();
    const call = callTool(connection, 'echo', {}, { signal: controller.signal });
    await called.promise;
    controller.abort();
    expect(await call).toEqual({ kind: 'cancelled' });
    const { message } = server.seen.find((seen) => seen.message.method === 'tools/call') ?? {};
    expect(member(member(await cancelled.promise, 'params'), 'requestId')).toBe(message?.id);
  });

  it('closes the stream in 2026', async () => {
    const closed = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const server = await serve(
      modern((_request, response) => {
        response.on('close', () => closed.resolve());
        stream(response, [], true);
        called.resolve();
      }),
    );
    const connection = await connect(server.url);
    const controller = new AbortController();
    const call = callTool(connection, 'echo', {}, { signal: controller.signal });
    await called.promise;
    controller.abort();
    expect(await call).toEqual({ kind: 'cancelled' });
    await closed.promise;
    expect(server.seen.at(-1)?.message.method).toBe('tools/call');
  });

  it('happens by itself after the time the entry allows', async () => {
    const timers = manualTimers();
    const called = Promise.withResolvers<void>();
    const server = await serve(modern(() => called.resolve()));
    const connection = await connect(server.url, { timers });
    const call = callTool(connection, 'echo');
    await called.promise;
    timers.advance(20_000);
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_TIMEOUT' });
  });
});

describe('the session of an HTTP tool server', () => {
  it('is ended with the connection', async () => {
    const server = await serve(legacy(ok('yes'), { sessionId: 'abc' }));
    const connection = await connect(server.url, { headers: { 'X-Own': '1' } });
    await connection.close();
    const last = server.seen.at(-1);
    expect([last?.method, last?.headers['mcp-session-id'], last?.headers['x-own']]).toEqual([
      'DELETE',
      'abc',
      '1',
    ]);
  });

  it.each([
    [404, 'ERR_SERVER_CLOSED'],
    [400, 'ERR_SERVER_HTTP'],
  ])('takes the connection along when it is gone (HTTP %i)', async (status, code) => {
    const gone: Answer = (_request, response) => void response.writeHead(status).end();
    const server = await serve(legacy(gone, { sessionId: 'abc' }));
    const connection = await connect(server.url);
    await expect(callTool(connection, 'echo')).rejects.toMatchObject({ code });
    await connection.closed;
    await expect(callTool(connection, 'echo')).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });

  it('fails calls in flight when it is closed', async () => {
    const called = Promise.withResolvers<void>();
    const server = await serve(legacy(() => called.resolve()));
    const connection = await connect(server.url);
    const call = callTool(connection, 'echo');
    await called.promise;
    const failed = expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    await connection.close();
    await failed;
  });
});

describe('HTTP tool servers in the wild', () => {
  it('lists and calls a 2026 server of the current SDK', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const handle = toNodeHandler(createMcpHandler(() => sdk2026Server()));
    const http = createServer((request, response) => {
      void handle(request as Parameters<typeof handle>[0], response);
    });
    const { url, close } = await listening(http);
    cleanUp.push(close);
    const connection = await connect(url);
    expect(connection.offer).toMatchObject({ era: '2026', serverInfo: { name: 'modern' } });
    expect(JSON.stringify(connection.offer.tools[0])).toContain('"x-mcp-header":"A"');
    expect(textOf(await callTool(connection, 'add', { a: 1, b: 2 }))).toBe('3');
    expect(textOf(await callTool(connection, 'grüße'))).toBe('hallo');
  });

  it('lists and calls server-everything over Streamable HTTP', async () => {
    const port = await freePort();
    const child: ChildProcess = spawn(process.execPath, [SERVERS.everything, 'streamableHttp'], {
      env: { PATH: process.env.PATH, PORT: String(port) },
      stdio: 'ignore',
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    cleanUp.push(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    const url = `http://127.0.0.1:${port}/mcp`;
    await vi.waitUntil(
      () =>
        fetch(url).then(
          () => true,
          () => false,
        ),
      { timeout: 20_000 },
    );
    const connection = await connect(url);
    expect(connection.offer).toMatchObject({ era: '2025', revision: '2025-11-25' });
    const onProgress = vi.fn();
    const args = { duration: 0.2, steps: 2 };
    await callTool(connection, 'trigger-long-running-operation', args, { onProgress });
    expect(textOf(await callTool(connection, 'echo', { message: 'hi' }))).toBe('Echo: hi');
    expect(onProgress).toHaveBeenCalledTimes(2);
  });
});

async function freePort(): Promise<number> {
  const { url, close } = await listening(createServer());
  await close();
  return Number(new URL(url).port);
}
