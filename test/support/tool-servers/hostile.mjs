// A 2025-era tool server that means harm. Its mode is the first argument.
import { createInterface } from 'node:readline';

const [, , mode] = process.argv;
let lists = 0;
const write = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const TOOL = { name: 't', inputSchema: { type: 'object' } };

function list(id, params) {
  lists += 1;
  if (mode === 'list-once' && lists > 1) return;
  if (mode === 'endless-list') {
    const page = Number(params?.cursor ?? 0);
    const tool = { ...TOOL, name: `t${page}`, description: 'x'.repeat(3_900_000) };
    write({ id, result: { tools: [tool], nextCursor: String(page + 1) } });
    return;
  }
  write({ id, result: { tools: [TOOL] } });
}

function call(id, params) {
  const action = params.arguments?.do;
  if (action === 'change') write({ method: 'notifications/tools/list_changed' });
  if (action === 'strays') {
    for (let n = 0; n < 1000; n += 1) write({ id: 1_000_000 + n, result: {} });
    return;
  }
  write({ id, result: { content: [{ type: 'text', text: 'called' }] } });
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    const serverInfo = { name: 'hostile', version: '1' };
    write({
      id,
      result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo },
    });
  } else if (method === 'tools/list') list(id, params);
  else if (method === 'tools/call') call(id, params);
  else if (id !== undefined) write({ id, error: { code: -32601, message: 'Method not found' } });
});
lines.on('close', () => process.exit(0));
