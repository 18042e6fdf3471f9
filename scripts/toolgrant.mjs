// Runs the built command line for the scripts beside this file.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const cli = join(root, 'bin', 'toolgrant.js');

/** Runs a command to its end. */
export function toolgrant(args, options = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    ...options,
  });
  return { status, stdout, stderr };
}

/** Starts `serve` and waits until it listens. Rejects with what it said when it does not. */
export function serve(args, options = {}) {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
    ...options,
  });
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      said += text;
      const url = /"url":"(?<url>[^"]+)"/.exec(said)?.groups?.url ?? /url: "(.+?)"/.exec(said)?.[1];
      if (url !== undefined) resolve({ child, url, said });
    });
    child.once('exit', (code) => reject(Object.assign(new Error(said), { code })));
  });
}
