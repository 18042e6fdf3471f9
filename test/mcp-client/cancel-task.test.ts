import { afterEach, describe, expect, it } from 'vitest';
import { systemTimers } from '../../src/dispatch/timers.ts';
import { heardByNobody } from '../../src/dispatch/tool-server.ts';
import type { Era } from '../../src/domain/era.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { httpSpec } from '../support/tool-servers/harness.ts';
import { json, listen, type TestHttpServer } from './http-server.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Cancels a task at a server that answers `tasks/cancel` by an error; what reached it. */
async function cancelAt(era: Era): Promise<TestHttpServer> {
  const server = await listen(({ message }, response) => {
    const { id, method } = message as { id?: unknown; method: string };
    const reply = (result: object): void => json(response, { jsonrpc: '2.0', id, result });
    const serverInfo = { name: 's', version: '1' };
    if (id === undefined) response.writeHead(202).end();
    else if (method === 'server/discover' && era === '2026') {
      reply({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo });
    } else if (method === 'initialize') {
      reply({ protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo });
    } else if (method === 'tools/list') reply({ tools: [] });
    else json(response, { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } });
  });
  cleanUp.push(() => server.close());
  const connector = createToolServerConnector({
    version: '9.9.9',
    secrets: [],
    log: () => undefined,
    timers: systemTimers,
  });
  const connection = await connector.connect(
    httpSpec(server.url),
    heardByNobody({ code: -32601, message: 'no' }),
    { signal: new AbortController().signal, capabilities: {}, knownEra: era },
  );
  cleanUp.push(() => connection.close());
  await connection.cancelTask('the task', { extensions: { tasks: {} } });
  return server;
}

describe('a task that nobody has the right to any more', () => {
  it.each<[Era, object]>([
    ['2025', { taskId: 'the task' }],
    [
      '2026',
      {
        taskId: 'the task',
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': { extensions: { tasks: {} } },
        },
      },
    ],
  ])('is cancelled in %s, whatever the tool server says to it', async (era, params) => {
    const { seen } = await cancelAt(era);
    const sent = seen.filter(({ message }) => message.method === 'tasks/cancel');
    expect(sent.map(({ message }) => message.params)).toMatchObject([params]);
  });
});
