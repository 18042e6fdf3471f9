// Lint, types, all tests; ends with one line that counts them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (...path) => join(root, 'node_modules', ...path);

function run(title, command, args) {
  console.log(`\n> ${title}`);
  return spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

const lint = run('lint', process.execPath, [bin('@biomejs', 'biome', 'bin', 'biome'), 'check']);
const types = run('types', process.execPath, [
  bin('typescript', 'bin', 'tsc'),
  '-p',
  'tsconfig.json',
]);

const folder = mkdtempSync(join(tmpdir(), 'toolgrant-report-'));
const report = join(folder, 'report.json');
const tests = run('tests', process.execPath, [
  bin('vitest', 'vitest.mjs'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);

let passed = 0;
let failed = 0;
try {
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  passed = counts.numPassedTests;
  failed = counts.numFailedTests + (counts.numFailedTests === 0 && !tests ? 1 : 0);
} catch {
  failed = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (!lint) console.log('\nlint failed');
if (!types) console.log('\ntypes failed');
const isGreen = lint && types && tests && passed > 0 && failed === 0;
console.log(`\n${passed} passed, ${isGreen ? 0 : Math.max(failed, 1)} failed`);
process.exitCode = isGreen ? 0 : 1;
