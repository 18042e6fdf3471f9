// A 2026-era tool server over stdio, made with the current SDK, whose lists and resource change.
//   grow    adds a tool
//   touch   says that the resource test://one has changed
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const nothing = { content: [] };
let grown = 0;

serveStdio(() => {
  const server = new McpServer(
    { name: 'growing', version: '1' },
    { capabilities: { resources: { subscribe: true, listChanged: true } } },
  );
  const inputSchema = z.object({});
  server.registerTool('grow', { inputSchema }, async () => {
    grown += 1;
    server.registerTool(`grown-${grown}`, { inputSchema }, async () => nothing);
    return nothing;
  });
  server.registerTool('touch', { inputSchema }, async () => {
    await server.server.sendResourceUpdated({ uri: 'test://one' });
    return nothing;
  });
  server.registerResource('one', 'test://one', {}, async () => ({
    contents: [{ uri: 'test://one', text: 'one' }],
  }));
  return server;
});
