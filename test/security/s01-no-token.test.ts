import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/event.ts';
import { type CountingServer, startCountingServer } from '../support/live/counting-server.ts';
import { controlledEntry, Home } from '../support/live/home.ts';
import { childrenOf, type Served } from '../support/live/processes.ts';
import { RawSocket, requestBytes, withoutDate } from '../support/live/raw-socket.ts';
import { sessionOf } from '../support/live/transport-session.ts';

const EACH = 100;
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 's__echo', arguments: { nonce: 'n' } },
});
const JSON_BODY = { 'Content-Type': 'application/json' };

let counting: CountingServer;
let at: Home;
let served: Served;
let good: string;
let revoked: string;
let foreign: string;

beforeAll(async () => {
  counting = await startCountingServer();
  at = new Home({
    servers: ({ journalPath }) => ({
      s: controlledEntry(journalPath),
      http: { type: 'http', url: counting.url },
    }),
  });
  const other = new Home();
  await Promise.all([at.applyGrants(), other.applyGrants()]);
  served = await at.serve();
  good = (await at.open()).token;
  foreign = (await other.open()).token;
  const gone = await at.open();
  revoked = gone.token;
  await at.run(['session', 'revoke', gone.id]);
  await other.remove();
});
afterAll(async () => {
  await at.remove();
  await counting.close();
});

const WEBSOCKET = {
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Protocol': 'mcp',
};

const unsigned = () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'at+jwt' })}.${good.split('.')[1]}.`;
};
const flipped = () => {
  const [head, claims, signature = ''] = good.split('.');
  return `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
};

interface Kind {
  readonly title: string;
  readonly bytes: () => string;
  /** Whether something was presented that can be read as a credential. */
  readonly isPresented: boolean;
}
const post = (headers: Readonly<Record<string, string | readonly string[]>>, path = '/mcp') =>
  requestBytes(path, { ...JSON_BODY, ...headers }, CALL);
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

const KINDS: readonly Kind[] = [
  { title: 'no token', bytes: () => post({}), isPresented: false },
  {
    title: 'no token, GET',
    bytes: () => requestBytes('/mcp', {}, '', 'GET'),
    isPresented: false,
  },
  ...['OPTIONS', 'DELETE', 'PUT'].map((method) => ({
    title: `no token, ${method}`,
    bytes: () => requestBytes('/mcp', {}, '', method),
    isPresented: false,
  })),
  {
    title: 'no token, an upgrade to WebSocket',
    bytes: () =>
      requestBytes(
        '/mcp',
        { Connection: 'Upgrade', Upgrade: 'websocket', ...WEBSOCKET },
        '',
        'GET',
      ),
    isPresented: false,
  },
  {
    title: 'no token, a preflight of a browser',
    bytes: () => requestBytes('/mcp', { 'Access-Control-Request-Method': 'POST' }, '', 'OPTIONS'),
    isPresented: false,
  },
  {
    title: 'no token, a body that is not JSON',
    bytes: () => requestBytes('/mcp', JSON_BODY, '{"jsonrpc":'),
    isPresented: false,
  },
  { title: 'no token, one server', bytes: () => post({}, '/mcp/s'), isPresented: false },
  { title: 'no token, no such server', bytes: () => post({}, '/mcp/none'), isPresented: false },
  {
    title: 'a good token in the query string',
    bytes: () => post({}, `/mcp?access_token=${good}&token=${good}`),
    isPresented: false,
  },
  {
    title: 'a good token in a cookie and headers of others',
    bytes: () => post({ Cookie: `token=${good}`, 'X-Forwarded-Access-Token': good }),
    isPresented: false,
  },
  {
    title: 'a good token as Basic',
    bytes: () => post({ Authorization: `Basic ${good}` }),
    isPresented: false,
  },
  {
    title: 'a good token in the body',
    bytes: () =>
      requestBytes('/mcp', JSON_BODY, JSON.stringify({ access_token: good, token: good })),
    isPresented: false,
  },
  { title: 'an empty token', bytes: () => post({ Authorization: 'Bearer ' }), isPresented: true },
  { title: 'junk', bytes: () => post(bearer('junk')), isPresented: true },
  { title: 'an unsigned token', bytes: () => post(bearer(unsigned())), isPresented: true },
  { title: 'a changed signature', bytes: () => post(bearer(flipped())), isPresented: true },
  {
    title: 'two Authorization headers, one good',
    bytes: () => post({ Authorization: [`Bearer ${good}`, 'Bearer junk'] }),
    isPresented: true,
  },
  {
    title: 'a good token and more after it',
    bytes: () => post({ Authorization: `Bearer ${good} more` }),
    isPresented: true,
  },
  {
    title: 'a good token in a list',
    bytes: () => post({ Authorization: `Bearer ${good}, Bearer junk` }),
    isPresented: true,
  },
  {
    title: 'a good token with its last character doubled',
    bytes: () => post(bearer(`${good}${good.at(-1)}`)),
    isPresented: true,
  },
  {
    title: 'a good token without its signature',
    bytes: () => post(bearer(good.slice(0, good.lastIndexOf('.') + 1))),
    isPresented: true,
  },
  { title: "another broker's token", bytes: () => post(bearer(foreign)), isPresented: true },
  { title: "a revoked session's token", bytes: () => post(bearer(revoked)), isPresented: true },
];

const failuresIn = (events: readonly AuditEvent[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { detail } of events) {
    const { failures } = detail as { failures: Record<string, number> };
    for (const [reason, count] of Object.entries(failures)) {
      sums[reason] = (sums[reason] ?? 0) + count;
    }
  }
  return sums;
};

describe('S1 without a valid token', () => {
  let elsewhere = 0;
  const seen = new Map<boolean, Set<string>>([
    [true, new Set()],
    [false, new Set()],
  ]);
  for (const { title, bytes, isPresented } of KINDS) {
    it(`answers each of ${EACH} requests 401, all alike: ${title}`, async () => {
      const socket = new RawSocket(served.port);
      const answers = new Set<string>();
      for (let n = 0; n < EACH; n += 1) answers.add(withoutDate(await socket.ask(bytes())));
      socket.close();
      const [answer = ''] = answers;
      seen.get(isPresented)?.add(answer);
      expect(answers.size).toBe(1);
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
      expect(/\r\nWWW-Authenticate: ([^\r]*)/i.exec(answer)?.[1]).toBe(
        isPresented ? 'Bearer error="invalid_token"' : 'Bearer',
      );
      expect(answer).not.toContain('resource_metadata');
    });
  }

  it('answers every kind of unusable token with the same bytes, and every kind of none', () => {
    expect([...seen.values()].map((answers) => answers.size)).toEqual([1, 1]);
  });

  it('answers every other path 404, all alike, with a token in it or without', async () => {
    const socket = new RawSocket(served.port);
    const answers = new Set<string>();
    for (const path of [
      '/',
      '/.well-known/oauth-protected-resource',
      '/.well-known/oauth-protected-resource/mcp',
      '/.well-known/oauth-authorization-server',
      '/.well-known/openid-configuration',
      '/sse',
      '/mcp/',
      '/mcp/s/..',
      '/mcp/%73',
      '//mcp',
      `/mcp/${good}`,
      `/${good}/mcp`,
    ]) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        elsewhere += 1;
        answers.add(withoutDate(await socket.ask(requestBytes(path, JSON_BODY, CALL, method))));
      }
    }
    socket.close();
    expect(answers.size).toBe(1);
    expect([...answers][0]).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('answers an endless body before it is read, and cuts it off', async () => {
    const socket = new RawSocket(served.port);
    const chunk = 'x'.repeat(64 * 1024);
    const frame = `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    let sent = 0;
    const answer = await socket.ask(
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    const closed = new Promise<void>((resolve) => socket.socket.once('close', () => resolve()));
    while (!socket.isClosed) {
      sent += frame.length;
      if (socket.socket.write(frame)) continue;
      const drained = new Promise<void>((resolve) => socket.socket.once('drain', resolve));
      await Promise.race([drained, closed]);
    }
    // What the broker lets pass unread, and what the two sockets hold.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  it('ends stdio after one error, with exit code 1', async () => {
    for (const [token, code] of [
      [undefined, -31001],
      ['junk', -31002],
      [unsigned(), -31002],
      [revoked, -31002],
      [foreign, -31002],
    ] as const) {
      const client = at.stdio(token);
      const answer = await client.ask({ id: 1, method: 'tools/list' });
      expect(answer?.error?.code).toBe(code);
      expect(await client.running.ended).toMatchObject({ code: 1 });
      expect(client.lines).toHaveLength(1);
      expect(client.lines[0]).not.toMatch(/echo|sneaky|controlled/);
    }
  });

  it('starts no process and dials nobody', () => {
    expect(childrenOf(served.pid)).toEqual([]);
    expect(at.journal()).toEqual([]);
    expect(counting.connections()).toBe(0);
  });

  it('sums the failures in the log, every one of them', async () => {
    await served.end('SIGTERM');
    const events = await at.events('--code', 'TG2001');
    const http = events.filter(({ transport }) => transport === 'http');
    const sums = failuresIn(http);
    // One for the endless body.
    const missing = KINDS.filter(({ isPresented }) => !isPresented).length * EACH + 1;
    const presented = KINDS.filter(({ isPresented }) => isPresented).length * EACH;
    expect(sums.missing).toBe(missing);
    expect(sums.session_revoked).toBe(EACH);
    expect(sums.target_unknown).toBe(elsewhere);
    expect(Object.values(sums).reduce((sum, count) => sum + count, 0)).toBe(
      missing + presented + elsewhere,
    );
    // Summed per second, not written one by one.
    expect(http.length).toBeLessThan((missing + presented) / 10);
    const stdio = failuresIn(events.filter(({ transport }) => transport === 'stdio'));
    expect(Object.values(stdio).reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(JSON.stringify(events)).not.toContain(good.slice(-20));
  });

  it('is told apart from a valid token, which works', async () => {
    served = await at.serve();
    const socket = new RawSocket(served.port);
    const session = { 'Mcp-Session-Id': await sessionOf(served.port, good) };
    const answer = await socket.ask(post({ ...bearer(good), ...session }, '/mcp?token=ignored'));
    socket.close();
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(at.journal().map(({ kind }) => kind)).toContain('start');
  });
});
