import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = (name: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../src/log/${name}`, import.meta.url)));

const SCRIPT = `
  import { createLogger } from ${source('create-logger.ts')};
  import { linesForPeople } from ${source('lines-for-people.ts')};
  const format = process.argv[1] === 'terminal' ? { format: linesForPeople(false) } : {};
  const log = createLogger({ level: 'info', now: () => 0, ...format });
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
