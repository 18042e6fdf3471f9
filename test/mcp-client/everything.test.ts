import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type ConnectionEvents,
  heardByNobody,
  type ToolServerConnection,
  type ToolServerSpec,
} from '../../src/dispatch/tool-server.ts';
import type { UseTarget } from '../../src/domain/access-request.ts';
import { ALL_CLIENT_CAPABILITIES } from '../../src/domain/client-capabilities.ts';
import type { IntentReceipt } from '../../src/domain/intent-receipt.ts';
import { type JsonObject, member, stringMember } from '../../src/domain/json.ts';
import type { RpcReply } from '../../src/domain/json-rpc.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { callTool, httpSpec, SERVERS, stdioSpec, textOf } from '../support/tool-servers/harness.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** The official 1.x server over stdio, or over HTTP with its sessions and streams. */
const PLACES: Readonly<Record<string, () => Promise<ToolServerSpec>>> = {
  stdio: async () => stdioSpec(SERVERS.everything),
  async http() {
    const port = await freePort();
    const env = { PATH: process.env.PATH ?? '', PORT: String(port) };
    const child = spawn(process.execPath, [SERVERS.everything, 'streamableHttp'], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    cleanUp.push(async () => {
      child.kill();
      await once(child, 'exit');
    });
    for await (const said of child.stderr) if (String(said).includes('listening on')) break;
    return httpSpec(`http://127.0.0.1:${port}/mcp`);
  },
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function connect(
  spec: ToolServerSpec,
  events: Partial<ConnectionEvents> = {},
  capabilities: JsonObject = ALL_CLIENT_CAPABILITIES,
): Promise<ToolServerConnection> {
  const connector = createToolServerConnector({ version: '0', secrets: [], log: () => undefined });
  const connection = await connector.connect(
    spec,
    { ...heardByNobody({ code: -32601, message: 'no' }), ...events },
    { signal: new AbortController().signal, capabilities, knownEra: '2025' },
  );
  cleanUp.push(() => connection.close());
  return connection;
}

const use = (
  connection: ToolServerConnection,
  method: string,
  target: UseTarget,
  params: JsonObject,
  definitionHash?: string,
) =>
  connection.call({ method, target, definitionHash } as unknown as IntentReceipt, params, {
    signal: new AbortController().signal,
    mayWrite: () => true,
  });

const sampled: RpcReply = {
  kind: 'result',
  result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'sampled' } },
};

describe.each(Object.keys(PLACES))('server-everything over %s', (place) => {
  const spec = (): Promise<ToolServerSpec> => (PLACES[place] as () => Promise<ToolServerSpec>)();

  it('lists more to a client that can be asked', async () => {
    const there = await spec();
    const names = async (capabilities: JsonObject): Promise<unknown[]> =>
      (await connect(there, {}, capabilities)).offer.tools.map((tool) =>
        stringMember(tool, 'name'),
      );
    const [all, none] = [await names(ALL_CLIENT_CAPABILITIES), await names({})];
    expect(all).toEqual(expect.arrayContaining(none));
    expect(all).toContain('trigger-sampling-request');
    expect(none).not.toContain('trigger-sampling-request');
  });

  it('asks during a call and gets the answer', async () => {
    const connection = await connect(await spec());
    const onAsk = vi.fn(async () => sampled);
    const args = { prompt: 'hello', maxTokens: 5 };
    const reply = await callTool(connection, 'trigger-sampling-request', args, { onAsk });
    expect(textOf(reply)).toContain('sampled');
    // It asks for roots as well, whenever it likes.
    const question = expect.objectContaining({ method: 'sampling/createMessage' });
    expect(onAsk.mock.calls).toContainEqual([question, expect.anything()]);
  });

  it('is read, completed for, and says what of it changed', async () => {
    const updated = Promise.withResolvers<JsonObject>();
    const connection = await connect(await spec(), { onResourceUpdated: updated.resolve });
    const listed = await use(connection, 'resources/list', { kind: 'server', server: 's' }, {});
    const found = listed.kind === 'result' ? member(listed.result, 'resources') : undefined;
    const uri = stringMember((found as readonly JsonObject[])[0], 'uri') ?? '';
    const resource = { kind: 'resource', server: 's', uri } as const;
    const read = await use(connection, 'resources/read', resource, { uri });
    expect(read).toMatchObject({ kind: 'result', result: { contents: [{ uri }] } });
    expect((await use(connection, 'resources/subscribe', resource, { uri })).kind).toBe('result');
    await callTool(connection, 'toggle-subscriber-updates');
    expect(await updated.promise).toMatchObject({ uri });
    expect((await use(connection, 'resources/unsubscribe', resource, { uri })).kind).toBe('result');
  });
});
