import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../../src/mcp-server/http-limits.ts';
import { FakeBroker, principalOf } from '../mcp-server/fake-broker.ts';
import { EventStream } from '../mcp-server/http-stream-client.ts';
import { ask, call, modern } from '../mcp-server/raw-http.ts';
import { openTransportSession } from '../support/live/transport-session.ts';

const MIB = 1024 * 1024;

let broker: FakeBroker;
let face: HttpFace | undefined;
beforeEach(() => {
  broker = new FakeBroker();
});
afterEach(() => face?.close());

async function serving(limits: Partial<HttpLimits> = {}): Promise<number> {
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG, limits });
  return face.port;
}

const NEWEST = { protocolVersion: '2025-11-25', capabilities: {} };
async function opened(port: number, token = 'token-a'): Promise<string> {
  const id = await openTransportSession(port, `Bearer ${token}`, '/mcp', NEWEST);
  if (id === undefined) throw new Error('no session');
  return id;
}

/** A GET whose answer nobody reads. */
function unread(port: number, session: string) {
  const socket = connect(port, '127.0.0.1', () =>
    socket.write(
      'GET /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token-a\r\n' +
        `Accept: text/event-stream\r\nMcp-Session-Id: ${session}\r\n\r\n`,
    ),
  );
  socket.pause();
  return socket.on('error', () => {});
}

/** That another client is served as ever. */
async function othersAreServed(port: number): Promise<void> {
  const headers = { authorization: 'Bearer token-b' };
  const answer = await ask(port, { body: call(1, 'echo'), headers });
  expect(answer.status).toBe(200);
}

describe('S19 streams', () => {
  it('of a client that opens 1,000 sessions: it has its share of them, and loses the oldest', async () => {
    const port = await serving();
    await othersAreServed(port);
    let last = '';
    for (let n = 0; n < 1000; n += 50) {
      const some = await Promise.all(Array.from({ length: 50 }, () => opened(port)));
      last = some.at(-1) ?? '';
    }
    const own = [...broker.channels].filter(({ principal }) => principal.subject === 'subject-a');
    expect(own).toHaveLength(DEFAULT_HTTP_LIMITS.maxTransportSessionsPerSession);
    expect((await EventStream.open(port, { 'mcp-session-id': last })).status).toBe(200);
    await othersAreServed(port);
  });

  it('of a client that asks for the news without end: one of them stays', async () => {
    const port = await serving();
    const session = await opened(port);
    const streams: EventStream[] = [];
    for (let n = 0; n < 100; n += 1) {
      streams.push(await EventStream.open(port, { 'mcp-session-id': session }));
    }
    await Promise.all(streams.slice(0, -1).map((stream) => stream.ended()));
    expect(streams.at(-1)?.isOver).toBe(false);
    streams.at(-1)?.leave();
  });

  it('of a client that reads no news: it is cut off, and what is kept for it is bounded', async () => {
    const port = await serving({ maxQueuedBytes: MIB, maxEventBytes: MIB });
    const session = await opened(port);
    const socket = unread(port, session);
    const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const { tell } = broker.watched.get(principalOf('a').sessionId) ?? {};
    const told = 2000;
    for (let n = 0; n < told; n += 1) {
      tell?.({ kind: 'resource_updated', params: { uri: `a:${n}`, more: 'x'.repeat(16_384) } });
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await gone;
    // What is left of 32 MiB is at most one: of the newest before it was cut off, and of those after.
    const again = await EventStream.open(port, {
      'mcp-session-id': session,
      'last-event-id': '0-0',
    });
    tell?.({ kind: 'resource_updated', params: { uri: 'a:last' } });
    let left = 0;
    while (!again.text.includes('a:last')) {
      await again.next();
      left += 1;
    }
    expect(again.text.length).toBeLessThan(MIB + 64 * 1024);
    expect(left).toBeLessThan(100);
    again.leave();
    await othersAreServed(port);
  });

  it('of requests that nobody reads to their end: all together keep no more than their bound', async () => {
    const port = await serving({ maxKeptBytesPerSession: 64 * 1024, maxEventBytes: 48 * 1024 });
    const sessions = await Promise.all(Array.from({ length: 8 }, () => opened(port)));
    const channels = [...broker.channels];
    // Nobody listens: the news are kept until somebody does.
    for (const { tell } of channels) {
      for (let n = 0; n < 20; n += 1) {
        tell({ kind: 'resource_updated', params: { uri: `a:${n}`, more: 'x'.repeat(8192) } });
      }
    }
    for (const { tell } of channels) tell({ kind: 'list_changed', of: 'tools' });
    let kept = 0;
    for (const session of sessions) {
      const news = await EventStream.open(port, { 'mcp-session-id': session });
      // What is told now comes after all that was kept.
      const last = `a:last-${session}`;
      for (const { tell } of channels) tell({ kind: 'resource_updated', params: { uri: last } });
      while (!news.text.includes(last)) await news.next();
      kept += news.text.length;
      news.leave();
    }
    expect(kept).toBeGreaterThan(32 * 1024);
    expect(kept).toBeLessThan(80 * 1024);
  });

  it('of a client that subscribes without end: it has its share, and its calls go on', async () => {
    const port = await serving({ maxSubscriptionsPerSession: 8 });
    const listen = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    const headers = listen.headers as Record<string, string>;
    const open = () => EventStream.open(port, headers, String(listen.body));
    const streams: EventStream[] = [];
    for (let n = 0; n < 40; n += 1) streams.push(await open());
    expect(streams.map(({ status }) => status)).toEqual([
      ...Array(8).fill(200),
      ...Array(32).fill(503),
    ]);
    expect(broker.listening.size).toBe(8);
    expect((await ask(port, modern('tools/list'))).status).toBe(200);
    for (const stream of streams) stream.leave();
  });

  it('of a client that never answers what it is asked: no more questions are sent than may wait', async () => {
    const port = await serving({ maxQuestions: 4 });
    const session = await opened(port);
    const streams = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        EventStream.open(port, { 'mcp-session-id': session }, call(n, 'asks')),
      ),
    );
    // Those beyond the bound are answered at once, by ourselves.
    const answered = streams.filter(({ headers }) =>
      String(headers['content-type']).startsWith('application/json'),
    );
    expect([streams.length, answered.length]).toEqual([20, 16]);
    for (const stream of streams) stream.leave();
  });
});
