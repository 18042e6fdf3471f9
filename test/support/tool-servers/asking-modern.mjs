// A 2026-era server over stdio, built with the current SDK, whose tools ask in their results.
import { acceptedContent, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const text = (said) => ({ content: [{ type: 'text', text: said }] });

serveStdio(() => {
  const server = new McpServer({ name: 'asking', version: '1.0.0' });
  server.registerTool(
    'greet',
    { description: 'asks for a name', inputSchema: z.object({}) },
    async (_args, ctx) => {
      const content = acceptedContent(ctx.mcpReq.inputResponses, 'name');
      if (content !== undefined) return text(`hello ${content.name}, ${ctx.mcpReq.requestState()}`);
      const schema = { type: 'object', properties: { name: { type: 'string' } } };
      return inputRequired({
        inputRequests: {
          name: inputRequired.elicit({ message: 'Your name?', requestedSchema: schema }),
        },
        requestState: 'kept by the server',
      });
    },
  );
  return server;
});
