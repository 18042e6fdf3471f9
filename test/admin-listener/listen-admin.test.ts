import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AdminListener, listenAdmin } from '../../src/admin-listener/listen-admin.ts';
import type { Log } from '../../src/domain/log.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error() {} } as never;
let isHealthy = true;
let metrics: () => string = () => 'a 1\n';
let listener: AdminListener;
const options = {
  host: '127.0.0.1',
  port: 0,
  hosts: ['broker.internal'],
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  metrics: () => metrics(),
  isHealthy: () => isHealthy,
  log,
};
beforeAll(async () => {
  listener = await listenAdmin(options);
});
afterAll(() => listener.close());

/** Sends bytes and gives everything that comes back until the connection ends. */
async function raw(...lines: readonly string[]): Promise<string> {
  const socket = connect(listener.port, '127.0.0.1');
  socket.end(`${lines.join('\r\n')}\r\n\r\n`);
  return text(socket);
}
const get = (path: string, host = '127.0.0.1', ...more: readonly string[]) =>
  raw(`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...more);
const statusOf = (answer: string) => Number(answer.split(' ', 2)[1]);

describe('the admin listener', () => {
  it('answers with metrics and with its health, and has nothing of it kept', async () => {
    const answer = await get('/metrics?from=here');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('Content-Type: text/plain; version=0.0.4; charset=utf-8');
    expect(answer).toContain('Cache-Control: no-store');
    expect(answer).toMatch(/\r\n\r\n(?:4\r\n)?a 1\n/);
    expect(await get('/healthz')).toMatch(/200 [\s\S]*ok\n/);
    isHealthy = false;
    expect(statusOf(await get('/healthz'))).toBe(503);
    isHealthy = true;
  });

  it.each(['/', '/mcp', '/mcp/files', '/metrics/', '//metrics', '/healthz/x', '*', '/METRICS'])(
    'has nothing at %s',
    async (path) => {
      expect(statusOf(await get(path))).toBe(404);
    },
  );

  it.each(['POST', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'])('takes no %s', async (method) => {
    const answer = await raw(`${method} /metrics HTTP/1.1`, 'Host: localhost', 'Connection: close');
    expect(statusOf(answer)).toBe(405);
  });

  it('reads no body, and ends the connection that one came on', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
    for (const head of ['GET /metrics', 'POST /mcp']) {
      const answer = await raw(
        `${head} HTTP/1.1`,
        'Host: localhost',
        `Content-Length: ${body.length}`,
        '',
        body,
      );
      expect(answer).toContain('Connection: close');
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(statusOf(answer)).not.toBe(200);
    }
  });

  it.each(['localhost', 'LOCALHOST:9464', '[::1]:9464', '10.1.2.3:9464', 'broker.internal:9464'])(
    'is meant by %s',
    async (host) => {
      expect(statusOf(await get('/metrics', host))).toBe(200);
    },
  );

  it.each(['evil.example', 'localhost.evil.example', 'localhost.', '127.0.0.1.nip.io', 'a b', ''])(
    'is not meant by %j: a name that was made to lead here',
    async (host) => {
      expect(statusOf(await get('/metrics', host))).toBe(403);
    },
  );

  it('is not meant without a host, with two of them, or by a page', async () => {
    expect(statusOf(await raw('GET /metrics HTTP/1.1', 'Connection: close'))).toBe(403);
    expect(statusOf(await get('/metrics', 'localhost', 'Host: evil.example'))).toBe(403);
    expect(statusOf(await get('/metrics', 'localhost', 'Origin: http://localhost'))).toBe(403);
  });

  it('says that it failed and nothing else when what it asks for throws', async () => {
    metrics = () => {
      throw new Error('hush');
    };
    const answer = await get('/metrics');
    metrics = () => 'a 1\n';
    expect(statusOf(answer)).toBe(500);
    expect(answer).not.toContain('hush');
  });

  it('says whose port it is, and what to do, when another one has it', async () => {
    await expect(listenAdmin({ ...options, port: listener.port })).rejects.toMatchObject({
      code: 'ERR_UNREACHABLE',
      message: `admin.listen: port ${listener.port} on 127.0.0.1 is in use`,
      hint: 'give each serve an admin.listen of its own, or stop what uses the port',
    });
  });
});
