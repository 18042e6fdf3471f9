// A tool server of the 2026 era, made with the current SDK: over stdio, or with `--http` on a free
// port of 127.0.0.1, which it says on standard error.
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

let cancelled = 0;
const says = (text) => ({ content: [{ type: 'text', text }] });
const progress = (ctx, params) => {
  const progressToken = ctx.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  return ctx.mcpReq.notify({
    method: 'notifications/progress',
    params: { progressToken, ...params },
  });
};

function modernServer() {
  const server = new McpServer({ name: 'modern', title: 'Modern', version: '2.0.0' });
  server.registerTool(
    'add',
    {
      title: 'Add',
      description: 'adds',
      inputSchema: z.object({
        a: z.number().meta({ type: 'integer', 'x-mcp-header': 'A' }),
        b: z.number(),
      }),
      outputSchema: z.object({ sum: z.number() }),
      annotations: { readOnlyHint: true },
      _meta: { 'example.com/kind': 'sum' },
    },
    async ({ a, b }) => ({ ...says(String(a + b)), structuredContent: { sum: a + b } }),
  );
  server.registerTool('grüße', { description: 'greets', inputSchema: z.object({}) }, async () =>
    says('hallo'),
  );
  server.registerTool('fail', { description: 'fails', inputSchema: z.object({}) }, async () => ({
    isError: true,
    ...says('no'),
  }));
  server.registerTool(
    'steps',
    { description: 'says how far it is', inputSchema: z.object({}) },
    async (_args, ctx) => {
      for (const step of [1, 2, 3]) await progress(ctx, { progress: step, total: 3 });
      return says('done');
    },
  );
  server.registerTool(
    'hold',
    { description: 'one progress, then silence until cancelled', inputSchema: z.object({}) },
    async (_args, ctx) => {
      const { signal } = ctx.mcpReq;
      const left = new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          cancelled += 1;
          reject(new Error('cancelled'));
        });
      });
      await progress(ctx, { progress: 1 });
      return left;
    },
  );
  server.registerTool(
    'cancellations',
    { description: 'how many calls were cancelled', inputSchema: z.object({}) },
    async () => says(String(cancelled)),
  );
  server.registerTool(
    'secret_tool',
    { description: 'granted to nobody', inputSchema: z.object({}) },
    async () => says('never'),
  );
  return server;
}

if (process.argv.includes('--http')) {
  const handle = toNodeHandler(createMcpHandler(modernServer));
  const http = createServer((request, response) => void handle(request, response));
  http.listen(0, '127.0.0.1', () => {
    process.stderr.write(`listening on port ${http.address().port}\n`);
  });
  process.stdin.resume().on('end', () => process.exit(0));
} else {
  serveStdio(modernServer);
}
