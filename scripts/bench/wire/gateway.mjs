// The usual gateway: the SDK's `Server` in front, its `Client` behind, and nothing between them. Options
// as those of tool-server.mjs.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

const { values } = parseArgs({
  options: { http: { type: 'boolean' }, tools: { type: 'string', default: '1' } },
});

async function gatewayTo(tools) {
  const args = [join(import.meta.dirname, 'tool-server.mjs'), '--tools', tools];
  const client = new Client(
    { name: 'gateway', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  );
  await client.connect(new StdioClientTransport({ command: process.execPath, args }));
  return () => {
    const about = { name: 'gateway', version: '1.0.0' };
    const server = new Server(about, { capabilities: { tools: {} } });
    server.setRequestHandler('tools/list', ({ params }) => client.listTools(params));
    server.setRequestHandler('tools/call', ({ params }) => client.callTool(params));
    return server;
  };
}

if (values.http) {
  const handles = new Map();
  const open = async (url) => toNodeHandler(createMcpHandler(await gatewayTo(url.slice(1))));
  const http = createServer(async (request, response) => {
    const { url = '' } = request;
    if (!handles.has(url)) handles.set(url, open(url));
    void (await handles.get(url))(request, response);
  });
  http.listen(0, '127.0.0.1', () => {
    process.stderr.write(`listening on port ${http.address().port}\n`);
  });
} else {
  serveStdio(await gatewayTo(values.tools));
}
