// What the broker costs: beside the tool server reached directly and a gateway made of the SDK's own
// `Server` and `Client`, in one run and in interleaved rounds, so that ratios hold on a busy machine too.
//   npm run bench -- [--quick] [--json] [--write] [--only <text>] [--rounds 15] [--turn-ms 400] [--calls 100000] [--starts 9] [--peers <folder>]
// `--quick` takes less than two minutes, and says what it left out for that. `--only` keeps scenarios whose key holds a text (`http 2026`). `--peers` names a folder in which mcp-proxy or supergateway
// were installed: `npm install --prefix <folder> mcp-proxy supergateway`. `--write` puts the table and the chart into docs/.
import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chart } from './wire/chart.mjs';
import { memory as memoryOf } from './wire/process-figures.mjs';
import { report } from './wire/report.mjs';
import { asked, askOnce, connect, listed, measure, median } from './wire/rounds.mjs';
import { broker, direct, gateway, peers } from './wire/sides.mjs';
import { judged, judgedOfProcess } from './wire/targets.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    'turn-ms': { type: 'string' },
    calls: { type: 'string' },
    starts: { type: 'string' },
    peers: { type: 'string' },
  },
});
const { quick } = values;
const rounds = Number(values.rounds ?? (quick ? 5 : 15));
const turnMs = Number(values['turn-ms'] ?? (quick ? 100 : 400));
const calls = Number(values.calls ?? (quick ? 500 : 100_000));
/** `--quick` is over in time on a slow machine too: with fewer rounds, and so wider quartiles. */
const mostMs = quick ? 1_500 : undefined;
const starts = Number(values.starts ?? (quick ? 1 : 9));
/** Milliseconds after which `--quick` begins nothing more: what it leaves out it says. */
const beginsUntilMs = quick ? 70_000 : Number.POSITIVE_INFINITY;

const sizes = [100, 10_000, 1_000_000];
const toolCounts = [10, 100, 1000];
const ofEra = (face, era) => [
  ...[1, 8, 32].map((clients) => asked(face, era, clients, sizes[0])),
  ...sizes.slice(1).map((bytes) => asked(face, era, 1, bytes)),
  ...toolCounts.map((tools) => listed(face, era, tools)),
];
const QUICK = [
  ...ofEra('http', '2026').filter(
    ({ bytes, tools }) => bytes !== 10_000 && (tools ?? 1000) === 1000,
  ),
  asked('http', '2025', 8, 100),
  ...[asked('stdio', '2026', 8, 100), asked('stdio', '2025', 8, 100)],
];
const ALL = [
  ...ofEra('http', '2026'),
  ...ofEra('http', '2025'),
  ...ofEra('stdio', '2026'),
  ...ofEra('stdio', '2025'),
];
const scenarios = (quick ? QUICK : ALL).filter(({ key }) => key.includes(values.only ?? ''));

const say = (text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);

/** Milliseconds to write 4 KiB through to the disk that holds the brokers' state, sampled as rounds go. */
const syncs = [];
const syncFile = join(tmpdir(), `toolgrant-bench-${process.pid}`);
const page = Buffer.alloc(4096, 1);
function sampleSync() {
  const file = openSync(syncFile, 'a');
  const began = performance.now();
  writeSync(file, page);
  fdatasyncSync(file);
  syncs.push(performance.now() - began);
  closeSync(file);
}

/** Milliseconds from the start of a process to the answer of its first list, over stdio. */
async function firstList(side) {
  const scenario = listed('stdio', '2025', 10);
  const began = performance.now();
  const clients = await connect(side, scenario);
  await askOnce(clients.asks[0], scenario);
  const took = performance.now() - began;
  await clients.close();
  return took;
}

/** MB that the HTTP process holds once it has answered, and after so many calls of eight clients. */
async function memoryAtRest(side) {
  const scenario = listed('http', '2025', 10);
  const clients = await connect(side, scenario);
  await askOnce(clients.asks[0], scenario);
  await clients.close();
  return memoryOf(side.pid);
}
async function memoryAfter(side) {
  const scenario = asked('http', side.eras[0], 8, 100);
  const clients = await connect(side, scenario);
  let left = calls;
  const callOn = async (client) => {
    while (left > 0) {
      left -= 1;
      await askOnce(client, scenario);
    }
  };
  await Promise.all(clients.asks.map(callOn));
  await clients.close();
  return memoryOf(side.pid);
}

const startLoad = loadavg()[0].toFixed(1);
const own = await Promise.all([direct(), gateway(), broker('process'), broker('power')]);
const sides = [...own, ...(await peers(values.peers))];
const rest = new Map();
for (const side of own) rest.set(side.name, await memoryAtRest(side));

const results = {};
const leftOut = [];
for (const [n, scenario] of scenarios.entries()) {
  if (performance.now() > beginsUntilMs) {
    leftOut.push(scenario.key);
    continue;
  }
  say(`${n + 1} of ${scenarios.length}: ${scenario.key}`);
  results[scenario.key] = await measure(sides, scenario, {
    rounds,
    turnMs,
    mostMs,
    each: sampleSync,
  });
}
const taken = Object.fromEntries(own.map((side) => [side.name, []]));
for (let start = 0; start < starts; start += 1) {
  say(`start ${start + 1} of ${starts}`);
  for (const side of own) taken[side.name].push(await firstList(side));
}
const coldStart = Object.fromEntries(Object.entries(taken).map(([name, ms]) => [name, median(ms)]));
const memory = {};
for (const side of own) {
  say(`${calls} calls of ${side.name}`);
  memory[side.name] = { rest: rest.get(side.name), after: await memoryAfter(side), calls };
}
await Promise.all(sides.map((side) => side.end()));
rmSync(syncFile, { force: true });
say('');

const fsyncMs = syncs.length === 0 ? 0 : median(syncs);
const load = `load ${startLoad} at start, ${loadavg()[0].toFixed(1)} at the end`;
const isBusy = Math.max(startLoad, loadavg()[0]) > cpus().length;
const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores, ${load}`;
const judgements = [...judged(results, fsyncMs), ...judgedOfProcess({ coldStart, memory })];
const shown = sides.map(({ name, title }) => ({ name, title }));
const run = {
  machine,
  isBusy,
  rounds,
  turnMs,
  fsyncMs,
  sides: shown,
  scenarios,
  results,
  coldStart,
  memory,
};
const text = report({ ...run, judgements });
console.log(values.json ? JSON.stringify({ ...run, judgements }, undefined, 2) : text);

if (leftOut.length > 0) console.error(`left out, for time: ${leftOut.join('; ')}`);

if (values.write) {
  const docs = join(import.meta.dirname, '../../docs');
  const page = join(docs, 'performance.md');
  const [before, after] = ['<!-- figures -->', '<!-- /figures -->'];
  const old = readFileSync(page, 'utf8');
  const [from, to] = [old.indexOf(before), old.indexOf(after)];
  if (from === -1 || to < from) throw new Error(`${page} has no place for figures`);
  writeFileSync(page, `${old.slice(0, from + before.length)}\n\n${text}\n${old.slice(to)}`);
  writeFileSync(join(docs, 'performance.svg'), chart(run));
}
