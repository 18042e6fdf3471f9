// A 2025-era tool server that keeps each line that reaches it, byte for byte.
//   recorder.mjs <journal>
// The journal has one line of base64 for each `tools/call`. Tools:
//   echo          answers at once
//   say           writes the lines of `say` as they stand, `ID` in them replaced by the call's id
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const journal = process.argv[2];
const write = (text) => process.stdout.write(`${text}\n`);
const reply = (id, result) => write(JSON.stringify({ jsonrpc: '2.0', id, result }));
const tool = (name) => ({ name, inputSchema: { type: 'object' } });

// Latin 1 keeps every byte apart.
const lines = createInterface({ input: process.stdin.setEncoding('latin1') });
lines.on('line', (line) => {
  const bytes = Buffer.from(line, 'latin1');
  const { id, method, params } = JSON.parse(bytes.toString('utf8'));
  if (method === 'initialize') {
    reply(id, {
      protocolVersion: '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'recorder', version: '1' },
    });
  } else if (method === 'tools/list') reply(id, { tools: [tool('echo'), tool('say')] });
  else if (method === 'tools/call') {
    appendFileSync(journal, `${bytes.toString('base64')}\n`);
    if (params.name === 'echo') reply(id, { content: [] });
    else for (const said of params.arguments.say) write(said.replaceAll('ID', String(id)));
  } else if (id !== undefined) {
    write(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }));
  }
});
lines.on('close', () => process.exit(0));
