import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import type { HttpLimits } from '../../src/mcp-server/http-limits.ts';
import { openTransportSession } from '../support/live/transport-session.ts';
import { FakeBroker, principalOf } from './fake-broker.ts';
import { ask, call, events, modern, rpc } from './raw-http.ts';

let broker: FakeBroker;
let face: HttpFace;

const listen = (limits: Partial<HttpLimits> = {}) =>
  listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG, limits });

beforeEach(async () => {
  broker = new FakeBroker();
  face = await listen();
});
afterEach(() => face.close());

describe('a 2025 request', () => {
  it('is answered with one JSON body', async () => {
    const answer = await ask(face.port, { body: rpc({ id: 7, method: 'ping' }) });
    expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([
      200,
      'application/json',
      '{"jsonrpc":"2.0","id":7,"result":{}}',
    ]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([undefined, '2025-06-18', '2024-11-05'])(
    'with MCP-Protocol-Version %s speaks what its session agreed on',
    async (version) => {
      const headers = { 'mcp-protocol-version': version };
      await ask(face.port, { headers, body: rpc({ id: 1, method: 'tools/list' }) });
      expect(broker.handled[0]).toMatchObject({ era: '2025', revision: '2025-06-18' });
    },
  );

  it.each(['2025-01-01', 'x', ''])('with MCP-Protocol-Version %j is refused', async (version) => {
    const headers = { 'mcp-protocol-version': version };
    const answer = await ask(face.port, { headers, body: rpc({ id: 1, method: 'tools/list' }) });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      400,
      { id: 1, error: { code: -32022 } },
    ]);
    expect(broker.handled).toEqual([]);
  });

  it('keeps 200 for a method that does not exist', async () => {
    const answer = await ask(face.port, { body: rpc({ id: 1, method: 'no/such' }) });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      200,
      { error: { code: -32601 } },
    ]);
  });

  it('is answered -32603 without detail when the broker throws', async () => {
    const answer = await ask(face.port, { body: call(1, 'boom') });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      200,
      { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } },
    ]);
  });

  it('is refused while its first use cannot be recorded', async () => {
    broker.failsToNote = true;
    const body = rpc({ id: 1, method: 'initialize' });
    const answer = await ask(face.port, { body });
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: -32603 } });
    expect(answer.headers['mcp-session-id']).toBeUndefined();
    expect(broker.handled).toEqual([]);
  });

  it('passes an integer beyond 2^53 on as it was sent', async () => {
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":[12345678901234567890]}}';
    const answer = await ask(face.port, { body });
    expect(JSON.parse(answer.body)).toMatchObject({
      result: { content: [{ text: '[12345678901234567890]' }], unknownMember: [1, null] },
    });
  });
});

describe('a 2026 request', () => {
  it('is handed on in its era, with its client', async () => {
    const clientInfo = { name: 'new', version: '9' };
    const _meta = { [ENVELOPE_KEYS.clientInfo]: clientInfo };
    const answer = await ask(face.port, modern('tools/list', { _meta }));
    expect(answer.status).toBe(200);
    expect(broker.handled[0]).toMatchObject({ era: '2026', revision: '2026-07-28', clientInfo });
  });

  it('has HTTP 404 for a method that does not exist', async () => {
    const answer = await ask(face.port, modern('no/such'));
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      404,
      { id: 1, error: { code: -32601 } },
    ]);
  });

  it('keeps 200 for a tool that does not exist', async () => {
    const answer = await ask(face.port, modern('tools/call', { name: 'no-such' }));
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      200,
      { error: { code: -32602, message: 'Unknown tool: no-such' } },
    ]);
  });

  it('of an unknown revision is told the supported ones, with HTTP 400', async () => {
    const answer = await ask(face.port, modern('tools/list', {}, '2031-01-01'));
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      400,
      { id: 1, error: { code: -32022, data: { requested: '2031-01-01' } } },
    ]);
    expect(broker.handled).toEqual([]);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['no MCP-Protocol-Version', { 'mcp-protocol-version': undefined }],
    ['another MCP-Protocol-Version', { 'mcp-protocol-version': '2025-11-25' }],
    ['no Mcp-Method', { 'mcp-method': undefined }],
    ['another Mcp-Method', { 'mcp-method': 'tools/list' }],
    ['no Mcp-Name', { 'mcp-name': undefined }],
    ['another Mcp-Name', { 'mcp-name': 'other' }],
    ['Mcp-Name in another case', { 'mcp-name': 'Echo' }],
    ['Mcp-Name in base64 that is not canonical', { 'mcp-name': '=?base64?ZWNobx==?=' }],
    ['Mcp-Name in base64 of something else', { 'mcp-name': '=?base64?b3RoZXI=?=' }],
  ])('with %s is refused with 400 and -32020', async (_what, headers) => {
    const good = modern('tools/call', { name: 'echo' });
    const answer = await ask(face.port, { ...good, headers: { ...good.headers, ...headers } });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      400,
      { id: 1, error: { code: -32020 } },
    ]);
    expect(broker.handled).toEqual([]);
  });

  it('takes a name in base64', async () => {
    const good = modern('tools/call', { name: 'echo' });
    const headers = { ...good.headers, 'mcp-name': '=?base64?ZWNobw==?=' };
    expect((await ask(face.port, { ...good, headers })).status).toBe(200);
    expect(broker.handled).toHaveLength(1);
  });

  it('with its header but no envelope is refused with 400 and -32602', async () => {
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };
    const answer = await ask(face.port, { headers, body: rpc({ id: 1, method: 'tools/list' }) });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      400,
      { error: { code: -32602 } },
    ]);
  });
});

describe('what is not a request', () => {
  it.each([
    rpc({ method: 'notifications/initialized' }),
    rpc({ method: 'notifications/cancelled', params: { requestId: {} } }),
  ])('is taken with 202 and dropped: %s', async (body) => {
    const answer = await ask(face.port, { body });
    expect([answer.status, answer.body]).toEqual([202, '']);
    expect(broker.handled).toEqual([]);
  });
});

describe('progress', () => {
  const _meta = { progressToken: 'mine' };

  it("turns the answer into an event stream with the client's token, ended by the reply", async () => {
    const answer = await ask(face.port, { body: call(1, 'progress', { _meta }) });
    expect([
      answer.status,
      answer.headers['content-type'],
      answer.headers['cache-control'],
    ]).toEqual([200, 'text/event-stream', 'no-store']);
    expect(events(answer.body)).toEqual([
      ...[1, 2].map((progress) => ({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progress, progressToken: 'mine' },
      })),
      { jsonrpc: '2.0', id: 1, result: { content: [] } },
    ]);
  });

  it('is left out when nobody asked for it', async () => {
    const answer = await ask(face.port, { body: call(1, 'progress') });
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('is left out for a client that takes no event stream', async () => {
    const headers = { accept: 'application/json' };
    const answer = await ask(face.port, { headers, body: call(1, 'progress', { _meta }) });
    expect(JSON.parse(answer.body)).toEqual({ jsonrpc: '2.0', id: 1, result: { content: [] } });
  });

  it('is followed by comments while the call goes on', async () => {
    const lively = await listen({ keepAliveMs: 1, detachedMs: 1 });
    const session = await openTransportSession(lively.port, 'Bearer token-a');
    const text = await new Promise<string>((resolve) => {
      const body = call(1, 'progress-then-hang', { _meta });
      let read = '';
      const socket = connect(lively.port, '127.0.0.1', () =>
        socket.write(
          'POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token-a\r\n' +
            `Mcp-Session-Id: ${session}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        ),
      );
      socket.on('data', (part) => {
        read += part.toString();
        if (/: keep-alive\n\n/.test(read)) socket.destroy();
      });
      socket.on('close', () => resolve(read));
    });
    expect(text).toContain('notifications/progress');
    await broker.cancellations(1);
    await lively.close();
  });
});

describe('the end of a session', () => {
  it('under a call is a 401', async () => {
    const answer = await ask(face.port, { body: call(1, 'ended') });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
  });

  it('under a stream is its last event', async () => {
    const body = call(1, 'progress-then-end', { _meta: { progressToken: 1 } });
    const answer = await ask(face.port, { body });
    expect(events(answer.body).at(-1)).toMatchObject({ id: 1, error: { code: -31003 } });
  });
});

describe('cancellation', () => {
  it('by the client going away reaches the call', async () => {
    const leave = new AbortController();
    const asked = ask(face.port, { body: call(1, 'hang'), signal: leave.signal });
    await broker.running(1);
    leave.abort();
    await expect(asked).rejects.toThrow();
    await broker.cancellations(1);
    expect(broker.cancelled).toEqual([1]);
  });

  it('by notification reaches the call of the same session', async () => {
    const asked = ask(face.port, { body: call('x', 'hang') });
    await broker.running('x');
    await ask(face.port, {
      body: rpc({ method: 'notifications/cancelled', params: { requestId: 'x' } }),
    });
    const answer = await asked;
    expect([answer.status, answer.body]).toEqual([202, '']);
    expect(broker.cancelled).toEqual(['x']);
  });

  it('by notification ends a stream that is open', async () => {
    const body = call('x', 'progress-then-hang', { _meta: { progressToken: 1 } });
    const asked = ask(face.port, { body });
    await broker.running('x');
    await ask(face.port, {
      body: rpc({ method: 'notifications/cancelled', params: { requestId: 'x' } }),
    });
    expect(events((await asked).body)).toHaveLength(1);
  });

  it("never reaches another session's call of the same id", async () => {
    const leave = new AbortController();
    const asked = ask(face.port, { body: call(1, 'hang'), signal: leave.signal }).catch(() => {});
    await broker.running(1);
    await ask(face.port, {
      headers: { authorization: 'Bearer token-b' },
      body: rpc({ method: 'notifications/cancelled', params: { requestId: 1 } }),
    });
    expect(broker.handled[0]?.signal.aborted).toBe(false);
    leave.abort();
    await asked;
  });

  it('by notification cancels neither of two calls it cannot tell apart', async () => {
    const leave = new AbortController();
    const body = call(1, 'hang');
    const asked = [body, body].map((one) =>
      ask(face.port, { body: one, signal: leave.signal }).catch(() => {}),
    );
    while (broker.handled.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await ask(face.port, {
      body: rpc({ method: 'notifications/cancelled', params: { requestId: 1 } }),
    });
    expect(broker.handled.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    leave.abort();
    await Promise.all(asked);
  });
});

describe('sessions side by side', () => {
  it('each get their own answers to the same ids', async () => {
    const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
    const answers = await Promise.all(
      letters.flatMap((letter) =>
        [1, 2, 3, 4].map(async (id) => {
          const headers = { authorization: `Bearer token-${letter}` };
          const nonce = `${letter}-${id}`;
          const answer = await ask(face.port, {
            headers,
            body: call(id, 'echo', { arguments: { nonce } }),
          });
          return [nonce, id, JSON.parse(answer.body)] as const;
        }),
      ),
    );
    expect(answers).toHaveLength(104);
    for (const [nonce, id, reply] of answers) {
      expect(reply).toMatchObject({ id, result: { content: [{ text: `{"nonce":"${nonce}"}` }] } });
    }
  });

  it('are each noted once', async () => {
    const body = rpc({ id: 1, method: 'tools/list' });
    const tokens = ['token-a', 'token-a', 'token-b', 'token-a'];
    await Promise.all(
      tokens.map((token) =>
        ask(face.port, { headers: { authorization: `Bearer ${token}` }, body }),
      ),
    );
    expect(broker.noted.map(({ sessionId }) => sessionId).sort()).toEqual([
      principalOf('a').sessionId,
      principalOf('b').sessionId,
    ]);
  });
});

describe('bounds', () => {
  it('drops a client that does not read its stream, and cancels its call', async () => {
    const tight = await listen({ maxQueuedBytes: 1024 * 1024, detachedMs: 1 });
    const session = await openTransportSession(tight.port, 'Bearer token-a');
    const body = call(1, 'flood', { _meta: { progressToken: 1 } });
    const socket = connect(tight.port, '127.0.0.1', () =>
      socket.write(
        'POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token-a\r\n' +
          `Mcp-Session-Id: ${session}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    );
    socket.on('error', () => {});
    socket.pause();
    await broker.cancellations(1);
    expect(broker.cancelled).toEqual([1]);
    socket.destroy();
    await tight.close();
  });

  it('answers 503 to a request beyond the bound on calls in flight', async () => {
    const tight = await listen({ maxInFlight: 1 });
    const leave = new AbortController();
    const asked = ask(tight.port, { body: call(1, 'hang'), signal: leave.signal }).catch(() => {});
    await broker.running(1);
    expect((await ask(tight.port, { body: call(2, 'echo') })).status).toBe(503);
    leave.abort();
    await asked;
    await tight.close();
  });
});

describe('listenHttp', () => {
  it('names the option when the port is in use', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(
      listenHttp({ broker, host: '127.0.0.1', port, log: SILENT_LOG }),
    ).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', hint: expect.stringContaining('--port') });
    taken.close();
  });

  it('listens on nothing when it may not', async () => {
    await expect(
      listenHttp({ broker, host: '0.0.0.0', port: 0, log: SILENT_LOG }),
    ).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });

  it('answers what it cancels when it closes, and is gone afterwards', async () => {
    const other = await listen();
    const asked = ask(other.port, { body: call(1, 'hang') });
    await broker.running(1);
    await other.close();
    expect(JSON.parse((await asked).body) as JsonObject).toMatchObject({
      id: 1,
      error: { code: -32603 },
    });
    await expect(ask(other.port, { body: call(2, 'echo') })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});
