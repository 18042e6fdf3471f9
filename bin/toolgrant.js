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

/**
 * Has Node keep the code it compiles, so that the next start need not compile it again: an eighth of its time.
 * It is run as it is found, so it is kept in a folder that nobody else can write, inside the one whose code it
 * was compiled from, and only where that is ours too: whoever could put code there can change what we run
 * without it. Attack: a broker that was installed by root, and code left for it in the folder of a
 * user, a temporary one or one from a variable, by a tool server that runs as that user.
 */
function keepCompiled(dist) {
  const { lstatSync, mkdirSync } = require('node:fs');
  const uid = process.getuid?.();
  const kept = require('node:path').join(dist, '.compiled');
  try {
    if (uid === undefined || lstatSync(dist).uid !== uid) return;
    mkdirSync(kept, { recursive: true, mode: 0o700 });
    const found = lstatSync(kept);
    if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) return;
  } catch {
    // It cannot be kept: compiled at each start.
    return;
  }
  require('node:module').enableCompileCache(kept);
}

function main() {
  const version = process.versions.node;
  if (isRecent(version)) {
    delete process.env[RAN_AGAIN];
    const { existsSync } = require('node:fs');
    const { join } = require('node:path');
    const dist = join(__dirname, '..', 'dist');
    const built = join(dist, 'main.js');
    if (!existsSync(built)) return fail('toolgrant is not built yet', 'run `npm run build`');
    keepCompiled(dist);
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
