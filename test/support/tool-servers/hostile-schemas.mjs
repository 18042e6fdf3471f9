// A 2025-era tool server whose definitions are hostile to whoever reads schemas.
//   hostile-schemas.mjs <url>   every network reference points to the URL
// A call's argument `said` is its structured result.
import { createInterface } from 'node:readline';

const url = process.argv[2];
const write = (id, result) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);

function nested(depth) {
  let schema = { type: 'string' };
  for (let level = 0; level < depth; level += 1) schema = { anyOf: [schema] };
  return schema;
}

const SCHEMAS = {
  network: {
    $schema: `${url}/schema`,
    $id: `${url}/id`,
    $ref: `${url}/ref`,
    properties: { a: { $ref: `${url}/a`, $dynamicRef: `${url}/dynamic` } },
  },
  cyclic: {
    $ref: '#/$defs/n',
    $defs: { n: { properties: { next: { $ref: '#/$defs/n' }, v: { type: 'number' } } } },
  },
  forking: { allOf: [{ $ref: '#' }, { $ref: '#' }] },
  wide: { properties: { a: { allOf: Array(900).fill({ items: true }) } } },
  deep: nested(60),
  enumerated: { properties: { a: { enum: Array.from({ length: 20_000 }, (_, at) => `v${at}`) } } },
  pattern: { properties: { a: { type: 'string', pattern: '^(a+)+$' } } },
};

const tools = Object.entries(SCHEMAS).map(([name, schema]) => ({
  name,
  description: name,
  inputSchema: { type: 'object', ...schema },
  outputSchema: { type: 'object', ...schema },
  icons: [{ src: `${url}/icon.png` }],
}));

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, method, params } = JSON.parse(line);
    if (method === 'initialize') {
      write(id, {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'hostile', version: '1', websiteUrl: url },
      });
    } else if (method === 'tools/list') write(id, { tools });
    else if (method === 'tools/call') {
      write(id, { content: [], structuredContent: params.arguments.said ?? { a: 1 } });
    }
  })
  .on('close', () => process.exit(0));
