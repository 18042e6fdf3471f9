import { PassThrough } from 'node:stream';
import {
  Client as Client2,
  StreamableHTTPClientTransport as Http2,
} from '@modelcontextprotocol/client';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioServerTransport as Lines1 } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  ElicitRequestSchema as ElicitRequest1,
  ToolListChangedNotificationSchema as ToolListChanged1,
} from '@modelcontextprotocol/sdk/types.js';
import { StdioServerTransport as Lines2 } from '@modelcontextprotocol/server/stdio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import { serveStdio } from '../../src/mcp-server/stdio-face.ts';
import { FakeBroker, principalOf } from './fake-broker.ts';

const INFO = { name: 'a-client', version: '1.2.3' };

let broker: FakeBroker;
let face: HttpFace;

beforeEach(async () => {
  broker = new FakeBroker();
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG });
});
afterEach(() => face.close());

/** Pipes to a stdio face; each SDK's own line transport reads and writes the client's end. */
function stdioPipes() {
  const toFace = new PassThrough();
  const toClient = new PassThrough();
  serveStdio({
    broker,
    credential: { kind: 'token', token: 'token-a' },
    input: toFace,
    output: toClient,
    log: SILENT_LOG,
  });
  return { toFace, toClient };
}

const CAPABILITIES = { capabilities: { elicitation: {} } };
const TOOLS_CHANGED = 'notifications/tools/list_changed';

/** What both lines of the SDK have in common, their types apart. */
interface Listening {
  connect(transport: unknown): Promise<void>;
  setRequestHandler(what: unknown, answer: () => Promise<unknown>): void;
  setNotificationHandler(what: unknown, hear: () => void): void;
  callTool(params: { name: string }): Promise<{ content: { text: string }[] }>;
  close(): Promise<void>;
}

const url = () => new URL(`http://127.0.0.1:${face.port}/mcp`);
const requestInit = { headers: { Authorization: 'Bearer token-a' } };

interface Connected {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(
    params: { name: string; arguments?: Record<string, unknown> },
    ...more: never[]
  ): Promise<unknown>;
  close(): Promise<void>;
}

const CLIENTS: readonly [string, '2025' | '2026', () => Promise<Connected>][] = [
  [
    '1.x over HTTP',
    '2025',
    async () => {
      const client = new Client1(INFO);
      await client.connect(new Http1(url(), { requestInit }) as never);
      return client as unknown as Connected;
    },
  ],
  [
    '1.x over stdio',
    '2025',
    async () => {
      const client = new Client1(INFO);
      const { toFace, toClient } = stdioPipes();
      await client.connect(new Lines1(toClient, toFace) as never);
      return client as unknown as Connected;
    },
  ],
  ...(['legacy', 'auto', { pin: '2026-07-28' }] as const).flatMap((mode) => {
    const era = mode === 'legacy' ? ('2025' as const) : ('2026' as const);
    const name = typeof mode === 'string' ? mode : 'pinned';
    const make = () => new Client2(INFO, { versionNegotiation: { mode } });
    return [
      [
        `2.x, ${name}, over HTTP`,
        era,
        async () => {
          const client = make();
          await client.connect(new Http2(url(), { requestInit }));
          return client as unknown as Connected;
        },
      ],
      [
        `2.x, ${name}, over stdio`,
        era,
        async () => {
          const client = make();
          const { toFace, toClient } = stdioPipes();
          await client.connect(new Lines2(toClient, toFace));
          return client as unknown as Connected;
        },
      ],
    ] as [string, '2025' | '2026', () => Promise<Connected>][];
  }),
];

describe.each(CLIENTS)('the SDK client %s', (_name, era, connect) => {
  it(`speaks ${era}, lists and calls`, async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['echo', 'hang', 'progress']);
    const result = await client.callTool({ name: 'echo', arguments: { a: [1, 'ä'] } });
    expect(result).toMatchObject({
      content: [{ type: 'text', text: '{"a":[1,"ä"]}' }],
      unknownMember: [1, null],
    });
    const called = broker.handled.filter(({ request }) => request.method.startsWith('tools/'));
    expect(new Set(called.map((incoming) => incoming.era))).toEqual(new Set([era]));
    expect(broker.noted).toMatchObject([{ clientInfo: INFO }]);
    await client.close();
  });

  it('is told that a tool does not exist', async () => {
    const client = await connect();
    await expect(client.callTool({ name: 'no-such' })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('Unknown tool: no-such'),
    });
    await client.close();
  });

  it('hears progress', async () => {
    const client = await connect();
    const heard: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => heard.push(progress);
    const options = { onprogress };
    const more = era === '2025' && _name.startsWith('1.x') ? [undefined, options] : [options];
    await client.callTool({ name: 'progress' }, ...(more as never[]));
    expect(heard).toEqual([1, 2]);
    await client.close();
  });

  it('cancels a call', async () => {
    const client = await connect();
    const leave = new AbortController();
    const options = { signal: leave.signal };
    const more = _name.startsWith('1.x') ? [undefined, options] : [options];
    const asked = client.callTool({ name: 'hang' }, ...(more as never[]));
    const calling = () => broker.handled.find(({ request }) => request.method === 'tools/call');
    while (calling() === undefined) await new Promise((resolve) => setImmediate(resolve));
    leave.abort();
    await expect(asked).rejects.toThrow();
    await broker.cancellations(1);
    expect(broker.cancelled).toEqual([calling()?.request.id]);
    await client.close();
  });
});

describe.each([
  ['1.x', () => new Client1(INFO, CAPABILITIES), Http1, ElicitRequest1, ToolListChanged1],
  ['2.x', () => new Client2(INFO, CAPABILITIES), Http2, 'elicitation/create', TOOLS_CHANGED],
] as const)('the SDK client %s in 2025 over HTTP', (_name, make, Http, elicit, changed) => {
  async function connected() {
    const client = make() as unknown as Listening;
    const transport = new Http(url(), { requestInit });
    await client.connect(transport);
    return { client, transport };
  }

  it('is asked, and its answer comes back', async () => {
    const { client } = await connected();
    client.setRequestHandler(elicit, async () => ({ action: 'accept', content: { name: 'Al' } }));
    const { content } = await client.callTool({ name: 'asks' });
    expect(JSON.parse(content[0]?.text ?? '')).toEqual({
      kind: 'result',
      result: { action: 'accept', content: { name: 'Al' } },
    });
    await client.close();
  });

  it('hears of changes on its stream', async () => {
    const { client } = await connected();
    let heard = 0;
    client.setNotificationHandler(changed, () => {
      heard += 1;
    });
    const channel = () => broker.watched.get(principalOf('a').sessionId);
    for (let n = 1; n <= 2; n += 1) {
      channel()?.tell({ kind: 'list_changed', of: 'tools' });
      await expect.poll(() => heard, { timeout: 20_000 }).toBe(n);
    }
    await client.close();
  });

  it('ends its session when it says so', async () => {
    const { client, transport } = await connected();
    expect(broker.channels.size).toBe(1);
    await transport.terminateSession();
    expect(broker.channels.size).toBe(0);
    await client.close();
  });
});

describe('an SDK client without a valid token', () => {
  it.each([
    ['1.x', () => new Client1(INFO).connect(new Http1(url()) as never)],
    ['2.x', () => new Client2(INFO).connect(new Http2(url()))],
    [
      '2.x auto',
      () => new Client2(INFO, { versionNegotiation: { mode: 'auto' } }).connect(new Http2(url())),
    ],
  ])('%s is refused and nothing is handled', async (_name, connect) => {
    await expect(connect()).rejects.toThrow();
    expect(broker.handled).toEqual([]);
  });
});
