#!/usr/bin/env node
// Plain JavaScript that any Node can read: it looks at the version before anything else is imported.
'use strict';

const MINIMUM = [22, 12];
const RAN_AGAIN = 'TOOLGRANT_NODE';

function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}

function fail(problem, hint) {
  process.stderr.write(`error: ${problem}\nhint: ${hint}\n`);
  process.exitCode = 2;
}

function runAgainOn(node) {
  const { spawn } = require('node:child_process');
  const child = spawn(node, [__filename, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, [RAN_AGAIN]: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', () => fail(`cannot run ${node}`, 'install Node 22.12 or later'));
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 128 + require('node:os').constants.signals[signal] : code;
  });
}

function main() {
  const version = process.versions.node;
  if (isRecent(version)) {
    delete process.env[RAN_AGAIN];
    const { existsSync } = require('node:fs');
    const { join } = require('node:path');
    const built = join(__dirname, '..', 'dist', 'main.js');
    if (!existsSync(built)) return fail('toolgrant is not built yet', 'run `npm run build`');
    import(require('node:url').pathToFileURL(built).href).then(
      (entry) => entry.main(process.argv.slice(2)),
      (error) =>
        fail(
          `cannot start: ${error.message}`,
          'install it again; in a clone, run `npm ci` and `npm run build`',
        ),
    );
    return undefined;
  }
  const { existsSync } = require('node:fs');
  const { join } = require('node:path');
  const own = join(__dirname, '..', 'node_modules', 'node', 'bin', 'node');
  if (process.env[RAN_AGAIN] === undefined && existsSync(own)) return runAgainOn(own);
  return fail(
    `Node ${version} is too old: 22.12 or later is needed`,
    'install a current Node; in a clone, `npm ci` brings one',
  );
}

main();
