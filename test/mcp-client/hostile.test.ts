import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  heardByNobody,
  type ToolServerConnection,
  type ToolServerSpec,
} from '../../src/dispatch/tool-server.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { callTool, httpSpec, stdioSpec, textOf } from '../support/tool-servers/harness.ts';
import { legacy, listen } from './http-server.ts';

const HOSTILE = fileURLToPath(new URL('../support/tool-servers/hostile.mjs', import.meta.url));
const cleanUp: (() => Promise<unknown>)[] = [];
const logged: string[] = [];

afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
  logged.length = 0;
});

async function connect(spec: ToolServerSpec): Promise<ToolServerConnection> {
  const connector = createToolServerConnector({
    secrets: [],
    version: '9.9.9',
    log: (_server, line) => logged.push(line),
  });
  const connection = await connector.connect(spec, heardByNobody({ code: -32601, message: 'no' }), {
    signal: new AbortController().signal,
    capabilities: {},
    knownEra: '2025',
  });
  cleanUp.push(() => connection.close());
  return connection;
}

const hostile = (mode: string): ToolServerSpec => stdioSpec(HOSTILE, [mode]);

describe('a tool server that means harm', () => {
  it('is given up when it answers without end what nobody asked, before it fills the log', async () => {
    const connection = await connect(hostile('plain'));
    await expect(callTool(connection, 't', { do: 'strays' })).rejects.toMatchObject({
      code: 'ERR_SERVER_FLOOD',
    });
    expect(logged.length).toBeLessThan(100);
  });

  it('is refused when its definitions are more than can be kept', async () => {
    await expect(connect(hostile('endless-list'))).rejects.toMatchObject({
      code: 'ERR_SERVER_PROTOCOL',
      message: expect.stringContaining('more than can be kept'),
    });
  });

  it.each(['half a character', 'many levels'])(
    'is refused when it says of itself what the lock file cannot hold: %s',
    async (mode) => {
      await expect(connect(hostile(mode))).rejects.toMatchObject({ code: 'ERR_SERVER_PROTOCOL' });
    },
  );

  it('gets no call under its old definitions while its changed list is read', async () => {
    const connection = await connect(hostile('list-once'));
    await callTool(connection, 't', { do: 'change' });
    const refreshing = connection.refresh().catch(() => 'closed');
    const client = new AbortController();
    let looks = 0;
    const mayWrite = () => {
      looks += 1;
      return true;
    };
    const calling = callTool(connection, 't', {}, { signal: client.signal, mayWrite });
    await new Promise((done) => setImmediate(done));
    expect(looks).toBe(0);
    client.abort();
    expect(await calling).toEqual({ kind: 'cancelled' });
    await connection.close();
    expect(await refreshing).toBe('closed');
  });

  it('is given up when it pings without end over HTTP, before each ping costs a connection', async () => {
    const pings = Array.from({ length: 2000 }, (_, n) =>
      JSON.stringify({ jsonrpc: '2.0', id: `p${n}`, method: 'ping' }),
    );
    let answers = 0;
    const server = await listen((request, response) => {
      // An answer to a ping is kept waiting, so that answers pile up if they may.
      if ((request.message as { result?: unknown }).result !== undefined) {
        answers += 1;
        return;
      }
      legacy((_, streaming) => {
        streaming.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const ping of pings) streaming.write(`data: ${ping}\n\n`);
      })(request, response);
    });
    cleanUp.push(() => server.close());
    const connection = await connect(httpSpec(server.url));
    await expect(callTool(connection, 'echo')).rejects.toMatchObject({ code: 'ERR_SERVER_FLOOD' });
    expect(answers).toBeLessThan(100);
  });

  it('answers an ordinary call as any other', async () => {
    expect(textOf(await callTool(await connect(hostile('plain')), 't'))).toBe('called');
  });
});
