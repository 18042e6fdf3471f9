// A 2025-era tool server by hand: each tool misbehaves in one way. Flags set how it starts.
//   --silent        answers nothing it does not know, server/discover included
//   --die-on-probe  exits on any request before initialize
//   --die           exits at once
//   --banner        prints two lines that are no JSON first
//   --late-2026     speaks 2026-07-28 only, and answers nothing before the second request
//   --mute          never answers anything
//   --leave-child   starts a child that ignores SIGTERM and ends of input
//   --twins         lists two tools of one name
//   --endless       lists tools on pages without end
//   --stubborn      ignores SIGTERM and the end of its input
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const flags = new Set(process.argv.slice(2));
if (flags.has('--die')) process.exit(7);
const received = [];
const held = [];
let description = 'says it again';
const children = [];

const write = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const reply = (id, result) => write({ jsonrpc: '2.0', id, result });
const text = (value) => ({
  content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }],
});
const startChild = () => {
  const script = "process.on('SIGTERM',()=>{});process.stdin.resume();setInterval(()=>{},1e6)";
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'inherit', 'ignore'] });
  children.push(child.pid);
};

if (flags.has('--banner')) process.stdout.write('Welcome!\nlistening on stdio\n');
if (flags.has('--leave-child')) startChild();

const NAMES = [
  'echo',
  'pid',
  'crash',
  'hang',
  'block',
  'flood',
  'junk',
  'junk_forever',
  'reverse',
  'strange',
  'rpc_error',
  'progress',
  'ask',
  'ask_much',
  'change',
  'received',
  'malformed',
  'stranger',
  'stderr',
  'deaf',
  'close_stdout',
  'env',
  'not_utf8',
  'big',
];

const TOOLS = {
  echo: (id, params) => reply(id, { ...text(params), structuredContent: params }),
  pid: (id) => reply(id, text({ pid: process.pid, children })),
  crash: () => process.exit(3),
  hang: () => {},
  block: () => {
    for (;;);
  },
  flood: () => {
    const chunk = 'x'.repeat(65536);
    const more = () => process.stdout.write(chunk, more);
    more();
  },
  junk: (id) => {
    process.stdout.write('debug: called\n\n{"not":"json-rpc"}\n');
    reply(id, text('after junk'));
  },
  junk_forever: () => {
    for (let i = 0; i < 100; i += 1) process.stdout.write(`junk ${i}\n`);
  },
  reverse: (id, params) => {
    held.push([id, params.arguments.nonce]);
    if (held.length < params.arguments.of) return;
    for (const [heldId, nonce] of held.splice(0).reverse()) reply(heldId, text(nonce));
  },
  strange: (id) =>
    process.stdout.write(
      `{"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"hologram","beams":[1,{"__proto__":{"x":1}}]}],"task":{"taskId":"t"},"n":12345678901234567890,"zz":null},"extra":true}\n`,
    ),
  rpc_error: (id) =>
    write({
      jsonrpc: '2.0',
      id,
      error: { code: -31999, message: 'odd', data: { a: [1] }, hint: 'x' },
    }),
  progress: (id, params) => {
    const progressToken = params._meta?.progressToken;
    const params1 = { progressToken, progress: 1, total: 2, unknown: { deep: true } };
    write({ jsonrpc: '2.0', method: 'notifications/progress', params: params1 });
    write({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'other' } });
    reply(id, text({ progressToken }));
  },
  ask: (id) => {
    held.push([id]);
    write({ jsonrpc: '2.0', id: 'p1', method: 'ping' });
    write({ jsonrpc: '2.0', id: 'q1', method: 'sampling/createMessage', params: { messages: [] } });
  },
  ask_much: () => {
    for (let i = 0; i < 200; i += 1) write({ jsonrpc: '2.0', id: `m${i}`, method: 'roots/list' });
  },
  change: (id) => {
    description = 'now something else';
    write({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    reply(id, text('changed'));
  },
  received: (id) => reply(id, text(received)),
  malformed: (id) => write({ jsonrpc: '2.0', id, result: 'no object' }),
  stranger: (id) => {
    reply(id + 1000, text('for nobody'));
    reply(String(id), text('id as text'));
    reply(id, text('mine'));
    reply(id, text('mine again'));
  },
  stderr: (id) => {
    process.stderr.write(`\u001b[31mred\u202e\n${'y'.repeat(10000)}\n`);
    for (let i = 0; i < 500; i += 1) process.stderr.write(`line ${i}\n`);
    reply(id, text('ok'));
  },
  deaf: (id) => {
    lines.pause();
    process.stdin.pause();
    reply(id, text('deaf now'));
    setInterval(() => {}, 1e6);
  },
  close_stdout: () => {
    process.stdout.end();
    setInterval(() => {}, 1e6);
  },
  env: (id) => reply(id, text({ env: process.env, cwd: process.cwd() })),
  not_utf8: (id) => {
    process.stdout.write(Buffer.from([0xff, 0xfe, 0x0a]));
    reply(id, text('after bytes'));
  },
  big: (id, params) => reply(id, text('z'.repeat(params.arguments.size))),
};

function list(id, params) {
  const tool = (name) => ({
    name,
    description: name === 'echo' ? description : name,
    inputSchema: { type: 'object', 'x-unknown': [name] },
    future: { kept: true },
  });
  if (flags.has('--twins')) return reply(id, { tools: [tool('a'), tool('a')] });
  if (flags.has('--endless')) {
    const page = Number(params?.cursor ?? 0);
    return reply(id, { tools: [tool(`t${page}`)], nextCursor: String(page + 1) });
  }
  const half = NAMES.length / 2;
  return params?.cursor === 'more'
    ? reply(id, { tools: NAMES.slice(half).map(tool) })
    : reply(id, { tools: NAMES.slice(0, half).map(tool), nextCursor: 'more' });
}

let isInitialized = false;
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line);
  received.push(line.includes('1234567890123') ? line : message);
  if (flags.has('--mute')) return;
  const { id, method, params } = message;
  if (flags.has('--late-2026') && (method === 'server/discover' || method === 'initialize')) {
    if (method === 'server/discover') return;
    const supportedVersions = ['2026-07-28'];
    reply(1, { supportedVersions, capabilities: { tools: {} }, resultType: 'complete' });
    const data = { supported: supportedVersions };
    write({ jsonrpc: '2.0', id, error: { code: -32022, message: 'Unsupported', data } });
    return;
  }
  if (method === 'initialize') {
    isInitialized = true;
    reply(id, {
      protocolVersion: '2025-06-18',
      capabilities: { tools: { listChanged: true }, experimental: { odd: {} }, future: 1 },
      serverInfo: { name: 'raw', version: '1', secretSauce: true },
      instructions: 'be careful',
    });
  } else if (id === undefined) {
    // A notification: recorded.
  } else if (method === undefined) {
    if (id === 'q1') reply(held.splice(0)[0][0], text(message));
  } else if (method === 'ping') reply(id, {});
  else if (method === 'tools/list') list(id, params);
  else if (method === 'tools/call') TOOLS[params.name](id, params);
  else if (flags.has('--die-on-probe') && !isInitialized) process.exit(1);
  else if (!flags.has('--silent')) {
    write({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } });
  }
});
if (flags.has('--stubborn')) {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1e6);
} else if (!flags.has('--leave-child')) lines.on('close', () => process.exit(0));
