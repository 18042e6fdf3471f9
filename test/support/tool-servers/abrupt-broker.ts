// Starts a tool server that leaves a child, prints both process ids, and exits without closing anything.

import { heardByNobody } from '../../../src/dispatch/tool-server.ts';
import { createToolServerConnector } from '../../../src/mcp-client/connector.ts';
import { killAllGroups } from '../../../src/mcp-client/process-group.ts';
import { callTool, jsonOf, SERVERS, stdioSpec } from './harness.ts';

process.on('exit', killAllGroups);
const connector = createToolServerConnector({ version: '0', secrets: [], log: () => undefined });
const connection = await connector.connect(
  stdioSpec(SERVERS.raw, ['--leave-child']),
  heardByNobody({ code: 1, message: 'no' }),
  { signal: new AbortController().signal, capabilities: {}, knownEra: '2025' },
);
const found = jsonOf(await callTool(connection, 'pid')) as { pid: number; children: number[] };
process.stdout.write(JSON.stringify([found.pid, ...found.children]), () => process.exit(0));
