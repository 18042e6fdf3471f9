// What the broker costs: beside the tool server reached directly and a gateway made of the SDK's own
// `Server` and `Client`, in one run and in interleaved rounds, so that ratios hold on a busy machine too.
//   npm run bench -- [--quick] [--json] [--write] [--only <text>] [--rounds 9] [--turn-ms 400] [--warm-calls 15000] [--calls 100000] [--starts 9] [--events 200000] [--peers <folder>]
// `--quick` takes less than two minutes, and says what it left out for that. `--only` keeps scenarios whose key holds a text (`http 2026`);
// what is not a scenario is `processes` and `growth`. `--peers` names a folder in which mcp-proxy or supergateway
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
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chart } from './wire/chart.mjs';
import { measureGrowth } from './wire/growth.mjs';
import { othersShare, processorTimes } from './wire/process-figures.mjs';
import { measureProcesses } from './wire/processes.mjs';
import { report } from './wire/report.mjs';
import { asked, listed, measure, median } from './wire/rounds.mjs';
import { broker, direct, gateway, peers } from './wire/sides.mjs';
import { judged, judgedOfGrowth, judgedOfProcess } from './wire/targets.mjs';
import { WarmClients } from './wire/warm-clients.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    'turn-ms': { type: 'string' },
    'warm-calls': { type: 'string' },
    calls: { type: 'string' },
    starts: { type: 'string' },
    events: { type: 'string' },
    peers: { type: 'string' },
  },
});
const { quick } = values;
const rounds = Number(values.rounds ?? (quick ? 5 : 9));
const turnMs = Number(values['turn-ms'] ?? (quick ? 100 : 400));
const times = { rounds, turnMs, firstMs: quick ? turnMs : 1_000 };
/** What every process is asked before it is measured, and for how long at most. */
const warming = { calls: Number(values['warm-calls'] ?? (quick ? 0 : 15_000)), ms: 8_000 };
const calls = Number(values.calls ?? (quick ? 1_000 : 100_000));
/** `--quick` is over in time on a slow machine too: with fewer rounds, and so wider quartiles. */
const mostMs = quick ? 1_500 : undefined;
const starts = Number(values.starts ?? (quick ? 1 : 9));
/** What a state holds beside one with ten of each. */
const manyEvents = Number(values.events ?? (quick ? 20_000 : 200_000));
const holds = { grants: 10_000, sessions: 10_000, events: manyEvents };
/** The share of all processors' time, of other work, from which on a run says that it was disturbed. */
const MOST_OF_OTHERS = 0.1;
/** Milliseconds after which `--quick` begins nothing more: what it leaves out it says. */
const beginsUntilMs = quick ? 45_000 : Number.POSITIVE_INFINITY;

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

const before = processorTimes();
const results = {};
const leftOut = [];
const warm = new WarmClients(warming);
const isAsked = (part) => part.includes(values.only ?? '');
let sides = [];
if (scenarios.length > 0) {
  const own = [direct(), gateway(), broker('process'), broker('power')];
  sides = [...(await Promise.all(own)), ...(await peers(values.peers))];
  for (const [n, scenario] of scenarios.entries()) {
    if (performance.now() > beginsUntilMs) {
      leftOut.push(scenario.key);
      continue;
    }
    say(`${n + 1} of ${scenarios.length}: ${scenario.key}`);
    results[scenario.key] = await measure(sides, scenario, {
      ...{ ...times, warm, mostMs, each: sampleSync },
    });
  }
  await warm.end();
  await Promise.all(sides.map((side) => side.end()));
  rmSync(syncFile, { force: true });
}
const processes = isAsked('processes') ? await measureProcesses({ starts, calls, say }) : undefined;
const growth = isAsked('growth')
  ? await measureGrowth({ holds, warming, ...times, say })
  : undefined;
say('');

const fsyncMs = syncs.length === 0 ? 0 : median(syncs);
/** What this run did not take itself, of all the time of all processors. */
const others = othersShare(before, processorTimes());
const isBusy = others !== undefined && others > MOST_OF_OTHERS;
const load =
  others === undefined ? '' : `, ${Math.round(100 * others)}% of them taken by other work`;
const machine = `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores${load}`;
const judgements = [
  ...judged(results, fsyncMs),
  ...(processes === undefined ? [] : judgedOfProcess(processes)),
  ...(growth === undefined ? [] : judgedOfGrowth(growth)),
];
const shown = sides.map(({ name, title }) => ({ name, title }));
const run = {
  ...{ machine, isBusy, ...times, warming, fsyncMs, sides: shown, scenarios, results },
  ...{ ...processes, growth, seconds: Math.round(performance.now() / 1000) },
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
