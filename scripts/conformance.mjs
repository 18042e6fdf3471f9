// The protocol's conformance suites, against a tool server of our own alone and through the broker.
//   npm run conformance [-- --all-pairs]
// Prints a line per scenario; exits 1 when the broker loses a check that passes without it. With
// --all-pairs also 2026 clients of a 2025 tool server, whose questions take the broker's form: shown, not
// counted.
import { passedOf } from '../test/conformance/run-suite.ts';
import { PAIRS, runPairs } from '../test/conformance/through-broker.ts';

const shown = { revision: '2026-07-28', server: '2025' };
const pairs = process.argv.includes('--all-pairs') ? [...PAIRS, shown] : PAIRS;

const startedMs = performance.now();
const outcomes = await runPairs(pairs);
let lost = 0;
for (const outcome of outcomes) {
  const counts = outcome.revision !== shown.revision || outcome.server !== shown.server;
  if (counts) lost += outcome.lost.length;
  console.log(
    `\n${outcome.revision}, tool server ${outcome.server}${counts ? '' : ' (not counted)'}\n`,
  );
  console.log(`${'scenario'.padEnd(50)}${'alone'.padStart(9)}${'broker'.padStart(9)}`);
  for (const [scenario, checks] of outcome.alone) {
    const cell = (found) => {
      const { passed, judged } = passedOf(found ?? []);
      return `${passed}/${judged}`.padStart(9);
    };
    console.log(scenario.padEnd(50) + cell(checks) + cell(outcome.through.get(scenario)));
  }
  for (const line of outcome.lost) console.log(`  LOST ${line}`);
}
const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
console.log(`\n${lost === 0 ? 'nothing is lost' : `${lost} checks are lost`}, in ${seconds} s`);
process.exitCode = lost === 0 ? 0 : 1;
