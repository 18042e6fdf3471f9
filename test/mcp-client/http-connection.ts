import { afterEach, vi } from 'vitest';
import { systemTimers, type Timers } from '../../src/dispatch/timers.ts';
import {
  type ConnectionEvents,
  heardByNobody,
  type ToolServerConnection,
} from '../../src/dispatch/tool-server.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { httpSpec } from '../support/tool-servers/harness.ts';
import { type Answer, json, listen, type TestHttpServer } from './http-server.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
/** Closes something after the test, last opened first. */
export const closeAfter = (close: () => Promise<unknown>): void => void cleanUp.push(close);

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Connects to a tool server over HTTP; closed after the test. */
export async function connect(
  url: string,
  more: Parameters<typeof httpSpec>[1] & {
    readonly events?: Partial<ConnectionEvents>;
    readonly timers?: Timers;
    readonly knownEra?: '2025' | '2026';
    readonly capabilities?: JsonObject;
  } = {},
): Promise<ToolServerConnection> {
  const { events, timers = systemTimers, knownEra, capabilities = {}, ...spec } = more;
  const connector = createToolServerConnector({
    version: '9.9.9',
    secrets: [],
    log: () => undefined,
    timers,
  });
  const connection = await connector.connect(
    httpSpec(url, spec),
    {
      ...heardByNobody({ code: -32601, message: 'Method not found' }),
      ...events,
    },
    {
      signal: new AbortController().signal,
      capabilities,
      ...(knownEra === undefined ? {} : { knownEra }),
    },
  );
  cleanUp.push(() => connection.close());
  return connection;
}

/** A tool server that answers as it is told; closed after the test. */
export async function serve(answer: Answer): Promise<TestHttpServer> {
  const server = await listen(answer);
  cleanUp.push(() => server.close());
  return server;
}

/** A result of one text. */
export const ok =
  (text: string): Answer =>
  ({ message }, response) =>
    json(response, {
      jsonrpc: '2.0',
      id: message.id,
      result: { content: [{ type: 'text', text }] },
    });
/** Silence. */
export const never: Answer = () => undefined;
