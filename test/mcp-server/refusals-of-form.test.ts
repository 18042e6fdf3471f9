import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import { serveStdio } from '../../src/mcp-server/stdio-face.ts';
import { FakeBroker } from './fake-broker.ts';
import { ask, modern, type RawRequest, rpc } from './raw-http.ts';

const PING = rpc({ id: 1, method: 'ping' });

describe('what HTTP refuses before it is a request to decide on', () => {
  const broker = new FakeBroker();
  let face: HttpFace;
  beforeAll(async () => {
    const limits = { maxBodyBytes: 1000 };
    face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG, limits });
  });
  afterAll(() => face.close());

  const cases: [string, RawRequest, number, string, string | null][] = [
    [
      'a wrong Host',
      { headers: { host: 'evil.example' }, body: PING },
      403,
      'address_refused',
      null,
    ],
    ['an unknown path', { path: '/nope', body: PING }, 404, 'target_unknown', null],
    ['a PUT', { method: 'PUT' }, 405, 'form_unsupported', 'subject-a'],
    ['a GET of no session', { method: 'GET' }, 400, 'session_missing', 'subject-a'],
    ['no transport session', { body: PING, asIs: true }, 400, 'session_missing', 'subject-a'],
    [
      'a transport session',
      { headers: { 'mcp-session-id': 'x' }, body: PING },
      404,
      'target_unknown',
      'subject-a',
    ],
    [
      'a media type',
      { headers: { 'content-type': 'text/plain' }, body: PING },
      415,
      'form_unsupported',
      'subject-a',
    ],
    ['too large a body', { body: `"${'x'.repeat(2000)}"` }, 413, 'too_large', 'subject-a'],
    ['no JSON', { body: '{' }, 400, 'malformed_json', 'subject-a'],
    [
      'a member given twice',
      { body: `${PING.slice(0, -1)},"method":"tools/call"}` },
      400,
      'malformed_json',
      'subject-a',
    ],
    ['a batch', { body: `[${PING}]` }, 400, 'invalid_message', 'subject-a'],
    [
      'an unknown revision',
      { headers: { 'mcp-protocol-version': '2020-01-01' }, body: PING },
      400,
      'revision_unsupported',
      'subject-a',
    ],
  ];

  it.each(cases)('records %s, once', async (_, request, status, reason, subject) => {
    broker.refused.length = 0;
    const answer = await ask(face.port, request);
    expect([answer.status, broker.refused]).toEqual([status, [[reason, subject]]]);
  });

  it('records headers that disagree with the body', async () => {
    broker.refused.length = 0;
    const request = modern('tools/list', {});
    const headers = { ...request.headers, 'mcp-method': 'tools/call' };
    const answer = await ask(face.port, { ...request, headers });
    expect([answer.status, broker.refused]).toEqual([400, [['header_mismatch', 'subject-a']]]);
  });

  it('records a request that fails in the broker’s own machinery', async () => {
    broker.refused.length = 0;
    broker.failsToAuthenticate = true;
    const answer = await ask(face.port, { body: PING });
    broker.failsToAuthenticate = false;
    expect([answer.status, broker.refused]).toEqual([500, [['failed', null]]]);
  });

  it('records a failure with whose request it was, once that is known', async () => {
    broker.refused.length = 0;
    broker.failsToRefuse = true;
    const answer = await ask(face.port, { body: '{' });
    expect([answer.status, broker.refused]).toEqual([500, [['failed', 'subject-a']]]);
  });

  it('records nothing for a request that is served', async () => {
    broker.refused.length = 0;
    expect((await ask(face.port, { body: PING })).status).toBe(200);
    expect(broker.refused).toEqual([]);
  });
});

describe('what stdio refuses before it is a request to decide on', () => {
  it('is recorded, line by line, with the session once it is known', async () => {
    const broker = new FakeBroker();
    const input = new PassThrough();
    const output = new PassThrough();
    const face = serveStdio({
      broker,
      credential: { kind: 'token', token: 'token-a' },
      input,
      output,
      log: SILENT_LOG,
      limits: { maxMessageBytes: 1000 },
    });
    input.write('{\n');
    input.write(`${PING}\n`);
    await new Promise((resolve) => output.once('readable', resolve));
    while (broker.handled.length === 0) await new Promise((resolve) => setImmediate(resolve));
    input.write(`[${PING}]\n`);
    input.write(`"${'x'.repeat(2000)}"\n`);
    input.end();
    expect(await face.exitCode).toBe(0);
    expect(broker.refused).toEqual([
      ['malformed_json', null],
      ['invalid_message', 'subject-a'],
      ['too_large', 'subject-a'],
    ]);
  });
});
