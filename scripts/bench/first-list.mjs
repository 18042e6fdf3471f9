// How long a client waits for its tools: from the start of a process to the answer of its first
// `tools/list` over stdio, with definitions approved before, so that no tool server has to start.
//   node scripts/bench/first-list.mjs [--runs 10] [--entry bin/toolgrant.js]
// Prints a table of milliseconds. `node -e 0` and `--version` say how much of it is Node and loading.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { grantText, Home, TOOLGRANT } from '../../test/support/live/home.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    entry: { type: 'string', default: TOOLGRANT },
  },
});
const RUNS = Number(values.runs);
const entry = resolve(values.entry);

const home = new Home({
  grants: { 'alice.yaml': grantText('alice-echo', 'alice', ['permit: s/*']) },
});
await home.applyGrants();
const approved = await home.run(['tools', 'approve', 's', '--yes']);
if (approved.code !== 0) throw new Error(approved.stderr);
const { token } = await home.open();

const initialize = {
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  },
};
const asked = [
  { id: 1, ...initialize },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/list' },
];
const input = asked.map((one) => `${JSON.stringify({ jsonrpc: '2.0', ...one })}\n`).join('');

/** Milliseconds from the start of a process until `isOver` holds for what it wrote, or its end. */
async function time(args, isOver) {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, TOOLGRANT_TOKEN: token },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  let output = '';
  let took;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    if (took === undefined && isOver(output)) took = performance.now() - began;
  });
  child.stdin.write(isOver === never ? '' : input);
  const ended = once(child, 'close').then(() => {
    took ??= performance.now() - began;
  });
  if (isOver === never) await ended;
  else {
    while (took === undefined) await new Promise((resume) => setTimeout(resume, 2));
    child.stdin.end();
    await ended;
    const answer = output.split('\n').find((line) => line.includes('"id":2'));
    if (!answer?.includes('s__echo')) throw new Error(`no list: ${output}`);
  }
  return took;
}

const never = () => false;
const isListed = (output) => /"id":2\b.*\n/.test(output);
const kinds = [
  ['node -e 0', ['-e', '0'], never],
  ['toolgrant --version', [entry, '--version'], never],
  ['first tools/list', [entry, '--config', home.config, 'stdio'], isListed],
];
console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, ${RUNS} runs of each\n`,
);
console.log('| what | median ms | fastest | slowest |\n|---|---|---|---|');
const times = kinds.map(() => []);
for (let run = -1; run < RUNS; run += 1) {
  for (const [n, [, args, isOver]] of kinds.entries()) {
    const took = await time(args, isOver);
    if (run >= 0) times[n].push(took);
  }
}
for (const [n, [title]] of kinds.entries()) {
  const sorted = times[n].toSorted((a, b) => a - b);
  const shown = [sorted[Math.floor(sorted.length / 2)], sorted[0], sorted.at(-1)];
  console.log(`| ${title} | ${shown.map((ms) => ms.toFixed(0)).join(' | ')} |`);
}
await home.remove();
