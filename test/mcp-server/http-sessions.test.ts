import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import type { HttpLimits } from '../../src/mcp-server/http-limits.ts';
import { openTransportSession } from '../support/live/transport-session.ts';
import { FakeBroker, principalOf } from './fake-broker.ts';
import { ask, call, modern, type RawRequest, rpc } from './raw-http.ts';

const PING = rpc({ id: 1, method: 'ping' });

let broker: FakeBroker;
let face: HttpFace;
const faces: HttpFace[] = [];

async function serving(limits: Partial<HttpLimits> = {}): Promise<HttpFace> {
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG, limits });
  faces.push(face);
  return face;
}
beforeEach(async () => {
  broker = new FakeBroker();
  await serving();
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(faces.splice(0).map((one) => one.close()));
});

const initialize = (more: JsonObject = {}): RawRequest => ({
  body: rpc({
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, ...more },
  }),
});

async function open(token = 'token-a', path = '/mcp'): Promise<string> {
  const id = await openTransportSession(face.port, `Bearer ${token}`, path);
  if (id === undefined) throw new Error('no session');
  return id;
}

/** Asks with a session, as it stands. */
const within = (session: string | readonly string[], what: RawRequest = {}) =>
  ask(face.port, {
    ...((what.method ?? 'POST') === 'POST' ? { body: PING } : {}),
    ...what,
    asIs: true,
    headers: { 'mcp-session-id': session, ...what.headers },
  });

const statusOf = async (...asked: Parameters<typeof within>) => (await within(...asked)).status;

describe('a transport session', () => {
  it('is opened by initialize, under an id of 192 random bits', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(face.port, initialize())),
    );
    const ids = answers.map(({ headers }) => headers['mcp-session-id']);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(new Set(ids).size).toBe(20);
  });

  it('remembers what its client said of itself', async () => {
    const { headers } = await ask(
      face.port,
      initialize({
        capabilities: { elicitation: {} },
        clientInfo: { name: 'one', version: '2' },
        protocolVersion: '2025-06-18',
      }),
    );
    await within(String(headers['mcp-session-id']));
    expect(broker.handled.at(-1)).toMatchObject({
      revision: '2025-06-18',
      clientInfo: { name: 'one', version: '2' },
      clientCapabilities: { elicitation: {} },
    });
  });

  it.each([
    ['a request', PING],
    ['a notification', rpc({ method: 'notifications/initialized' })],
    ['a response', rpc({ id: 1, result: {} })],
  ])('is needed for %s', async (_, body) => {
    const answer = await ask(face.port, { body, asIs: true });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      400,
      { error: { code: -32600 } },
    ]);
    expect(broker.handled).toEqual([]);
  });

  it('is refused a second initialize', async () => {
    expect(await statusOf(await open(), initialize())).toBe(400);
  });

  it('is of no concern to 2026', async () => {
    const request = modern('tools/list');
    for (const id of [await open(), 'unknown']) {
      const headers = { ...request.headers, 'mcp-session-id': id };
      const answer = await ask(face.port, { ...request, headers });
      expect([answer.status, answer.headers['mcp-session-id']]).toEqual([200, undefined]);
    }
  });

  it.each<[string, (own: string, other: string) => Parameters<typeof within>]>([
    ['unknown', () => ['unknown']],
    ['empty', () => ['']],
    ["another token's", (_, other) => [other]],
    ['its own, on another path', (own) => [own, { path: '/mcp/files' }]],
    ['sent twice', (own) => [[own, own]]],
    ['two', (own, other) => [[own, other]]],
    ['with something after it', (own) => [`${own}, ${own}`]],
  ])('is none, by one answer, when its id is %s', async (_, asked) => {
    const own = await open();
    const [session, what] = asked(own, await open('token-b'));
    const answer = await within(session, what);
    const unknown = await within('0'.repeat(32));
    expect([answer.status, answer.body]).toEqual([404, unknown.body]);
    for (const method of ['GET', 'DELETE']) {
      expect(await statusOf(session, { ...what, method })).toBe(404);
    }
    expect(await statusOf(own)).toBe(200);
  });

  it('of one server is none elsewhere', async () => {
    const session = await open('token-a', '/mcp/files');
    expect(await statusOf(session, { path: '/mcp/files' })).toBe(200);
    expect(await statusOf(session)).toBe(404);
  });

  it('is none without a token', async () => {
    const headers = { authorization: undefined };
    expect(await statusOf(await open(), { headers })).toBe(401);
  });

  it('ends with DELETE, and what it has in flight is cancelled', async () => {
    const session = await open();
    const asked = within(session, { body: call(1, 'hang') });
    await broker.running(1);
    expect(await statusOf(session, { method: 'DELETE' })).toBe(200);
    expect((await asked).status).toBe(202);
    expect(broker.cancelled).toEqual([1]);
    expect(await statusOf(session)).toBe(404);
    expect(await statusOf(session, { method: 'DELETE' })).toBe(404);
    expect(broker.channels.size).toBe(0);
  });

  it("ends with the broker's", async () => {
    const session = await open();
    broker.watched.get(principalOf('a').sessionId)?.tell({ kind: 'ended' });
    expect(await statusOf(session)).toBe(404);
    expect(broker.channels.size).toBe(0);
  });

  it('ends when it is not used for long, and not while it is, but then', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await serving({ sessionIdleMs: 1000 });
    const session = await open();
    const asked = within(session, { body: call(1, 'hang') });
    await broker.running(1);
    const other = await open('token-b');
    expect(broker.channels.size).toBe(2);
    while (broker.channels.size > 1) {
      vi.advanceTimersByTime(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const headers = { authorization: 'Bearer token-b' };
    expect(await statusOf(other, { headers })).toBe(404);
    const body = rpc({ method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(await statusOf(session, { body })).toBe(202);
    await asked;
    while (broker.channels.size > 0) {
      vi.advanceTimersByTime(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await statusOf(session, {})).toBe(404);
  });

  it("makes room for its owner's next beyond the bound, the one used least first", async () => {
    await serving({ maxTransportSessionsPerSession: 2 });
    const [one, two, foreign] = [await open(), await open(), await open('token-b')];
    expect(await statusOf(one)).toBe(200);
    const three = await open();
    expect([await statusOf(one), await statusOf(two), await statusOf(three)]).toEqual([
      200, 404, 200,
    ]);
    const headers = { authorization: 'Bearer token-b' };
    expect(await statusOf(foreign, { headers })).toBe(200);
  });

  it('is refused when all its owner may have are in use, or there are too many in all', async () => {
    await serving({ maxTransportSessions: 1 });
    const session = await open();
    const asked = within(session, { body: call(1, 'hang') });
    await broker.running(1);
    expect((await ask(face.port, initialize())).status).toBe(503);
    const headers = { authorization: 'Bearer token-b' };
    expect((await ask(face.port, { ...initialize(), headers })).status).toBe(503);
    expect(broker.refused.map(([reason]) => reason)).toEqual(['too_many', 'too_many']);
    await within(session, { method: 'DELETE' });
    await asked;
  });

  it('is watched as long as it lives, with the path it is on', async () => {
    await open('token-a', '/mcp/files');
    expect([...broker.channels]).toMatchObject([
      { principal: principalOf('a'), era: '2025', onlyServer: 'files' },
    ]);
    await face.close();
    expect(broker.channels.size).toBe(0);
  });
});

describe('a cancellation', () => {
  const cancel = rpc({ method: 'notifications/cancelled', params: { requestId: 1 } });

  it('reaches the request of the same transport session only', async () => {
    const [one, two] = [await open(), await open()];
    const asked = within(one, { body: call(1, 'hang') });
    await broker.running(1);
    expect(await statusOf(two, { body: cancel })).toBe(202);
    expect(broker.handled.at(-1)?.signal.aborted).toBe(false);
    await within(one, { body: cancel });
    expect((await asked).status).toBe(202);
  });
});
