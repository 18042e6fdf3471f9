import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import type { HttpLimits } from '../../src/mcp-server/http-limits.ts';
import { openTransportSession } from '../support/live/transport-session.ts';
import { FakeBroker, principalOf } from './fake-broker.ts';
import { EventStream } from './http-stream-client.ts';
import { ask, call, rpc } from './raw-http.ts';

const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
const CHANGED = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };

let broker: FakeBroker;
let face: HttpFace;
const faces: HttpFace[] = [];
const streams: EventStream[] = [];

async function serving(limits: Partial<HttpLimits> = {}): Promise<void> {
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG, limits });
  faces.push(face);
}
beforeEach(async () => {
  broker = new FakeBroker();
  await serving();
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.leave();
  await Promise.all(faces.splice(0).map((one) => one.close()));
});

async function opened(protocolVersion = '2025-11-25', token = 'token-a'): Promise<string> {
  const params = { protocolVersion, capabilities: {} };
  const id = await openTransportSession(face.port, `Bearer ${token}`, '/mcp', params);
  if (id === undefined) throw new Error('no session');
  return id;
}

async function stream(session: string, body?: string, more: Record<string, string> = {}) {
  const headers = { 'mcp-session-id': session, ...more };
  const one = await EventStream.open(face.port, headers, body);
  streams.push(one);
  return one;
}

const resume = (session: string, id: string | undefined) =>
  stream(session, undefined, { 'last-event-id': id ?? '' });
const channel = () => broker.watched.get(principalOf('a').sessionId);
const withProgress = (name: string): string => call(1, name, { _meta: { progressToken: 1 } });
const respond = (session: string, message: JsonObject, token = 'token-a') =>
  ask(face.port, {
    asIs: true,
    headers: { 'mcp-session-id': session, authorization: `Bearer ${token}` },
    body: rpc(message),
  });

describe('the stream of news', () => {
  it('opens with an event that has an id, a time to come back, and no data', async () => {
    const news = await stream(await opened());
    expect([news.status, news.headers['content-type']]).toEqual([200, 'text/event-stream']);
    expect(await news.next()).toEqual({ id: '0-0', retry: 1000, data: '' });
  });

  it('opens without it for a client that does not know it', async () => {
    const news = await stream(await opened('2025-06-18'));
    channel()?.tell({ kind: 'list_changed', of: 'tools' });
    expect(await news.next()).toEqual({ id: '0-1', data: JSON.stringify(CHANGED) });
  });

  it('carries what its session is told', async () => {
    const session = await opened();
    const news = await stream(session);
    expect([...(channel()?.wants ?? [])]).toEqual(['tools', 'prompts', 'resources']);
    channel()?.tell({ kind: 'list_changed', of: 'tools' });
    channel()?.tell({ kind: 'resource_updated', params: { uri: 'a:b' } });
    expect([await news.message(), await news.message()]).toEqual([
      CHANGED,
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'a:b' } },
    ]);
  });

  it('carries once what was said while nobody listened', async () => {
    const session = await opened();
    for (let n = 0; n < 1000; n += 1) channel()?.tell({ kind: 'list_changed', of: 'tools' });
    const news = await stream(session);
    channel()?.tell({ kind: 'list_changed', of: 'prompts' });
    expect(await news.message()).toEqual(CHANGED);
    expect(await news.message()).toMatchObject({ method: 'notifications/prompts/list_changed' });
  });

  it('goes on where it broke off', async () => {
    const session = await opened();
    const news = await stream(session);
    await news.next();
    channel()?.tell({ kind: 'resource_updated', params: { uri: 'a:1' } });
    const last = await news.next();
    channel()?.tell({ kind: 'resource_updated', params: { uri: 'a:2' } });
    const again = await resume(session, last?.id);
    await news.ended();
    channel()?.tell({ kind: 'resource_updated', params: { uri: 'a:3' } });
    expect([await again.message(), await again.message()]).toMatchObject([
      { params: { uri: 'a:2' } },
      { params: { uri: 'a:3' } },
    ]);
  });

  it('keeps of what it said before its client’s rights were others only that lists are', async () => {
    const session = await opened();
    channel()?.tell({ kind: 'list_changed', of: 'tools' });
    channel()?.tell({ kind: 'resource_updated', params: { uri: 'a:1' } });
    const news = await stream(session);
    const prime = await news.next();
    await news.message();
    channel()?.tell({ kind: 'resource_updated', params: { uri: 'a:2' } });
    news.leave();
    await news.ended();
    channel()?.tell({ kind: 'resource_updated', params: { uri: 'a:3' } });
    channel()?.letGo?.();
    channel()?.tell({ kind: 'list_changed', of: 'resources' });
    const again = await resume(session, prime?.id);
    expect(await again.message()).toEqual(CHANGED);
    expect(await again.message()).toMatchObject({ method: 'notifications/resources/list_changed' });
    expect(again.text).not.toContain('uri');
  });

  it('is read by one connection, the last', async () => {
    const session = await opened();
    const [one, two] = [await stream(session), await stream(session)];
    await one.ended();
    channel()?.tell({ kind: 'list_changed', of: 'tools' });
    expect(await two.message()).toEqual(CHANGED);
  });

  it('ends at once with the session', async () => {
    const news = await stream(await opened());
    channel()?.tell({ kind: 'ended' });
    await news.ended();
    expect(news.text).not.toContain('data: {');
  });

  it('ends with DELETE and with the face', async () => {
    const session = await opened();
    const one = await stream(session);
    await ask(face.port, { method: 'DELETE', headers: { 'mcp-session-id': session } });
    await one.ended();
    const two = await stream(await opened());
    await face.close();
    await two.ended();
  });

  it('is refused to who takes no event stream', async () => {
    const news = await stream(await opened(), undefined, { accept: 'application/json' });
    expect(news.status).toBe(406);
  });

  it.each(['', 'x', '9-1', '0-1x', '-1', '00-1', '0-99999999999999999999'])(
    'is not gone on with after what is no event of it: %j',
    async (id) => {
      expect((await resume(await opened(), id)).status).toBe(400);
    },
  );
});

describe('the stream of a request', () => {
  it('opens with an event that has an id and no data', async () => {
    const answer = await stream(await opened(), withProgress('progress'));
    expect(await answer.next()).toEqual({ id: '1-0', retry: 1000, data: '' });
    expect(await answer.message()).toMatchObject({ method: 'notifications/progress' });
  });

  it('opens by itself when its answer takes long, for a client that knows such streams', async () => {
    await serving({ streamAfterMs: 1 });
    const answer = await stream(await opened(), call(1, 'hang'));
    expect(await answer.next()).toMatchObject({ data: '' });
  });

  it('is left out when its answer comes at once', async () => {
    await serving({ streamAfterMs: 600_000 });
    const answer = await stream(await opened(), call(1, 'echo'));
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('goes on where it broke off, to its reply, and the request is not cancelled', async () => {
    const session = await opened();
    const first = await stream(session, withProgress('progress-then-hang'));
    await first.next();
    const progress = await first.next();
    first.leave();
    await first.ended();
    const again = await resume(session, progress?.id);
    expect(broker.handled.at(-1)?.signal.aborted).toBe(false);
    await respond(session, { method: 'notifications/cancelled', params: { requestId: 1 } });
    await again.ended();
    expect(again.text).not.toContain('data: {');
  });

  it('gives the reply to who comes back after it was given, and then no more', async () => {
    const session = await opened();
    const first = await stream(session, call(1, 'asks'));
    const prime = await first.next();
    const question = await first.message();
    first.leave();
    await first.ended();
    await respond(session, { id: question.id as number, result: { action: 'decline' } });
    const again = await resume(session, prime?.id);
    expect(await again.message()).toEqual(question);
    expect(await again.message()).toMatchObject({ id: 1, result: {} });
    await again.ended();
    await expect
      .poll(async () => (await resume(session, prime?.id)).status, { timeout: 10_000 })
      .toBe(400);
  });

  it('keeps no reply for who comes back once its rights are others', async () => {
    const session = await opened();
    const first = await stream(session, call(1, 'asks'));
    const prime = await first.next();
    const question = await first.message();
    first.leave();
    await first.ended();
    await respond(session, { id: question.id as number, result: {} });
    channel()?.letGo?.();
    expect((await resume(session, prime?.id)).status).toBe(400);
  });

  it('is cancelled when nobody comes back to it', async () => {
    await serving({ detachedMs: 1 });
    const answer = await stream(await opened(), withProgress('progress-then-hang'));
    await answer.message();
    answer.leave();
    await broker.cancellations(1);
  });

  it('is cancelled when nobody can come back: its session has ended', async () => {
    const answer = await stream(await opened(), withProgress('progress-then-hang'));
    await answer.message();
    channel()?.tell({ kind: 'ended' });
    answer.leave();
    await broker.cancellations(1);
  });

  it('is not read by another session of the same token', async () => {
    const session = await opened();
    const first = await stream(session, call(1, 'asks'));
    const prime = await first.next();
    expect((await resume(await opened(), prime?.id)).status).toBe(400);
  });

  it('keeps no more for who comes back than its bounds', async () => {
    await serving({ maxEvents: 3 });
    const session = await opened();
    const first = await stream(session, call(1, 'asks'));
    const prime = await first.next();
    await first.message();
    for (let n = 0; n < 10; n += 1) {
      channel()?.tell({ kind: 'resource_updated', params: { uri: `a:${n}` } });
    }
    const news = await resume(session, '0-0');
    expect(await news.message()).toMatchObject({ params: { uri: 'a:7' } });
    // Its question was the oldest, and made room.
    first.leave();
    await first.ended();
    await respond(session, { id: 1, result: {} });
    expect(await (await resume(session, prime?.id)).message()).toMatchObject({ id: 1, result: {} });
  });
});

describe('a question to a client over HTTP', () => {
  it('goes to the stream of its request, and its answer comes in a POST', async () => {
    const session = await opened();
    const answer = await stream(session, call('mine', 'asks'));
    const question = await answer.message();
    expect(question).toMatchObject({ method: 'elicitation/create' });
    const taken = await respond(session, { id: question.id as number, result: { action: 'ok' } });
    expect([taken.status, taken.body]).toEqual([202, '']);
    const reply = await answer.message();
    expect(JSON.stringify(reply)).toContain('\\"action\\":\\"ok\\"');
    await answer.ended();
  });

  it('is answered by nobody else', async () => {
    const session = await opened();
    const answer = await stream(session, call('mine', 'asks'));
    const { id } = (await answer.message()) as { id: number };
    const others: [string, string, number][] = [
      [await opened(), 'token-a', 400],
      [await opened('2025-11-25', 'token-b'), 'token-b', 400],
      [session, 'token-b', 404],
      [session, 'token-c', 404],
    ];
    for (const [other, token, status] of others) {
      const sent = await respond(other, { id, result: { action: 'forged' } }, token);
      expect([token, sent.status]).toEqual([token, status]);
    }
    for (const wrong of [id + 1, String(id), 0, -1]) {
      expect((await respond(session, { id: wrong, result: {} })).status).toBe(400);
    }
    expect((await respond(session, { id, result: { action: 'mine' } })).status).toBe(202);
    expect(JSON.stringify(await answer.message())).toContain('mine');
    expect((await respond(session, { id, result: {} })).status).toBe(400);
    expect(broker.refused.filter(([reason]) => reason === 'response_unasked')).toHaveLength(7);
  });

  it('is void when whoever asked gives up', async () => {
    const answer = await stream(await opened(), call('mine', 'asks'));
    const { id } = await answer.message();
    broker.giveUp();
    expect(await answer.message()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: id },
    });
    expect(await answer.message()).toMatchObject({ id: 'mine' });
  });

  it('is not asked of a client that takes no event stream', async () => {
    const headers = { accept: 'application/json' };
    const answer = await ask(face.port, { body: call(1, 'asks'), headers });
    expect(JSON.parse(answer.body)).toMatchObject({ result: { isError: true } });
  });
});

describe('subscriptions/listen over HTTP', () => {
  const META = {
    [ENVELOPE_KEYS.protocolVersion]: '2026-07-28',
    [ENVELOPE_KEYS.clientCapabilities]: {},
  };
  const HEADERS = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' };
  const listen = async (id: string | number, notifications: JsonObject, more = {}) => {
    const params = { notifications, _meta: META };
    const body = rpc({ id, method: 'subscriptions/listen', params });
    const one = await EventStream.open(face.port, { ...HEADERS, ...more }, body);
    streams.push(one);
    return one;
  };

  it('is acknowledged first, and every message carries its own id and none of an event', async () => {
    const answer = await listen('s', { toolsListChanged: true, early: true });
    expect(answer.headers['x-accel-buffering']).toBe('no');
    expect(await answer.next()).toEqual({
      data: JSON.stringify({
        jsonrpc: '2.0',
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: { toolsListChanged: true }, _meta: { [SUBSCRIPTION_ID]: 's' } },
      }),
    });
    expect(await answer.message()).toEqual({
      ...CHANGED,
      params: { _meta: { [SUBSCRIPTION_ID]: 's' } },
    });
  });

  it('is over when its client leaves', async () => {
    const answer = await listen('s', { toolsListChanged: true });
    await answer.message();
    answer.leave();
    await expect.poll(() => broker.listening.size).toBe(0);
  });

  it.each([
    ['the face closes', () => void face.close()],
    [
      'the broker ends it',
      () => {
        for (const { tell } of broker.listening) tell({ kind: 'ended' });
      },
    ],
  ])('ends with a result when %s', async (_, end) => {
    const answer = await listen(7, { toolsListChanged: true });
    await answer.message();
    end();
    expect(await answer.message()).toEqual({
      jsonrpc: '2.0',
      id: 7,
      result: { resultType: 'complete', _meta: { [SUBSCRIPTION_ID]: 7 } },
    });
    await answer.ended();
    expect(broker.listening.size).toBe(0);
  });

  it('is kept alive by comments', async () => {
    await serving({ keepAliveMs: 1 });
    const answer = await listen('s', { toolsListChanged: true });
    await expect.poll(() => answer.text.includes(': keep-alive\n\n')).toBe(true);
  });

  it('is answered as the broker answers when it is refused', async () => {
    const body = rpc({ id: 1, method: 'subscriptions/listen', params: { _meta: META } });
    const answer = await ask(face.port, { body, headers: HEADERS });
    expect([answer.status, member(JSON.parse(answer.body), 'error')]).toMatchObject([
      200,
      { code: -32602 },
    ]);
  });

  it('is refused to who takes no event stream', async () => {
    const answer = await listen('s', { toolsListChanged: true }, { accept: 'application/json' });
    expect(answer.status).toBe(406);
    expect(broker.listening.size).toBe(0);
  });

  it('is refused beyond the bound of its session, and leaves room for requests', async () => {
    await serving({ maxSubscriptionsPerSession: 1, maxInFlightPerSession: 1 });
    const answer = await listen('s', { toolsListChanged: true });
    await answer.message();
    expect((await listen('t', { toolsListChanged: true })).status).toBe(503);
    expect((await ask(face.port, { body: call(1, 'echo') })).status).toBe(200);
    const other = await listen(
      'u',
      { toolsListChanged: true },
      { authorization: 'Bearer token-b' },
    );
    expect(await other.message()).toMatchObject({ params: { notifications: {} } });
  });
});
