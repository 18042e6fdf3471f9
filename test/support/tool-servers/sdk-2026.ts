import { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** A tool server of the 2026 era, built with the current SDK. */
export function sdk2026Server(): McpServer {
  const server = new McpServer({ name: 'modern', version: '2.0.0' }, { instructions: 'modern' });
  server.registerTool(
    'add',
    {
      description: 'adds',
      inputSchema: z.object({
        a: z.number().meta({ type: 'integer', 'x-mcp-header': 'A' }),
        b: z.number(),
      }),
    },
    async ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
  );
  server.registerTool('grüße', { description: 'greets', inputSchema: z.object({}) }, async () => ({
    content: [{ type: 'text', text: 'hallo' }],
  }));
  server.registerTool(
    'wait',
    { description: 'waits until cancelled', inputSchema: z.object({}) },
    (_args, ctx) =>
      new Promise((_resolve, reject) => {
        ctx.mcpReq.signal.addEventListener('abort', () => reject(new Error('cancelled')));
      }),
  );
  server.registerTool('fail', { description: 'fails', inputSchema: z.object({}) }, async () => ({
    isError: true,
    content: [{ type: 'text', text: 'no' }],
  }));
  return server;
}
