import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { disconnectEntry } from '../../src/client-config/disconnect-entry.ts';
import { readServers } from '../../src/client-config/read-servers.ts';
import { clientHome } from './client-home.ts';

const WORKER = join(import.meta.dirname, '../support/client-config-worker.ts');
const TEXT = '{\n  // mine\n  "mcpServers": { "a": { "command": "x" }, "b": {} }\n}\n';

it.each([1, 2, 5, 12, 20])(
  'leaves the file whole when killed at step %i, and disconnects to the original afterwards',
  async (steps) => {
    const at = clientHome('cursor', TEXT);
    const worker = fork(WORKER, [at.path, at.backups]);
    let seen = 0;
    worker.on('message', () => {
      seen += 1;
      if (seen === steps) worker.kill('SIGKILL');
    });
    await once(worker, 'exit');
    expect(seen).toBeGreaterThanOrEqual(steps);
    const { servers, problems } = await readServers(at.found());
    expect(problems.filter((problem) => /is not/.test(problem))).toEqual([]);
    expect(servers.map(({ name }) => name)).toEqual(at.read() === TEXT ? ['a'] : ['tg']);
    await disconnectEntry(at.found(), at.backups);
    expect(at.read()).toBe(TEXT);
    expect(readdirSync(dirname(at.path))).toEqual(['mcp.json']);
  },
);
