import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import { FakeBroker } from './fake-broker.ts';
import { ask, askRaw, rpc } from './raw-http.ts';

const PING = rpc({ id: 1, method: 'ping' });
const broker = new FakeBroker();
let face: HttpFace;

beforeAll(async () => {
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG });
});
afterAll(() => face.close());
beforeEach(() => {
  broker.presented.length = 0;
  broker.handled.length = 0;
  broker.askedServers.length = 0;
  broker.ended.clear();
});

describe('Host and Origin', () => {
  it.each(['localhost', 'localhost:1', '127.0.0.1:99', '[::1]:7433', 'LOCALHOST'])(
    'serves Host %s',
    async (host) => {
      expect((await ask(face.port, { headers: { host }, body: PING })).status).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil@localhost',
    'localhost/x',
    'localhost:x',
    '127.0.0.1.evil.example',
    ' ',
  ])('refuses Host %j with 403, before authentication', async (host) => {
    const answer = await ask(face.port, { headers: { host, authorization: undefined } });
    expect(answer.status).toBe(403);
    expect(broker.presented).toEqual([]);
  });

  it.each([
    ['two Host headers', 'Host: localhost\r\nHost: evil.example\r\n'],
    ['no Host header', ''],
    ['two Origin headers', 'Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://x\r\n'],
  ])('refuses %s', async (_what, headers) => {
    const text = await askRaw(
      face.port,
      `POST /mcp HTTP/1.1\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(broker.presented).toEqual([]);
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1', 'https://[::1]:8'])(
    'serves Origin %s',
    async (origin) => {
      expect((await ask(face.port, { headers: { origin }, body: PING })).status).toBe(200);
    },
  );

  it.each([
    'null',
    'http://evil.example',
    'http://localhost.evil.example',
    'localhost',
    '',
    'x://',
  ])('refuses Origin %j with 403, whatever the Host', async (origin) => {
    const answer = await ask(face.port, { headers: { origin }, body: PING });
    expect(answer.status).toBe(403);
    expect(broker.presented).toEqual([]);
  });
});

describe('the path', () => {
  it.each([
    '/',
    '/mcp/',
    '/MCP',
    '/mcp/a/b',
    '/mcp/__a',
    '/mcp/%66iles',
    '/mcp/../mcp',
    '/.well-known/oauth-protected-resource',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
    '/.well-known/openid-configuration',
  ])('does not exist: %s', async (path) => {
    const answer = await ask(face.port, { path, body: PING });
    expect([answer.status, answer.body]).toEqual([404, 'not found\n']);
    expect(broker.presented).toEqual([]);
  });

  it('answers an unknown and an ungranted server alike', async () => {
    const one = await ask(face.port, { path: '/mcp/secret', body: PING, asIs: true });
    const other = await ask(face.port, { path: '/mcp/nowhere', body: PING, asIs: true });
    expect(one.status).toBe(404);
    expect({ ...one, headers: { ...one.headers, date: '' } }).toEqual({
      ...other,
      headers: { ...other.headers, date: '' },
    });
    expect(broker.askedServers).toEqual(['secret', 'nowhere']);
  });

  it('hands the server of a granted path on', async () => {
    expect((await ask(face.port, { path: '/mcp/files', body: PING })).status).toBe(200);
    expect(broker.handled[0]).toMatchObject({ onlyServer: 'files' });
  });

  it('does not tell a server name to whom it does not know', async () => {
    const headers = { authorization: undefined };
    const answer = await ask(face.port, { path: '/mcp/files', headers, body: PING });
    expect(answer.status).toBe(401);
    expect(broker.askedServers).toEqual([]);
  });

  it('refuses a URL beyond the limit with 414', async () => {
    expect((await ask(face.port, { path: `/mcp?${'x'.repeat(3000)}` })).status).toBe(414);
  });
});

describe('the credential', () => {
  it('is asked for without an error when there is none', async () => {
    const answer = await ask(face.port, { headers: { authorization: undefined }, body: PING });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(answer.body).toContain('toolgrant session open --subject');
  });

  it('gets one answer whatever is wrong with it', async () => {
    broker.ended.add(`ses_${'b'.repeat(32)}`);
    const answers = await Promise.all(
      ['Bearer canary', 'Bearer token-b', 'Bearer', 'Bearer a b', 'bearer é', 'Bearer token-ä'].map(
        (authorization) => ask(face.port, { headers: { authorization }, body: PING }),
      ),
    );
    const same = new Set(
      answers.map(({ status, headers, body }) =>
        JSON.stringify([status, headers['www-authenticate'], headers['content-length'], body]),
      ),
    );
    expect(same.size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect(answers[0]?.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expect(JSON.stringify(answers)).not.toContain('canary');
    expect(broker.handled).toEqual([]);
  });

  it('has the body of the answer without one', async () => {
    const none = await ask(face.port, { headers: { authorization: undefined }, body: PING });
    const bad = await ask(face.port, { headers: { authorization: 'Bearer x' }, body: PING });
    expect(bad.body).toBe(none.body);
  });

  it.each([
    ['Basic dG9rZW4tYTo=', '/mcp'],
    [undefined, '/mcp?access_token=token-a'],
    [undefined, '/mcp?authorization=Bearer%20token-a&token=token-a'],
  ])('counts only as a bearer header (%j %s)', async (authorization, path) => {
    const answer = await ask(face.port, { path, headers: { authorization }, body: PING });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(broker.presented).toEqual([undefined]);
  });

  it('is refused when it comes twice', async () => {
    const text = await askRaw(
      face.port,
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token-a\r\n' +
        'Authorization: Bearer token-b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(broker.presented).toEqual([{ kind: 'token', token: '' }]);
  });

  it('is looked at before the method, the type and the body', async () => {
    const headers = { authorization: undefined, 'content-type': 'text/plain' };
    for (const method of ['GET', 'DELETE', 'PUT', 'POST']) {
      const body = method === 'POST' ? 'not json' : undefined;
      const answer = await ask(face.port, { method, headers, ...(body && { body }) });
      expect(answer.status).toBe(401);
    }
  });

  it('is not influenced by any other header', async () => {
    const others = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [`x-other-${n}`, 'Bearer token-b']),
    );
    const answer = await ask(face.port, {
      headers: {
        ...others,
        'x-forwarded-for': '6.6.6.6',
        'x-forwarded-host': 'evil.example',
        'proxy-authorization': 'Bearer token-b',
        cookie: 'authorization=Bearer token-b',
        connection: 'authorization, close',
      },
      body: PING,
    });
    expect(answer.status).toBe(200);
    expect(broker.handled[0]).toMatchObject({
      principal: { subject: 'subject-a' },
      origin: { transport: 'http', remote: '127.0.0.1' },
    });
  });

  it('is answered 503, not 401, while state cannot be read', async () => {
    broker.stateIsUnreadable = true;
    const answer = await ask(face.port, { body: PING });
    broker.stateIsUnreadable = false;
    expect(answer.status).toBe(503);
  });

  it('is answered without detail when authentication itself breaks', async () => {
    broker.failsToAuthenticate = true;
    const answer = await ask(face.port, { body: PING });
    broker.failsToAuthenticate = false;
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      500,
      { jsonrpc: '2.0', id: null, error: { code: -32603, message: 'Internal error' } },
    ]);
  });
});

describe('the form of a request', () => {
  it.each(['PUT', 'PATCH', 'OPTIONS'])('refuses %s with 405', async (method) => {
    const answer = await ask(face.port, { method });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, GET, DELETE']);
  });

  it.each(['GET', 'DELETE', 'PUT'])('refuses %s of 2026 with 405', async (method) => {
    const headers = { 'mcp-protocol-version': '2026-07-28' };
    const answer = await ask(face.port, { method, headers });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
  });

  it('knows no transport session that it did not open', async () => {
    const headers = { 'mcp-session-id': 'some' };
    expect((await ask(face.port, { headers, body: PING })).status).toBe(404);
  });

  it.each([undefined, 'text/plain', 'text/plain; a=application/json', 'application/x-json'])(
    'refuses content type %s with 415',
    async (type) => {
      const answer = await ask(face.port, { headers: { 'content-type': type }, body: PING });
      expect(answer.status).toBe(415);
    },
  );

  it.each(['application/json; charset=utf-8', 'Application/JSON'])(
    'takes content type %s',
    async (type) => {
      const answer = await ask(face.port, { headers: { 'content-type': type }, body: PING });
      expect(answer.status).toBe(200);
    },
  );

  it('refuses a compressed body with 415', async () => {
    const headers = { 'content-encoding': 'gzip' };
    expect((await ask(face.port, { headers, body: PING })).status).toBe(415);
  });

  it.each([
    ['not json', -32700],
    ['', -32700],
    ['\ufeff{}', -32700],
    ['['.repeat(5000), -32700],
    [`[${PING}]`, -32600],
    ['[]', -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","Method":"x"}', -32600],
    ['7', -32600],
  ])('answers the body %j with 400 and %i', async (body, code) => {
    const answer = await ask(face.port, { body });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([400, { error: { code } }]);
    expect(broker.handled).toEqual([]);
  });

  it('refuses a body of a declared length beyond 4 MiB with 413', async () => {
    const body = Buffer.alloc(4 * 1024 * 1024 + 1, 0x20);
    const headers = { 'content-length': String(body.length) };
    expect((await ask(face.port, { headers, body })).status).toBe(413);
  });

  it('refuses a body that grows beyond 4 MiB with 413', async () => {
    const body = Buffer.alloc(4 * 1024 * 1024 + 1, 0x20);
    const headers = { 'transfer-encoding': 'chunked' };
    expect((await ask(face.port, { headers, body })).status).toBe(413);
  });

  it('takes a body of exactly 4 MiB', async () => {
    const body = Buffer.concat([
      Buffer.from(PING),
      Buffer.alloc(4 * 1024 * 1024 - PING.length, 32),
    ]);
    expect((await ask(face.port, { body })).status).toBe(200);
  });

  it.each([
    ['GARBAGE\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      `GET /mcp HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
  ])('answers %j with an error and the end of the connection', async (bytes, expected) => {
    expect(await askRaw(face.port, bytes)).toMatch(expected);
    expect(broker.handled).toEqual([]);
  });

  it('answers a request that never comes to its end with 408', async () => {
    const hasty = await listenHttp({
      broker,
      host: '127.0.0.1',
      port: 0,
      log: SILENT_LOG,
      limits: { headersMs: 20, receiveMs: 40 },
    });
    const head = 'POST /mcp HTTP/1.1\r\nHost: localhost\r\n';
    expect(await askRaw(hasty.port, head)).toMatch(/^HTTP\/1\.1 408 /);
    await hasty.close();
  });
});
