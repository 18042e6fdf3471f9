import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, json, legacy, listen, modern } from '../mcp-client/http-server.ts';
import { askRaw } from '../mcp-server/raw-http.ts';
import { grantText, Home } from '../support/live/home.ts';
import type { Served } from '../support/live/processes.ts';
import { requestBytes } from '../support/live/raw-socket.ts';
import { sessionOf } from '../support/live/transport-session.ts';

const CREDENTIAL = 'Bearer canary-of-the-entry';
/** Where everything points to that must not be followed; counts what comes. */
let thief: { readonly port: number; bytes: number; connections: number; close(): void };
/** How the tool server answers a call, or anything else, right now. */
let onCall: Answer;
let onHello: Answer | undefined;
const seen: string[] = [];

let at: Home;
let served: Served;
let token: string;
let url: string;
const closing: (() => Promise<void>)[] = [];

async function startThief(): Promise<void> {
  const server = createTcpServer((socket) => {
    thief.connections += 1;
    socket.on('error', () => {});
    socket.on('data', (part) => {
      thief.bytes += part.length;
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  thief = { port, bytes: 0, connections: 0, close: () => void server.close() };
}

beforeAll(async () => {
  await startThief();
  const of = (era: typeof modern): Answer => {
    const usual = era((request, response) => onCall(request, response));
    return (request, response) => {
      const method = String(request.message.method ?? request.method);
      seen.push(method);
      if (onHello !== undefined) return onHello(request, response);
      return usual(request, response);
    };
  };
  const servers = await Promise.all([modern, legacy].map((era) => listen(of(era))));
  closing.push(...servers.map((server) => () => server.close()));
  const [m, l] = servers;
  url = m?.url ?? '';
  at = new Home({
    grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: '*/*'"]) },
    servers: () =>
      Object.fromEntries(
        [
          ['m', m],
          ['l', l],
        ].map(([name, server]) => [
          name,
          {
            type: 'http',
            url: (server as { url: string }).url,
            headers: { Authorization: CREDENTIAL, 'X-Api-Key': 'canary-key' },
            toolgrant: { isolation: 'shared' },
          },
        ]),
      ),
  });
  await at.applyGrants();
  served = await at.serve();
  token = (await at.open()).token;
  // A new connection may look for a stream with GET, at the address of the entry.
  onCall = ({ message }, response) =>
    json(response, { jsonrpc: '2.0', id: message.id, result: {} });
  await call('m__echo');
  await call('l__echo');
});
afterAll(async () => {
  await at.remove();
  await Promise.all(closing.map((close) => close()));
  thief.close();
});
beforeEach(() => {
  onHello = undefined;
  seen.length = 0;
});

const call = async (name: string) =>
  askRaw(
    served.port,
    requestBytes(
      '/mcp',
      {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream',
        'Mcp-Session-Id': await sessionOf(served.port, token),
        Connection: 'close',
      },
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: {} },
      }),
    ),
  );

const ELSEWHERE: readonly (readonly [string, () => string])[] = [
  ['another origin', () => `http://127.0.0.1:${thief.port}/mcp`],
  ['its own origin', () => '/mcp/other'],
  ['itself', () => url],
  ['another host name', () => `http://localhost:${thief.port}/`],
  ['another scheme', () => `https://127.0.0.1:${thief.port}/`],
  ['an address without a scheme', () => `//127.0.0.1:${thief.port}/`],
  ['an address with a name in it', () => `http://user:pass@127.0.0.1:${thief.port}/`],
  ['a file', () => 'file:///etc/passwd'],
  ['data', () => 'data:application/json,{}'],
  ['nonsense', () => 'http://['],
];
const STATUSES = [300, 301, 302, 303, 305, 307, 308] as const;

/** The one answer to whatever a tool server does wrong. */
const FAILED = /"error":\{"code":-32603,"message":"Internal error"\}\}$/;
const TOLD = /location|refresh|link:|www-authenticate|canary|passwd|evil/i;

const redirect =
  (status: number, to: string, more: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) =>
    void response
      .writeHead(status, {
        location: to,
        link: `<${to}>; rel="alternate"`,
        refresh: `0; url=${to}`,
        ...more,
      })
      .end();

describe('S27 a tool server that redirects', () => {
  describe.each(['m__echo', 'l__echo'])('a call (%s)', (name) => {
    it.each(STATUSES)('is not followed, wherever it points to: %i', async (status) => {
      for (const [, to] of ELSEWHERE) {
        seen.length = 0;
        onCall = redirect(status, to());
        const answer = await call(name);
        expect(answer).toMatch(FAILED);
        expect(answer).not.toMatch(TOLD);
        expect(seen.filter((method) => method === 'tools/call')).toHaveLength(1);
        expect(seen).not.toContain('GET');
      }
    });

    it('is answered without the headers beside its answer', async () => {
      const there = `http://127.0.0.1:${thief.port}/`;
      onCall = ({ message }, response) =>
        json(response, { jsonrpc: '2.0', id: message.id, result: { content: [] } }, 200, {
          location: there,
          'content-location': there,
          refresh: `0; url=${there}`,
          link: `<${there}>; rel="preload"`,
          'alt-svc': `h2="127.0.0.1:${thief.port}"`,
          'set-cookie': 'evil=1',
          'www-authenticate': 'Bearer',
        });
      const answer = await call(name);
      expect(answer).toMatch(/"result":\{"content":\[\]/);
      expect(answer).not.toMatch(TOLD);
      expect(answer).not.toContain(String(thief.port));
    });

    it('ends at an event of the old transport that names another address', async () => {
      onCall = (_, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`event: endpoint\ndata: http://127.0.0.1:${thief.port}/messages\n\n`);
      };
      const answer = await call(name);
      expect(answer).toMatch(FAILED);
      expect(answer).not.toContain(String(thief.port));
    });

    it.each([401, 403, 407, 511])('ends at a demand for other credentials: %i', async (status) => {
      const demand = `Bearer realm="evil", resource_metadata="http://127.0.0.1:${thief.port}/x"`;
      onCall = redirect(status, `http://127.0.0.1:${thief.port}/`, {
        'www-authenticate': demand,
        'proxy-authenticate': demand,
      });
      const answer = await call(name);
      expect(answer).toMatch(FAILED);
      expect(answer).not.toMatch(TOLD);
    });
  });

  it('is not followed while it is met', async () => {
    const other = await at.serve();
    const before = served;
    served = other;
    for (const status of STATUSES) {
      onHello = redirect(status, `http://127.0.0.1:${thief.port}/mcp`);
      const answer = await call('m__echo');
      expect(answer).toMatch(FAILED);
      expect(answer).not.toMatch(TOLD);
    }
    expect(new Set(seen)).toEqual(new Set(['server/discover']));
    served = before;
  });

  it('has sent nobody anywhere', () => {
    expect([thief.connections, thief.bytes]).toEqual([0, 0]);
  });

  it('leaves its credentials out of the log', async () => {
    await served.end('SIGTERM');
    const { stderr } = await served.ended;
    expect(stderr).toContain('a redirect, which is not followed');
    expect(stderr).not.toMatch(/canary|resource_metadata|passwd/);
    expect(JSON.stringify(await at.events())).not.toMatch(/canary|resource_metadata|passwd/);
  });
});

describe('S27 proxies of the environment', () => {
  const proxies = () => {
    const proxy = `http://127.0.0.1:${thief.port}`;
    return Object.fromEntries(
      ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'npm_config_proxy'].map((name) => [
        name,
        proxy,
      ]),
    );
  };
  const args = ['call', 'm/echo', '--as', 'alice'];

  it('are not used', async () => {
    onCall = ({ message }, response) =>
      json(response, { jsonrpc: '2.0', id: message.id, result: { content: [] } });
    expect(await at.run(args, proxies())).toMatchObject({ code: 0 });
    expect(thief.connections).toBe(0);
  });

  it('are used where Node is told to, which is warned about', async () => {
    const { code, stderr } = await at.run(args, { ...proxies(), NODE_USE_ENV_PROXY: '1' });
    expect(code).not.toBe(0);
    expect(thief.connections).toBeGreaterThan(0);
    expect(stderr).toContain('NODE_USE_ENV_PROXY hands its headers to a proxy');
  });
});
