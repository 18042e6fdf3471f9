// What looking at a result costs: against what the broker does with it anyway, and for a small one.
//   npm run bench:inspect
// Exits 1 when a figure is beyond what the design allows: of 1 MB at most as long again as what is done
// with it anyway: reading it, its HMAC and size for the audit, writing it; of 100 bytes 10 µs. Counts processor time, so that a busy machine changes little.
import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { hmacJson } from '../../src/audit/digest.ts';
import { findShapes } from '../../src/audit/secret-shapes.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { inspectReply } from '../../src/inspect/inspect-result.ts';
import { DEFAULT_RESULT_SETTINGS } from '../../src/inspect/result-settings.ts';

const failures = [];
const judge = (what, value, unit, most) => {
  console.log(`${what}: ${value.toFixed(2)} ${unit} (at most ${most})`);
  if (!(value <= most)) failures.push(what);
};
/** The least processor time of some runs, microseconds a call. */
function micros(runs, calls, run) {
  let least = Number.POSITIVE_INFINITY;
  for (let again = 0; again < runs; again += 1) {
    const before = process.cpuUsage();
    for (let left = calls; left > 0; left -= 1) run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / calls);
  }
  return least;
}

const options = {
  settings: DEFAULT_RESULT_SETTINGS,
  findShapes,
  sizeOf: (value) => Buffer.byteLength(stringifyJson(value)),
};
const key = Buffer.alloc(32, 1);
const read = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const prose = read('docs/configuration.md') + read('docs/cli.md');
/** As a tool server's answer comes: parsed, and so in one piece. */
const wired = (result) => JSON.stringify(result);
const filled = (text) => text.repeat(Math.ceil(1_000_000 / text.length)).slice(0, 1_000_000);
const rows = Array.from({ length: 9_000 }, (_, id) => ({
  id,
  name: `name of row ${id}`,
  createdAt: '2026-01-01T00:00:00Z',
  tags: ['a', 'b', 'some longer tag'],
}));
const large = {
  prose: wired({ content: [{ type: 'text', text: filled(prose) }] }),
  source: wired({
    content: [{ type: 'text', text: filled(read('src/sqlite/state-database.ts')) }],
  }),
  json: wired({ content: [], structuredContent: { rows } }),
  lockfile: wired({ content: [{ type: 'text', text: filled(read('package-lock.json')) }] }),
  russian: wired({
    content: [{ type: 'text', text: filled('Съешь же ещё этих мягких булок, да выпей чаю. ') }],
  }),
};

console.log(`${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}`);
for (const [name, wire] of Object.entries(large)) {
  const result = parseJson(wire);
  const pass = micros(15, 1, () => {
    parseJson(wire);
    hmacJson(key, result);
    options.sizeOf(result);
    stringifyJson(result);
  });
  const look = micros(15, 1, () => inspectReply({ kind: 'result', result }, options));
  console.log(`  ${name}: ${(look / 1_000).toFixed(1)} ms beside ${(pass / 1_000).toFixed(1)} ms`);
  judge(`1 MB of ${name}, looked at`, look / pass, 'passes', 1);
}
const small = parseJson(wired({ content: [{ type: 'text', text: prose.slice(2_000, 2_050) }] }));
const cost = micros(30, 10_000, () => inspectReply({ kind: 'result', result: small }, options));
judge(`${wired(small).length} bytes, looked at`, cost, 'µs', 10);

if (failures.length > 0) {
  console.error(`beyond what is allowed: ${failures.join('; ')}`);
  process.exitCode = 1;
}
