// A 2025-era tool server that offers the definitions a file holds, read anew for each list.
//   defined.mjs <journal> <definitions.json>
// The file holds its tools, or `{ tools, prompts, templates, instructions, serverInfo }`.
// Appends one JSON line to the journal for each start and call, as controlled.mjs does. On SIGUSR2 it
// says that its lists changed. A call answers at once; with `hold` only after the next SIGUSR2.
import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , journal, definitions] = process.argv;
const note = (line) =>
  appendFileSync(journal, `${JSON.stringify({ ...line, pid: process.pid })}\n`);
const write = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const answer = (id) => write({ id, result: { content: [{ type: 'text', text: 'done' }] } });

const offered = () => {
  const said = JSON.parse(readFileSync(definitions, 'utf8'));
  return Array.isArray(said) ? { tools: said } : said;
};

const held = [];
process.on('SIGUSR2', () => {
  write({ method: 'notifications/tools/list_changed' });
  if (offered().prompts) write({ method: 'notifications/prompts/list_changed' });
  for (const id of held.splice(0)) answer(id);
});

note({ kind: 'start', definitions });
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    const { prompts, templates, instructions, serverInfo } = offered();
    write({
      id,
      result: {
        protocolVersion: '2025-06-18',
        capabilities: {
          tools: { listChanged: true },
          ...(prompts && { prompts: { listChanged: true } }),
          ...(templates && { resources: {} }),
        },
        serverInfo: serverInfo ?? { name: 'defined', version: '1' },
        instructions,
      },
    });
  } else if (method === 'tools/list') write({ id, result: { tools: offered().tools } });
  else if (method === 'prompts/list') write({ id, result: { prompts: offered().prompts } });
  else if (method === 'resources/templates/list') {
    write({ id, result: { resourceTemplates: offered().templates } });
  } else if (method === 'prompts/get') {
    note({ kind: 'call', tool: `prompt:${params.name}` });
    write({ id, result: { messages: [] } });
  } else if (method === 'tools/call') {
    note({ kind: 'call', tool: params.name });
    if (params.arguments?.hold === true) held.push(id);
    else answer(id);
  } else if (method === 'ping') write({ id, result: {} });
  else if (id !== undefined) write({ id, error: { code: -32601, message: 'Method not found' } });
});
lines.on('close', () => process.exit(0));
