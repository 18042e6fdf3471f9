import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { describe, expect, it, vi } from 'vitest';
import { callTool, manualTimers, SERVERS, textOf } from '../support/tool-servers/harness.ts';
import { sdk2026Server } from '../support/tool-servers/sdk-2026.ts';
import { until } from '../support/until.ts';
import { closeAfter, connect, never, ok, serve } from './http-connection.ts';
import { type Answer, legacy, listen, listening, modern } from './http-server.ts';

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
    closeAfter(close);
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
    closeAfter(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    const url = `http://127.0.0.1:${port}/mcp`;
    await until(() =>
      fetch(url).then(
        () => true,
        () => false,
      ),
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
