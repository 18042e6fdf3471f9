import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import type { HttpLimits } from '../../src/mcp-server/http-limits.ts';
import { until } from '../support/live/home.ts';
import { RawSocket, requestBytes } from '../support/live/raw-socket.ts';
import { openTransportSession } from '../support/live/transport-session.ts';
import { FakeBroker } from './fake-broker.ts';
import { ask, call, rpc } from './raw-http.ts';

let broker: FakeBroker;
let face: HttpFace | undefined;

beforeEach(() => {
  broker = new FakeBroker();
});
afterEach(() => face?.close());

async function listen(limits: Partial<HttpLimits>): Promise<number> {
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG, limits });
  return face.port;
}

const HEADERS = { Authorization: 'Bearer token-a', 'Content-Type': 'application/json' };

describe('the limits of the HTTP face', () => {
  it('drops the connection of an address that has its share, and records it', async () => {
    const port = await listen({ maxConnectionsPerAddress: 2 });
    const held = [new RawSocket(port), new RawSocket(port)];
    const bytes = requestBytes('/mcp', HEADERS, rpc({ id: 1, method: 'initialize' }));
    for (const socket of held) expect(await socket.ask(bytes)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await new RawSocket(port).ask(bytes)).toBe('');
    expect(broker.refused).toEqual([['too_many', null]]);
    held[0]?.close();
    const again = await until(async () => {
      const answer = await new RawSocket(port).ask(bytes);
      return answer === '' ? undefined : answer;
    });
    expect(again).toMatch(/^HTTP\/1\.1 200 /);
    held[1]?.close();
  });

  it('leaves a session room beside one that has its share of requests', async () => {
    const port = await listen({ maxInFlightPerSession: 1 });
    const leave = new AbortController();
    const hanging = ask(port, { body: call(1, 'hang'), signal: leave.signal }).catch(() => {});
    await broker.running(1);
    expect((await ask(port, { body: call(2, 'echo') })).status).toBe(503);
    const headers = { authorization: 'Bearer token-b' };
    expect((await ask(port, { body: call(3, 'echo'), headers })).status).toBe(200);
    expect(broker.refused).toEqual([['too_many', 'subject-a']]);
    leave.abort();
    await hanging;
  });

  it('takes a cancellation of a session that has its share of requests', async () => {
    const port = await listen({ maxInFlightPerSession: 1 });
    const hanging = ask(port, { body: call(1, 'hang') });
    await broker.running(1);
    const params = { requestId: 1 };
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    expect((await ask(port, { body })).status).toBe(202);
    await broker.cancellations(1);
    await hanging;
  });

  it('refuses more headers than it reads, which Node would drop without a word', async () => {
    const port = await listen({ maxHeaders: 20 });
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`X-${n}`, '1']));
    const socket = new RawSocket(port);
    expect(await socket.ask(requestBytes('/mcp', many, ''))).toMatch(/^HTTP\/1\.1 431 /);
    socket.close();
    expect(broker.refused).toEqual([['too_large', null]]);
    expect(broker.presented).toEqual([]);
  });

  it('answers a body that trickles in with 408 and the end of the connection', async () => {
    const port = await listen({ headersMs: 40, receiveMs: 60 });
    const socket = new RawSocket(port);
    const head = requestBytes('/mcp', { ...HEADERS, 'X-Rest': 'follows' }, '').replace(
      'Content-Length: 0',
      'Content-Length: 1000',
    );
    const answer = socket.ask(head);
    while (!socket.isClosed) {
      socket.socket.write(' ');
      await delay(5);
    }
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(broker.handled).toEqual([]);
  });

  it('leaves a session room for its body beside one whose bodies never end', async () => {
    const port = await listen({ maxReceivingBytes: 65_536, maxReceivingBytesPerSession: 8192 });
    const greedy = Array.from({ length: 3 }, () => {
      const socket = new RawSocket(port);
      const whole = requestBytes('/mcp', HEADERS, ' '.repeat(8000));
      return { socket, answer: socket.ask(whole.slice(0, -3000)) };
    });
    expect(await Promise.any(greedy.map(({ answer }) => answer))).toMatch(/^HTTP\/1\.1 503 /);
    const headers = { authorization: 'Bearer token-b' };
    expect((await ask(port, { body: call(3, 'echo'), headers })).status).toBe(200);
    expect(broker.refused).toContainEqual(['too_many', 'subject-a']);
    for (const { socket } of greedy) socket.close();
  });

  it('leaves a session room beside one whose large calls go on, and takes its cancellations', async () => {
    const port = await listen({ maxAnsweringBytes: 8192, maxAnsweringBytesPerSession: 2048 });
    const large = (id: number, name: string) =>
      ask(port, { body: call(id, name, { arguments: { x: 'x'.repeat(1200) } }) });
    const hanging = large(1, 'hang');
    await broker.running(1);
    expect((await large(2, 'echo')).status).toBe(503);
    expect(broker.refused).toEqual([['too_many', 'subject-a']]);
    const headers = { authorization: 'Bearer token-b' };
    expect((await ask(port, { body: call(3, 'echo'), headers })).status).toBe(200);
    const params = { requestId: 1 };
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    expect((await ask(port, { body })).status).toBe(202);
    await hanging;
    expect((await large(4, 'echo')).status).toBe(200);
  });

  it('drops a client that reads nothing of its stream for too long, and cancels its call', async () => {
    const port = await listen({ drainMs: 50, detachedMs: 1, maxQueuedBytes: 1024 * 1024 * 1024 });
    const session = await openTransportSession(port, 'Bearer token-a');
    const socket = new RawSocket(port);
    socket.socket.pause();
    const body = call(1, 'flood', { _meta: { progressToken: 1 } });
    socket.socket.write(requestBytes('/mcp', { ...HEADERS, 'Mcp-Session-Id': `${session}` }, body));
    await broker.cancellations(1);
    expect(broker.cancelled).toEqual([1]);
    socket.close();
  });
});
