import { afterEach } from 'vitest';
import { systemTimers, type Timers } from '../../src/dispatch/timers.ts';
import {
  type ConnectionEvents,
  heardByNobody,
  type ToolServerConnection,
  type ToolServerSpec,
} from '../../src/dispatch/tool-server.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
import { SERVERS, stdioSpec } from '../support/tool-servers/harness.ts';

const open: ToolServerConnection[] = [];
/** Lines the connector logged in this test. */
export const logged: string[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
  logged.length = 0;
});

/** Connects to a tool server over stdio; closed after the test. */
export async function connect(
  spec: ToolServerSpec,
  more: {
    readonly events?: Partial<ConnectionEvents>;
    readonly knownEra?: '2025' | '2026';
    readonly timers?: Timers;
    readonly capabilities?: JsonObject;
    readonly signal?: AbortSignal;
  } = {},
): Promise<ToolServerConnection> {
  const connector = createToolServerConnector({
    secrets: [],
    version: '9.9.9',
    log: (_server, line) => logged.push(line),
    timers: more.timers ?? systemTimers,
  });
  const connection = await connector.connect(
    spec,
    {
      ...heardByNobody({ code: -32601, message: 'Method not found' }),
      ...more.events,
    },
    {
      signal: more.signal ?? new AbortController().signal,
      capabilities: more.capabilities ?? {},
      ...(more.knownEra === undefined ? {} : { knownEra: more.knownEra }),
    },
  );
  open.push(connection);
  return connection;
}

/** The raw 2025 tool server, with its flags. */
export const raw = (...flags: string[]): ToolServerSpec => stdioSpec(SERVERS.raw, flags);
/** The methods of what a tool server received. */
export const methods = (received: unknown): unknown[] =>
  (received as JsonObject[]).map((message) => member(message, 'method'));
