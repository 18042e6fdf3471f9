import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { legacy, listen, listening, type TestHttpServer } from '../mcp-client/http-server.ts';
import { controlledEntry, grantText, Home } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import { peakMemoryOf, type Served } from '../support/live/processes.ts';

const HOSTILE = fileURLToPath(new URL('../support/tool-servers/hostile.mjs', import.meta.url));
/** Far more than a broker at rest holds, far less than a server without end would fill. */
const MOST_MEMORY_MIB = 400;
const MIB = 1024 * 1024;

let home: Home;
let served: Served;
let others: HttpClient;
let http: TestHttpServer;
let odd: Awaited<ReturnType<typeof listening>>;
let calls = 0;

beforeAll(async () => {
  http = await listen(
    legacy((request, response) => {
      const { id, params } = request.message as { id: number; params: { arguments: object } };
      const action = (params.arguments as { do?: string }).do ?? 'an event';
      if (action === 'a body that unpacks into a large one') {
        const text = 'x'.repeat(64 * MIB);
        const body = JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ text }] } });
        const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
        response.writeHead(200, headers).end(gzipSync(body, { level: 1 }));
        return;
      }
      const [type, piece] = HTTP_WITHOUT_END[action] ?? [];
      response.writeHead(200, { 'content-type': type });
      const more = () => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    }),
  );
  odd = await listening(
    createServer((_, response) => {
      response.socket?.write(`HTTP/1.1 200 OK\r\n${`X-A: ${'x'.repeat(1000)}\r\n`.repeat(1000)}`);
    }),
  );
  home = new Home({
    grants: {
      'alice.yaml': grantText('alice-all', 'alice', ["permit: '*/*'"]),
      'bob.yaml': grantText('bob-all', 'bob', ["permit: 's/*'"]),
    },
    servers: ({ journalPath }) => ({
      s: controlledEntry(journalPath),
      h: { command: process.execPath, args: [HOSTILE, 'plain'] },
      http: { type: 'http', url: http.url, toolgrant: { maxMessageBytes: MIB } },
      odd: { type: 'http', url: odd.url },
    }),
  });
  await home.applyGrants();
  served = await home.serve();
  others = new HttpClient(served.port, (await home.open('bob')).token);
  await others.ask(echo('warm'));
});

afterAll(async () => {
  others.close();
  await home.remove();
  await http.close();
  await odd.close();
});

const HTTP_WITHOUT_END: Readonly<Record<string, readonly [type: string, piece: string]>> = {
  'a body': ['application/json', 'x'.repeat(4096)],
  'a stream of comments': ['text/event-stream', `: ${'x'.repeat(4096)}\n\n`],
  'an event': ['text/event-stream', `data: ${'x'.repeat(4096)}\n`],
  'progress in a stream': [
    'text/event-stream',
    'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n'.repeat(20),
  ],
};

const echo = (nonce: string) => ({
  id: nonce,
  method: 'tools/call',
  params: { name: 's__echo', arguments: { nonce } },
});

/** What each action's session had recorded, in the end. */
const suffered = new Map<string, { readonly session: string; readonly outcomes: unknown[] }>();

/**
 * A session of its own calls a hostile tool, while somebody else makes ordinary calls: 50 of them,
 * and on until it is over. It calls once more as soon as the first call has ended: being held back ends too.
 */
async function suffer(tool: string, action: string, outcomes: unknown[]) {
  const { id: session, token } = await home.open();
  const client = new HttpClient(served.port, token);
  const call = (args: object) =>
    client.ask({
      id: 1,
      method: 'tools/call',
      params: { name: tool, arguments: args, _meta: { progressToken: 7 } },
    });
  let isOver = false;
  const calling = call({ do: action })
    .then(async (first) => {
      await call({});
      return first;
    })
    .finally(() => {
      isOver = true;
    });
  let unanswered = 0;
  for (let asked = 0; asked < 50 || !isOver; asked += 1) {
    calls += 1;
    const answer = await others.ask(echo(`n${calls}`));
    const [item] = (answer?.result?.content ?? []) as readonly { readonly text: string }[];
    if (item?.text !== `n${calls}`) unanswered += 1;
  }
  const answer = await calling;
  client.close();
  suffered.set(action, { session, outcomes });
  return { isResult: answer?.result !== undefined, error: answer?.error?.code, unanswered };
}

const FLOOD = 'ERR_SERVER_FLOOD';
const failed = { isResult: false, error: -32603, unanswered: 0 };

describe('S19: a tool server that goes on without end with', () => {
  it.each([
    ['a line', FLOOD],
    ['lines that are no JSON-RPC', 'ERR_SERVER_PROTOCOL'],
    ['log messages', FLOOD],
    ['pings', FLOOD],
    ['questions', FLOOD],
    ['answers to nothing', FLOOD],
    ['changes of its list', FLOOD],
  ])('%s fails its own call and nobody else is hurt', async (action, code) => {
    expect(await suffer('h__t', action, [code, 'ERR_SERVER_BACKOFF'])).toEqual(failed);
  });

  it('progress fails its own call and nobody else is hurt', async () => {
    // The error comes as the last event of a stream, which this client does not read as JSON.
    const end = await suffer('h__t', 'progress', [FLOOD, 'ERR_SERVER_BACKOFF']);
    expect(end).toMatchObject({ isResult: false, unanswered: 0 });
  });

  it.each([...Object.keys(HTTP_WITHOUT_END), 'a body that unpacks into a large one'])(
    '%s over HTTP fails its own call and nobody else is hurt',
    async (action) => {
      const end = await suffer('http__echo', action, [FLOOD, FLOOD]);
      expect(end).toMatchObject({ isResult: false, unanswered: 0 });
    },
  );

  it('headers over HTTP is not even pinned, and nobody else is hurt', async () => {
    expect(await suffer('odd__x', 'headers', [])).toMatchObject({ isResult: false, unanswered: 0 });
  });

  it('members of one result fails its own call alone', async () => {
    const end = await suffer('h__t', 'members', ['ERR_SERVER_PROTOCOL', undefined]);
    expect(end).toEqual(failed);
  });

  it('diagnostics is read past, its calls answered', async () => {
    const end = await suffer('h__t', 'diagnostics', [undefined, undefined]);
    expect(end).toEqual({ isResult: true, error: undefined, unanswered: 0 });
  });

  it('any of these has its reason in the log, and was held back when it was cut off', async () => {
    const events = await home.events();
    const recorded = [...suffered].map(([action, { session }]) => [
      action,
      events
        .filter((event) => event.code === 'TG1002' && event.session === session)
        .map(({ reason }) => reason),
    ]);
    expect(recorded).toEqual([...suffered].map(([action, { outcomes }]) => [action, outcomes]));
    const cutOff = [...suffered.values()].filter(({ outcomes }) =>
      outcomes.includes('ERR_SERVER_BACKOFF'),
    );
    const failures = events.filter(({ code, server }) => code === 'TG5005' && server === 'h');
    expect(failures.map(({ session }) => session)).toEqual(cutOff.map(({ session }) => session));
  });

  it('any of these never filled the memory of the broker, which still runs', () => {
    expect(served.child.exitCode).toBeNull();
    expect(peakMemoryOf(served.pid)).toBeLessThan(MOST_MEMORY_MIB);
  });
});
