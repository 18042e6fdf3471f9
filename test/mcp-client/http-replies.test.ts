import { describe, expect, it, vi } from 'vitest';
import { member } from '../../src/domain/json.ts';
import { callTool, manualTimers } from '../support/tool-servers/harness.ts';
import { connect, ok, serve } from './http-connection.ts';
import { type Answer, json, legacy, modern, stream } from './http-server.ts';

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
