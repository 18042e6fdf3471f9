// The long forms of test/security: counts that must be zero, and how long things take.
//   npm run torture -- [--quick] [--only part,part] [--<size> N]
// Without options an hour or so; --quick a few minutes. Prints a table; exits 1 when a count that must
// be zero is not, 2 for a part nobody knows.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { failingDisk } from './torture/failing-disk.mjs';
import { createFigures } from './torture/figures.mjs';
import { fourAtEase, fourSaturated } from './torture/four-brokers.mjs';
import { fuzz } from './torture/fuzz.mjs';
import { hostile } from './torture/hostile.mjs';
import { hostileTextsPart } from './torture/hostile-texts.mjs';
import { kills } from './torture/kills.mjs';
import { limits } from './torture/limits.mjs';
import { noToken } from './torture/no-token.mjs';
import { nonces } from './torture/nonces.mjs';
import { raceCommandOverHttp, raceCommandOverStdio, raceOverHttp } from './torture/revocations.mjs';
import { revoker } from './torture/revoker.mjs';
import { seededSecrets } from './torture/seeded-secrets.mjs';
import { sessions } from './torture/sessions.mjs';
import { tampered } from './torture/tampered.mjs';

/** Each size: of the whole run, and with --quick. */
const SIZES = {
  requests: [10_000, 1_000],
  rounds: [1_000, 100],
  'cli-rounds': [50, 10],
  'stdio-rounds': [50, 10],
  calls: [8_000, 2_000],
  kills: [1_000, 50],
  minutes: [10, 0.5],
  stride: [1, 10],
  messages: [1_000_000, 20_000],
  'nonce-calls': [20_000, 2_000],
  sessions: [1_000, 60],
  'hostile-rounds': [5, 1],
  'hostile-calls': [200, 50],
  'limit-rounds': [10, 2],
  tamperings: [10_000, 500],
  secrets: [10_000, 500],
};

/** Parts by name, in the order they run; each takes `(figure, sizes)`. */
const PARTS = {
  'no-token': noToken,
  race: raceOverHttp,
  'race-cli': raceCommandOverHttp,
  'race-stdio': raceCommandOverStdio,
  'four-brokers': fourAtEase,
  'four-brokers-full': fourSaturated,
  revoker,
  strace: failingDisk,
  kills,
  limits,
  fuzz,
  nonces: (figure, { nonceCalls }) => nonces(figure, { calls: nonceCalls }),
  sessions,
  hostile,
  'hostile-texts': hostileTextsPart,
  tampered,
  secrets: seededSecrets,
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    ...Object.fromEntries(Object.keys(SIZES).map((name) => [name, { type: 'string' }])),
  },
});
const camel = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
const sizes = Object.fromEntries(
  Object.entries(SIZES).map(([name, [whole, quick]]) => [
    camel(name),
    Number(values[name] ?? (values.quick ? quick : whole)),
  ]),
);
const chosen = values.only?.split(',') ?? Object.keys(PARTS);
const stranger = chosen.find((name) => !Object.hasOwn(PARTS, name));
if (stranger !== undefined) {
  console.error(`error: no part ${stranger}\nhint: one of ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)} at start\n`,
);
const startedMs = performance.now();
const { figure, isBroken, table } = createFigures();
for (const name of chosen) await PARTS[name](figure, sizes);

console.log(`\n${table().join('\n')}`);
const minutes = (performance.now() - startedMs) / 60_000;
console.log(`\n${isBroken() ? 'BROKEN' : 'holds'}, in ${minutes.toFixed(1)} minutes`);
process.exitCode = isBroken() ? 1 : 0;
