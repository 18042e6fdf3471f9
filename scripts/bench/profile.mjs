// Where the time of a call goes in the broker: a CPU profile of `serve` under 8 clients over HTTP 2026-07-28
// that call a tool server over stdio, power-safe; or of `stdio` under one client that has as many calls in flight.
//   npm run bench:profile -- [--seconds 10] [--face http] [--era 2026] [--clients 8] [--bytes 100] [--durability power] [--out <folder>]
// Writes toolgrant.cpuprofile (for DevTools and speedscope), .collapsed (stacks, for other tools) and .svg, a
// flame graph; prints what costs most, in microseconds of a call.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { flameGraph } from './wire/flame-graph.mjs';
import { asked, connect, turn } from './wire/rounds.mjs';
import { broker } from './wire/sides.mjs';
import { collapsed, costs } from './wire/stacks.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    face: { type: 'string', default: 'http' },
    era: { type: 'string', default: '2026' },
    clients: { type: 'string', default: '8' },
    bytes: { type: 'string', default: '100' },
    durability: { type: 'string', default: 'power' },
    out: { type: 'string', default: 'bench-profile' },
  },
});
const out = resolve(values.out);
const scenario = asked(values.face, values.era, Number(values.clients), Number(values.bytes));
mkdirSync(out, { recursive: true });

const folder = mkdtempSync(join(tmpdir(), 'toolgrant-profile-'));
const flags = `--cpu-prof --cpu-prof-interval=250 --cpu-prof-dir=${folder}`;
const side = await broker(values.durability, { env: { NODE_OPTIONS: flags } });
const clients = await connect(side, scenario);
const { asked: calls, cpu } = await turn(clients, scenario, Number(values.seconds) * 1000);
await clients.close();
await side.end();

// The tool servers and the workers inherit the flags; a profile is named by its process and thread.
const name = readdirSync(folder).find((one) => one.includes(`.${clients.pid}.0.`));
const text = name === undefined ? undefined : readFileSync(join(folder, name), 'utf8');
rmSync(folder, { recursive: true, force: true });
if (text === undefined) throw new Error('the broker wrote no profile');
const profile = JSON.parse(text);
const stacks = collapsed(profile);
writeFileSync(join(out, 'toolgrant.cpuprofile'), text);
const lines = [...stacks].map(([stack, micros]) => `${stack.join(';')} ${Math.round(micros)}\n`);
writeFileSync(join(out, 'toolgrant.collapsed'), lines.join(''));
writeFileSync(join(out, 'toolgrant.svg'), flameGraph(stacks, `${calls} calls, ${scenario.key}`));

console.log(`${calls} calls, ${cpu?.toFixed(0) ?? '?'} µs of processor time each; ${out}\n`);
for (const [title, what] of [
  ['itself', 'self'],
  ['with what it calls', 'total'],
]) {
  console.log(`| µs of a call, ${title} | function |\n|---|---|`);
  for (const [name, cost] of costs(stacks, what).slice(0, 40)) {
    console.log(`| ${(cost / calls).toFixed(1)} | ${name} |`);
  }
  console.log('');
}
