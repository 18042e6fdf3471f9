// The protocol's conformance suites, against a tool server of our own alone and through the broker.
//   npm run conformance
// Prints a line per scenario; exits 1 when the broker loses a check that passes without it.
import { passedOf } from '../test/conformance/run-suite.ts';
import { PAIRS, runPairs } from '../test/conformance/through-broker.ts';

const startedMs = performance.now();
const outcomes = await runPairs(PAIRS);
let lost = 0;
for (const outcome of outcomes) {
  lost += outcome.lost.length;
  console.log(`\n${outcome.revision}, tool server ${outcome.server}\n`);
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
