// A 2025-era tool server by hand that says what no SDK would: definitions, results and errors are
// written as text, so that members nobody knows and integers beyond 2^53 are on the wire as they stand.
import { createInterface } from 'node:readline';

const DEFINITIONS = `[
  {"name":"odd_result","description":"answers what no revision knows",
   "inputSchema":{"type":"object","properties":{"n":{"type":"integer","maximum":9007199254740993}},"x-unknown":[1,null]},
   "limit":12345678901234567890,"future":{"kept":true,"none":null}},
  {"name":"odd_error","inputSchema":{"type":"object"}},
  {"name":"positive_error","inputSchema":{"type":"object"}},
  {"name":"as_received","description":"says the bytes it was asked with","inputSchema":{"type":"object"}},
  {"name":"plain","title":"Plain","description":"nothing odd","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true,"moodHint":"calm"}},
  {"name":"steps","description":"says how far it is","inputSchema":{"type":"object"}},
  {"name":"hold","description":"one progress, then silence until it is cancelled","inputSchema":{"type":"object"}},
  {"name":"cancellations","description":"how many calls were cancelled","inputSchema":{"type":"object"}},
  {"name":"secret_tool","description":"granted to nobody","inputSchema":{"type":"object"}}
]`;
const ODD_RESULT =
  '{"content":[{"type":"hologram","beams":[1,{"deep":[9007199254740993]}],"none":null},{"type":"text","text":"und \\u00e4","annotations":{"audience":["martians"],"priority":7}}],' +
  '"n":12345678901234567890,"minus":-9007199254740993,"zz":null,"list":[],"_meta":{"example.com/odd":[{"a":null}],"n":9007199254740995}}';
const ODD_ERROR =
  '{"code":-31999,"message":"odd","data":{"a":[1,null],"n":12345678901234567890,"deep":{"er":[]}}}';
const POSITIVE_ERROR = '{"code":42,"message":"answers","data":"a text"}';

const held = new Set();
let cancelled = 0;
const write = (text) => process.stdout.write(`${text.replaceAll('\n', '')}\n`);
const idText = (id) => JSON.stringify(id);
const result = (id, text) => write(`{"jsonrpc":"2.0","id":${idText(id)},"result":${text}}`);
const error = (id, text) => write(`{"jsonrpc":"2.0","id":${idText(id)},"error":${text}}`);
const says = (text) => JSON.stringify({ content: [{ type: 'text', text }] });

const CALLS = {
  odd_result: (id) => result(id, ODD_RESULT),
  odd_error: (id) => error(id, ODD_ERROR),
  positive_error: (id) => error(id, POSITIVE_ERROR),
  as_received: (id, _params, line) =>
    result(id, says(/"arguments":(\{[^}]*\})/.exec(line)?.[1] ?? 'none')),
  plain: (id) => result(id, says('plain')),
  steps(id, params) {
    const token = JSON.stringify(params._meta?.progressToken);
    for (const step of token === undefined ? [] : [1, 2, 3]) {
      write(
        `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${token},"progress":${step},"total":9007199254740993,"mood":{"calm":null}}}`,
      );
    }
    result(id, says('done'));
  },
  hold(id, params) {
    held.add(id);
    const progressToken = params._meta?.progressToken;
    if (progressToken === undefined) return;
    write(
      JSON.stringify({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken, progress: 1, message: 'holding', mood: { calm: true } },
      }),
    );
  },
  cancellations: (id) => result(id, says(String(cancelled))),
  secret_tool: (id) => result(id, says('never')),
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'initialize') {
    result(
      id,
      '{"protocolVersion":"2025-11-25","capabilities":{"tools":{},"telepathy":{"range":1}},"serverInfo":{"name":"odd","version":"0","mood":"calm"}}',
    );
  } else if (method === 'notifications/cancelled') {
    if (held.delete(params.requestId)) cancelled += 1;
  } else if (method === 'ping') result(id, '{}');
  else if (method === 'tools/list') result(id, `{"tools":${DEFINITIONS}}`);
  else if (method === 'tools/call') CALLS[params.name](id, params, line);
  else if (id !== undefined) error(id, '{"code":-32601,"message":"Method not found"}');
});
lines.on('close', () => process.exit(0));
