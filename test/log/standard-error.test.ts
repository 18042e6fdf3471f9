import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = `
  import { createLogger } from ${JSON.stringify(fileURLToPath(new URL('../../src/log/create-logger.ts', import.meta.url)))};
  const log = createLogger({ level: 'info', isTerminal: process.argv[1] === 'terminal', now: () => 0 });
  log.error({ a: 1 }, 'hello');
  process.exit(0);
`;

it.each(['json', 'terminal'])(
  'writes to standard error at once and never to standard output (%s): it is all there',
  (mode) => {
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT, mode], {
      encoding: 'utf8',
    });
    expect({ status: run.status, stdout: run.stdout }).toEqual({ status: 0, stdout: '' });
    expect(run.stderr).toContain('hello');
  },
);
