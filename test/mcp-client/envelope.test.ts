import { afterEach, describe, expect, it } from 'vitest';
import { type CallHooks, heardByNobody } from '../../src/dispatch/tool-server.ts';
import { ALL_CLIENT_CAPABILITIES } from '../../src/domain/client-capabilities.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { callTool, httpSpec } from '../support/tool-servers/harness.ts';
import { json, listen, modern } from './http-server.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** The `_meta` of a list and of a call, as a 2026 server gets them. */
async function told(
  hooks: Partial<CallHooks> & { readonly params?: JsonObject },
  isolation: 'session' | 'shared' = 'session',
): Promise<Record<string, unknown>> {
  const server = await listen(
    modern(({ message }, response) =>
      json(response, { jsonrpc: '2.0', id: message.id, result: { content: [] } }),
    ),
  );
  cleanUp.push(() => server.close());
  const connector = createToolServerConnector({ version: '0', secrets: [], log: () => undefined });
  const connection = await connector.connect(
    httpSpec(server.url, { isolation }),
    heardByNobody({ code: -32601, message: 'no' }),
    { signal: new AbortController().signal, capabilities: { sampling: {} } },
  );
  cleanUp.push(() => connection.close());
  await callTool(connection, 'echo', {}, hooks);
  return Object.fromEntries(
    server.seen.map(({ message }) => [message.method, member(message.params, '_meta')]),
  );
}

const own = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'toolgrant', version: '0' },
};
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const elicitation = { elicitation: { form: {} } };

describe('the envelope of a request to a 2026 server', () => {
  it('shows every capability where lists are read, and the call’s own at the call', async () => {
    expect(await told({ capabilities: elicitation })).toMatchObject({
      'tools/list': { ...own, [CAPABILITIES]: ALL_CLIENT_CAPABILITIES },
      'tools/call': { ...own, [CAPABILITIES]: elicitation },
    });
  });

  it('shows none at a call that has none, nor where sessions share the connection', async () => {
    const shown = [await told({}), await told({ capabilities: elicitation }, 'shared')];
    expect(shown.map((seen) => member(seen['tools/call'], CAPABILITIES))).toEqual([{}, {}]);
  });

  it('says the level of log messages that is wanted, and none otherwise', async () => {
    const level = 'io.modelcontextprotocol/logLevel';
    const said = [await told({ logLevel: 'debug' }), await told({})];
    expect(said.map((seen) => member(seen['tools/call'], level))).toEqual(['debug', undefined]);
  });

  it('is ours whatever the params say, and leaves what else they say', async () => {
    const params = { _meta: { [CAPABILITIES]: { roots: {} }, traceparent: 't' } };
    expect((await told({ params }))['tools/call']).toEqual({
      ...own,
      [CAPABILITIES]: {},
      traceparent: 't',
    });
  });
});
