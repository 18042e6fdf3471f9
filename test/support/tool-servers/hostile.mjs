// A 2025-era tool server that means harm. Its mode is the first argument; what a call does is its
// argument `do`. What goes on without end stops only when nobody reads any more.
import { createInterface } from 'node:readline';

const [, , mode] = process.argv;
let lists = 0;
const write = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const TOOL = { name: 't', inputSchema: { type: 'object' } };

const nested = (levels) => (levels === 0 ? 1 : [nested(levels - 1)]);
/** What it says of itself besides, by mode. */
const SELVES = { 'half a character': { title: '\ud800' }, 'many levels': { title: nested(500) } };

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

/** Writes the same text as long as the pipe takes it, and again when it does. */
function without(end, stream = process.stdout) {
  const more = () => {
    while (stream.write(end));
    stream.once('drain', more);
  };
  more();
}

const said = (message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
const X = 'x'.repeat(64);
const WITHOUT_END = {
  'a line': () => without(X.repeat(1000)),
  'lines that are no JSON-RPC': () => without(`${X}\n`),
  progress: (params) => {
    const { progressToken } = params._meta ?? {};
    const report = { progressToken, progress: 1, message: X };
    without(said({ method: 'notifications/progress', params: report }));
  },
  'log messages': () => {
    without(said({ method: 'notifications/message', params: { level: 'info', data: X } }));
  },
  pings: () => without(said({ id: 'p', method: 'ping' })),
  questions: () => without(said({ id: 'q', method: 'elicitation/create', params: {} })),
  'changes of its list': () => without(said({ method: 'notifications/tools/list_changed' })),
  'answers to nothing': () => without(said({ id: 1_000_000, result: {} })),
};

function call(id, params) {
  const action = params.arguments?.do;
  if (WITHOUT_END[action] !== undefined) {
    WITHOUT_END[action](params);
    return;
  }
  if (action === 'nothing') return;
  if (action === 'diagnostics') without(`${X}\n`, process.stderr);
  if (action === 'big') {
    const text = 'x'.repeat(params.arguments.bytes);
    write({ id, result: { content: [{ type: 'text', text }] } });
    return;
  }
  if (action === 'members') {
    write({ id, result: { content: [], many: Array.from({ length: 300_000 }, () => 0) } });
    return;
  }
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
    const serverInfo = { name: 'hostile', version: '1', ...SELVES[mode] };
    write({
      id,
      result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo },
    });
  } else if (method === 'tools/list') list(id, params);
  else if (method === 'tools/call') call(id, params);
  else if (method !== undefined && id !== undefined)
    write({ id, error: { code: -32601, message: 'Method not found' } });
});
lines.on('close', () => process.exit(0));
