import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../src/domain/event.ts';
import {
  type Answer,
  json,
  legacy,
  listen,
  modern,
  type TestHttpServer,
} from '../mcp-client/http-server.ts';
import { askRaw } from '../mcp-server/raw-http.ts';
import { controlledEntry, grantText, Home } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';
import { RawSocket, requestBytes, withoutDate } from '../support/live/raw-socket.ts';
import { sessionOf } from '../support/live/transport-session.ts';

const KINDS = ['m__echo', 'l__echo', 's__sneaky', 'nobody'] as const;
type Kind = (typeof KINDS)[number];

const CREDENTIAL = 'Bearer the-entrys-own';
const echo: Answer = ({ message }, response) =>
  json(response, {
    jsonrpc: '2.0',
    id: message.id,
    result: { content: [{ type: 'text', text: 'x' }] },
  });

let at: Home;
let served: Served;
let bob: string;
let modernServer: TestHttpServer;
let legacyServer: TestHttpServer;

beforeAll(async () => {
  modernServer = await listen(modern(echo));
  legacyServer = await listen(legacy(echo, { sessionId: 'theirs' }));
  const remote = ({ url }: TestHttpServer) => ({
    type: 'http',
    url,
    headers: { Authorization: CREDENTIAL, 'X-Own': 'own' },
    toolgrant: { isolation: 'shared' },
  });
  at = new Home({
    grants: {
      'alice.yaml': grantText('alice', 'alice', ["permit: '{m,l}/*'", 'permit: s/echo']),
      'bob.yaml': grantText('bob', 'bob', ["permit: '*/*'"]),
    },
    servers: ({ journalPath }) => ({
      m: remote(modernServer),
      l: remote(legacyServer),
      s: controlledEntry(journalPath),
    }),
  });
  await at.applyGrants();
  served = await at.serve();
  bob = (await at.open('bob')).token;
});
afterAll(async () => {
  await at.remove();
  await Promise.all([modernServer.close(), legacyServer.close()]);
});

/** Headers that mean something to a proxy, a framework, a browser or another protocol. */
function otherHeaders(): (readonly [string, string])[] {
  const token = `Bearer ${bob}`;
  const claims = [
    ...['X-Forwarded', 'X-Original', 'X-Real', 'X-Client', 'X-Auth', 'X-Remote', 'X-Mcp'],
    ...['X-Envoy', 'X-Amzn-Oidc', 'X-Goog-Authenticated', 'X-Ms-Client', 'X-Pomerium', 'Cf-Access'],
    ...['Fastly', 'X-Vercel', 'X-Azure', 'X-Kong', 'X-Toolgrant'],
  ].flatMap((prefix) =>
    ['For', 'Host', 'User', 'Token', 'Authorization', 'Subject', 'Method', 'Session'].map(
      (what) => [`${prefix}-${what}`, what === 'Host' ? 'evil.example' : token] as const,
    ),
  );
  const named = `Forwarded: for=6.6.6.6;host=evil.example;proto=https
X-Forwarded-Proto: https
X-Forwarded-Port: 1
X-Forwarded-Server: evil.example
X-Original-URL: /mcp/s
X-Rewrite-URL: /mcp/s
X-Accel-Redirect: /mcp/s
X-HTTP-Method-Override: DELETE
X-HTTP-Method: DELETE
X-Method-Override: DELETE
True-Client-IP: 6.6.6.6
Via: 1.1 evil
Cookie: authorization=${token}; token=${bob}; session=bob
Cookie2: token=${bob}
Proxy-Authorization: ${token}
Proxy-Authenticate: ${token}
WWW-Authenticate: ${token}
Authorization2: ${token}
Authorization_: ${token}
X_Authorization: ${token}
HTTP_AUTHORIZATION: ${token}
Access-Token: ${bob}
Api-Key: ${bob}
From: bob
Remote-User: bob
REMOTE_USER: bob
Mcp_Method: tools/list
Mcp_Name: s__sneaky
Mcp_Session_Id: x
Mcp-Subject: bob
Mcp-Param-Nonce: z
MCP-Method-Override: tools/list
Connection: authorization
Connection: mcp-method, mcp-name, content-type, host
Connection: keep-alive, authorization
Proxy-Connection: close
Keep-Alive: timeout=600, max=1
TE: trailers, deflate
Trailer: Authorization
Upgrade: h2c
Upgrade: websocket
HTTP2-Settings: AAMAAABkAAQAAP__
Expect: 100-continue
Expect: something-else
Range: bytes=0-1
If-None-Match: *
If-Match: "x"
If-Modified-Since: Sun, 22 Nov 2026 00:00:00 GMT
Cache-Control: only-if-cached
Accept-Encoding: gzip, br, zstd
Accept-Language: xx
Accept-Charset: utf-7
Referer: http://evil.example/
User-Agent: curl/0 (bob)
Sec-Fetch-Site: cross-site
Sec-WebSocket-Key: x
Access-Control-Request-Method: DELETE
Access-Control-Request-Headers: authorization
Last-Event-ID: 1
Content-Location: /mcp/s
Content-Disposition: attachment
Content-Language: xx
Content-MD5: x
Digest: x
Location: http://evil.example/
Link: <http://evil.example/>
Refresh: 0
Server: evil
Date: Thu, 01 Jan 1970 00:00:00 GMT
Age: 1
Max-Forwards: 0
Priority: u=0
Early-Data: 1
traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
baggage: subject=bob
grpc-timeout: 1n
__proto__: ${token}
constructor: ${token}
toString: ${token}`;
  return [
    ...named.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
    ...claims,
  ];
}

const call = (kind: Kind): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: kind === 'nobody' ? 's__echo' : kind, arguments: { nonce: 'n' } },
  });

type Headers = Record<string, string | readonly string[]>;
const request = async (kind: Kind, token: string, more: Headers): Promise<string> =>
  requestBytes(
    '/mcp',
    {
      'Content-Type': 'application/json',
      ...(kind === 'nobody'
        ? {}
        : {
            Authorization: `Bearer ${token}`,
            'Mcp-Session-Id': await sessionOf(served.port, token),
          }),
      ...more,
    },
    call(kind),
  );

/** An answer without its date, what is said of the connection, and an invitation to send the body. */
const bare = (answer: string): string =>
  withoutDate(answer)
    .replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
    .replace(/\r\n(?:Connection|Keep-Alive): [^\r]*/gi, '');

/** An event without what differs between two calls that are alike. */
function alike(event: AuditEvent): unknown {
  const {
    seq,
    at: when,
    prev,
    hash,
    session,
    intent,
    durationUs,
    ...rest
  } = event as AuditEvent & Record<string, unknown>;
  return rest;
}

/** Sends one request of every kind. */
const sendAll = (token: string, more: Headers): Promise<string[]> =>
  Promise.all(
    KINDS.map(async (kind) => {
      const Connection = [more.Connection ?? [], 'close'].flat();
      return bare(await askRaw(served.port, await request(kind, token, { ...more, Connection })));
    }),
  );

describe('S5 headers that are none of ours', () => {
  /** How often every kind was sent in each session. */
  const sent = new Map<string, number>();
  let plain: string[];

  it('are served without them', async () => {
    const { id, token } = await at.open('alice');
    // Pins the tool servers: a change of state, which later calls do not make.
    await sendAll((await at.open('alice')).token, {});
    plain = await sendAll(token, {});
    expect(plain.map((answer) => answer.slice(9, 12))).toEqual(['200', '200', '200', '401']);
    expect(plain[2]).toContain('-32602');
    sent.set(id, 1);
  });

  it('change no answer, one by one', async () => {
    const others = otherHeaders();
    expect(others.length).toBeGreaterThanOrEqual(200);
    for (let from = 0; from < others.length; from += 20) {
      const { id, token } = await at.open('alice');
      const some = others.slice(from, from + 20);
      await Promise.all(
        some.map(async ([name, value]) => {
          expect([name, await sendAll(token, { [name]: value })]).toEqual([name, plain]);
        }),
      );
      sent.set(id, some.length);
    }
  });

  it('change no answer all at once, each twice and in another case', async () => {
    const all: Headers = {};
    for (const [name, value] of otherHeaders()) {
      // Short enough for all of them to stay below the bound on bytes.
      const short = value.replace(bob, 'x');
      all[name] = short;
      all[name.toUpperCase()] = short;
    }
    const { id, token } = await at.open('alice');
    expect(await sendAll(token, all)).toEqual(plain);
    sent.set(id, 1);
  });

  it('change nothing in the log', async () => {
    const bySession = new Map<string, Record<string, number>>();
    for (const event of await at.events()) {
      if (!/^TG100\d$/.test(event.code)) continue;
      const rows = bySession.get(event.session ?? '') ?? {};
      const row = JSON.stringify(alike(event));
      bySession.set(event.session ?? '', { ...rows, [row]: (rows[row] ?? 0) + 1 });
    }
    const [first = ''] = sent.keys();
    const once = bySession.get(first) ?? {};
    // Two calls with intent and outcome, and a refusal.
    expect(Object.values(once)).toEqual([1, 1, 1, 1, 1]);
    for (const [session, times] of sent) {
      const rows = Object.keys(once).map((row) => [row, times]);
      expect(bySession.get(session)).toEqual(Object.fromEntries(rows));
    }
  });

  it.each([
    ['2026', () => modernServer, { 'mcp-method': 'tools/call', 'mcp-name': 'echo' }, '2026-07-28'],
    ['2025', () => legacyServer, { 'mcp-session-id': 'theirs' }, '2025-11-25'],
  ] as const)('reach no tool server: it gets exactly our list (%s)', (_, server, own, revision) => {
    const calls = server().seen.filter(({ message }) => message.method === 'tools/call');
    expect(calls.length).toBeGreaterThanOrEqual(200);
    for (const { headers } of calls) {
      expect(headers).toEqual({
        ...own,
        // What fetch adds by itself.
        host: new URL(server().url).host,
        connection: 'keep-alive',
        'accept-language': '*',
        'sec-fetch-mode': 'cors',
        'accept-encoding': expect.any(String),
        'content-length': expect.any(String),
        // Ours, and the entry's.
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': revision,
        'user-agent': expect.stringMatching(/^toolgrant\/\d/),
        authorization: CREDENTIAL,
        'x-own': 'own',
      });
    }
  });
});

describe('S5 the credential', () => {
  const once = async (more: Headers, kind: Kind = 'nobody') => {
    const { token } = await at.open('alice');
    const socket = new RawSocket(served.port);
    const answer = await socket.ask(await request(kind, token, more));
    socket.close();
    return answer;
  };

  it('is taken away by no `Connection: authorization`', async () => {
    const bytes = { Connection: 'authorization, mcp-method, close' };
    expect(await once(bytes, 's__sneaky')).toMatch(/^HTTP\/1\.1 200 .*-32602/s);
  });

  it.each<[string, (token: string) => readonly string[]]>([
    ['the same twice', (token) => [`Bearer ${token}`, `Bearer ${token}`]],
    ['two', (token) => [`Bearer ${token}`, 'Bearer junk']],
    ['another scheme first', (token) => ['Basic x', `Bearer ${token}`]],
    ['another scheme after', (token) => [`Bearer ${token}`, 'Basic x']],
    ['a list', (token) => [`Bearer ${token}, Bearer ${token}`]],
  ])('is refused when it is given more than once: %s', async (_, values) => {
    expect(await once({ Authorization: values(bob) })).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('is refused in two headers of different case', async () => {
    const both = { Authorization: `Bearer ${bob}`, AUTHORIZATION: `Bearer ${bob}` };
    expect(await once(both)).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('counts for nothing after the body', async () => {
    const body = call('nobody');
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\nAuthorization: Bearer ${bob}\r\n\r\n`;
    const answer = await askRaw(
      served.port,
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTrailer: Authorization\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});
