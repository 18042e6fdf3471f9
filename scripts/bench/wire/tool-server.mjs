// The tool server of the benchmark, made with the current SDK: over stdio with `--tools` tools, or with
// `--http` on a free port of 127.0.0.1, which it says on standard error; there, `/<n>` has n tools.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

const { values } = parseArgs({
  options: { http: { type: 'boolean' }, tools: { type: 'string', default: '1' } },
});

const texts = new Map();
/** A text of so many characters, made once. */
function textOf(size) {
  const known = texts.get(size) ?? 'A line of what a tool server says. '.repeat(size / 35 + 1);
  texts.set(size, known.slice(0, size));
  return known.slice(0, size);
}

const textInput = z.object({ size: z.int() });
const otherInput = z.object({
  path: z.string().describe('the file to look at'),
  lines: z.int().optional().describe('how many of its lines'),
});
const answer = async ({ size }) => ({ content: [{ type: 'text', text: textOf(size) }] });

/** @param {number} tools how many it offers; `text` is the first of them. */
function toolServer(tools) {
  const server = new McpServer({ name: 'bench', version: '1.0.0' });
  server.registerTool(
    'text',
    { description: 'Says as many characters as it is asked for.', inputSchema: textInput },
    answer,
  );
  for (let n = 1; n < tools; n += 1) {
    server.registerTool(
      `look_at_file_${n}`,
      { description: `Looks at a file, in the way number ${n}.`, inputSchema: otherInput },
      async () => ({ content: [] }),
    );
  }
  return server;
}

if (values.http) {
  const handles = new Map();
  const http = createServer((request, response) => {
    const { url = '' } = request;
    const handle =
      handles.get(url) ?? toNodeHandler(createMcpHandler(() => toolServer(Number(url.slice(1)))));
    handles.set(url, handle);
    void handle(request, response);
  });
  http.listen(0, '127.0.0.1', () => {
    process.stderr.write(`listening on port ${http.address().port}\n`);
  });
} else {
  serveStdio(() => toolServer(Number(values.tools)));
}
