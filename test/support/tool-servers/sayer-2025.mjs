// A 2025-era tool server over stdio that says what it is told to. Every list has one item. Tools:
//   say       writes the messages of its argument `messages` as they are; answers at once, or, with
//             `waitFor`, when the client has answered the request of that id, with that answer
//   later     answers with its process id, and writes its `messages` when that gets SIGUSR2
//   never     never answers; with `messages`, writes them first
//   received  answers with every message received so far
// Any other method is answered with the params it came with. With --turn its tools become others when
// it is told a level.
import { createInterface } from 'node:readline';

const received = [];
const waiting = new Map();
const write = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (value) => ({ content: [{ type: 'text', text: JSON.stringify(value) }] });
const inputSchema = { type: 'object' };

const LISTS = {
  'tools/list': {
    tools: ['say', 'later', 'never', 'received'].map((name) => ({ name, inputSchema })),
  },
  'prompts/list': { prompts: [{ name: 'greet', description: 'greets' }] },
  'resources/list': { resources: [{ uri: 'test://one', name: 'one' }] },
  'resources/templates/list': { resourceTemplates: [{ uriTemplate: 'test://{n}', name: 'any' }] },
};

const TOOLS = {
  received: (id) => write({ id, result: text(received) }),
  never: (_id, { messages = [] }) => messages.forEach(write),
  later(id, { messages = [] }) {
    write({ id, result: text(process.pid) });
    process.once('SIGUSR2', () => messages.forEach(write));
  },
  say(id, { messages = [], waitFor }) {
    messages.forEach(write);
    if (waitFor === undefined) write({ id, result: text(null) });
    else waiting.set(waitFor, id);
  },
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line);
  received.push(message);
  const { id, method, params } = message;
  if (method === undefined) {
    const call = waiting.get(id);
    if (call !== undefined) write({ id: call, result: text(message) });
  } else if (id === undefined) {
    // A notification: recorded.
  } else if (method === 'initialize') {
    const capabilities = {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      completions: {},
      logging: {},
    };
    const serverInfo = { name: 'sayer', version: '1' };
    write({ id, result: { protocolVersion: '2025-11-25', capabilities, serverInfo } });
  } else if (method === 'logging/setLevel' && process.argv.includes('--turn')) {
    for (const tool of LISTS['tools/list'].tools) tool.description = 'turned';
    write({ method: 'notifications/tools/list_changed' });
    write({ id, result: {} });
  } else if (LISTS[method] !== undefined) write({ id, result: LISTS[method] });
  else if (method === 'tools/call') TOOLS[params.name](id, params.arguments ?? {});
  else write({ id, result: { received: params ?? null } });
});
lines.on('close', () => process.exit(0));
