// Whether the time an answer takes tells what its bytes do not (S8: which check a token failed; S11:
// whether a tool, prompt, resource, template or server exists). One built `serve`, one connection, samples interleaved by chance.
//   node scripts/bench/indistinguishable.mjs [--samples 2000] [--only 'S11 tools,S11 prompts']
// Prints a table. `shift` is the difference of the medians; `rank` is how often a sample of the kind is
// slower than one of the reference (0.5: they cannot be told apart; ± is what chance alone gives in 95 of 100).
import { randomInt } from 'node:crypto';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { mintToken } from '../../src/authenticate/mint-token.ts';
import { newSessionId, newTokenId } from '../../src/domain/ids.ts';
import { DefinedServer } from '../../test/support/live/defined-server.ts';
import { controlledEntry, grantText, Home } from '../../test/support/live/home.ts';
import { RawSocket, requestBytes } from '../../test/support/live/raw-socket.ts';

const { values } = parseArgs({
  options: { samples: { type: 'string', default: '2000' }, only: { type: 'string' } },
});
const only = values.only?.split(',');
const SAMPLES = Number(values.samples);
const HOUR = 3_600_000;

const median = (sorted) => sorted[Math.floor(sorted.length / 2)];

/** The probability that one of `a` is larger than one of `b`, ties counted half (Mann–Whitney). */
function rank(a, b) {
  const all = [...a.map((value) => [value, 1]), ...b.map((value) => [value, 0])];
  all.sort(([x], [y]) => x - y);
  let sum = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to][0] === all[from][0]) to += 1;
    for (let at = from; at < to; at += 1) if (all[at][1] === 1) sum += (from + to + 1) / 2;
    from = to;
  }
  return (sum - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
}

/** Microseconds each request takes, in rounds that ask every kind once, in an order of chance. */
async function sample(port, kinds) {
  const socket = new RawSocket(port);
  const times = kinds.map(() => []);
  for (let round = -200; round < SAMPLES; round += 1) {
    const order = kinds.map((_, n) => n);
    for (let n = order.length - 1; n > 0; n -= 1) {
      const other = randomInt(n + 1);
      [order[n], order[other]] = [order[other], order[n]];
    }
    for (const n of order) {
      const began = process.hrtime.bigint();
      await socket.ask(kinds[n].bytes);
      if (round >= 0) times[n].push(Number(process.hrtime.bigint() - began) / 1000);
    }
  }
  socket.close();
  return times.map((own) => own.toSorted((a, b) => a - b));
}

/** Measures kinds against the first of them. */
async function compare(part, port, kinds) {
  if (only !== undefined && !only.includes(part)) return;
  const times = await sample(port, kinds);
  const [reference] = times;
  const noise = 1.96 * Math.sqrt((2 * SAMPLES + 1) / (12 * SAMPLES * SAMPLES));
  for (const [n, { title }] of kinds.entries()) {
    const shift = median(times[n]) - median(reference);
    const cells =
      n === 0
        ? ['', '']
        : [shift.toFixed(1), `${rank(times[n], reference).toFixed(3)} ± ${noise.toFixed(3)}`];
    console.log(`| ${part} | ${title} | ${median(times[n]).toFixed(1)} | ${cells.join(' | ')} |`);
  }
}

/** Two prompts and two templates: of each, alice is granted the first where she is granted anything. */
const offerOf = (name) => ({
  tools: [],
  prompts: [{ name: 'triage' }, { name: 'review' }],
  templates: ['item', 'other'].map((what) => ({
    name: what,
    uriTemplate: `${name}://${what}/{id}`,
  })),
});

const at = new Home({
  grants: {
    'one.yaml': grantText('one', 'alice', [
      'permit: s/{echo,hold}',
      'deny: s/hold',
      'permit: prompt:p/triage',
      'permit: resource:p/p://item/*',
      'deny: resource:p/p://item/9',
    ]),
    'old.yaml': grantText('old', 'alice', ['permit: s/work'], '2020-01-01T00:00:00Z'),
    // Pins what alice is not granted, so that it is known to the broker.
    'bob.yaml': grantText('bob', 'bob', [
      "permit: '*/*'",
      'permit: prompt:*/*',
      'permit: resource:*/**',
    ]),
  },
  servers: (home) => ({
    s: controlledEntry(home.journalPath),
    closed: controlledEntry(home.journalPath),
    p: new DefinedServer(home, 'p').entry(offerOf('p')),
    hidden: new DefinedServer(home, 'hidden').entry(offerOf('hidden')),
  }),
});
const other = new Home();
await Promise.all([at.applyGrants(), other.applyGrants()]);
const served = await at.serve();
const { token } = await at.open();
const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const post = (bearer, path, method, params) =>
  requestBytes(
    path,
    {
      Authorization: `Bearer ${bearer}`,
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': method,
      ...(params.name === undefined ? {} : { 'Mcp-Name': params.name }),
      ...(params.uri === undefined ? {} : { 'Mcp-Name': params.uri }),
    },
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  );
const call = (name, path = '/mcp') => post(token, path, 'tools/call', { name, arguments: {} });
const get = (name) => post(token, '/mcp', 'prompts/get', { name });
const read = (uri) => post(token, '/mcp', 'resources/read', { uri });
const complete = (ref) =>
  post(token, '/mcp', 'completion/complete', { ref, argument: { name: 'id', value: '' } });
const ofPrompt = (name) => complete({ type: 'ref/prompt', name });
const ofTemplate = (uri) => complete({ type: 'ref/resource', uri });
{
  const socket = new RawSocket(served.port);
  const bob = (await at.open('bob')).token;
  for (const method of ['tools/list', 'prompts/list', 'resources/templates/list']) {
    const seen = await socket.ask(post(bob, '/mcp', method, {}));
    if (!/closed__echo|hidden(__review|:..other)/.test(seen)) throw new Error(`${method}: ${seen}`);
  }
  socket.close();
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, ${SAMPLES} samples of each kind\n`,
);
console.log('| part | request | median µs | shift µs | rank |\n|---|---|---|---|---|');

const { context } = await at.state();
const record = await context.sessions.find((await at.open()).id);
const now = context.clock.now();
const mint = (more, issuedAt = now) => mintToken(context.keys, { ...record, ...more }, issuedAt);
const revoked = await at.open();
await at.run(['session', 'revoke', revoked.id]);
const [head, claims, signature] = token.split('.');
const tokens = [
  ['a revoked session', revoked.token],
  ['a session nobody opened', await mint({ id: newSessionId(context.entropy) })],
  ["another token of the session's", await mint({ tokenId: newTokenId(context.entropy) })],
  ["another subject's", await mint({ subject: 'bob' })],
  ['an expired token', await mint({ expiresAt: now - HOUR }, now - 2 * HOUR)],
  ['a signature that is none', `${head}.${claims}.${'A'.repeat(signature.length)}`],
  ["another broker's", (await other.open()).token],
  ['no token of ours at all', 'junk'],
];
await compare(
  'S8',
  served.port,
  tokens.map(([title, bearer]) => ({ title, bytes: post(bearer, '/mcp', 'tools/list', {}) })),
);

const LONG = 'x'.repeat(300);
for (const [part, names] of [
  [
    'S11 tools',
    [
      ['unknown tool of a granted server', call('s__sneakz')],
      ['ungranted tool', call('s__sneaky')],
      ['denied tool', call('s__hold')],
      ['tool of an expired grant', call('s__work')],
      ['tool of a server nobody granted', call('closed__echo')],
      ['unknown tool of a server nobody granted', call('closed__echx')],
      ['tool of a server nobody configured', call('nobody__echo')],
      ['a name without a server', call('sneaky')],
    ],
  ],
  [
    'S11 long names',
    [
      ['of a granted server', call(`s__${LONG}`)],
      ['of a server nobody granted', call(`closed__${LONG}`)],
      ['of a server nobody configured', call(`nobody__${LONG}`)],
    ],
  ],
  [
    'S11 prompts',
    [
      ['unknown prompt of a granted server', get('p__reviex')],
      ['ungranted prompt', get('p__review')],
      ['prompt of a server nobody granted', get('hidden__triage')],
      ['prompt of a server nobody configured', get('hiddex__triage')],
    ],
  ],
  [
    'S11 resources',
    [
      ['of no template', read('p://othex/1')],
      ['of an ungranted template', read('p://other/1')],
      ['denied', read('p://item/9')],
      ['of a server nobody granted', read('hidden://item/1')],
      ['of a server nobody configured', read('hiddex://item/1')],
    ],
  ],
  [
    'S11 completion',
    [
      ['unknown prompt', ofPrompt('p__reviex')],
      ['ungranted prompt', ofPrompt('p__review')],
      ['prompt of a server nobody granted', ofPrompt('hidden__triage')],
    ],
  ],
  [
    'S11 templates',
    [
      ['unknown template', ofTemplate('p://othex/{id}')],
      ['ungranted template', ofTemplate('p://other/{id}')],
      ['template of a server nobody granted', ofTemplate('hidden://item/{id}')],
      ['template of a server nobody configured', ofTemplate('hiddex://item/{id}')],
    ],
  ],
  [
    'S11 one server',
    [
      ['nobody configured', call('echo', '/mcp/nobody')],
      ['nobody granted', call('echo', '/mcp/closed')],
    ],
  ],
]) {
  await compare(
    part,
    served.port,
    names.map(([title, bytes]) => ({ title, bytes })),
  );
}
await served.end('SIGTERM');
await at.remove();
await other.remove();
