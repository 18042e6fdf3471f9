import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CONFORMANCE } from './run-suite.ts';

const AS_CLIENT = fileURLToPath(new URL('as-client.ts', import.meta.url));

/** The scenarios about what a client sends to a tool server; the others are about authorization. */
const SCENARIOS = [
  'initialize',
  'tools_call',
  'request-metadata',
  'http-standard-headers',
  'http-custom-headers',
  'http-invalid-tool-headers',
  'json-schema-ref-no-deref',
  'json-schema-2020-12-preservation',
  'sep-2322-client-request-state',
];

/** The lines that name a failed check. */
async function failuresOf(scenario: string): Promise<readonly string[]> {
  const command = `${process.execPath} ${AS_CLIENT}`;
  const args = [CONFORMANCE, 'client', '--command', command, '--scenario', scenario];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (text: string): void => {
    said += text;
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const [code] = await once(child, 'close');
  const failures = said.split('\n').filter((line) => /^ {2}- /.test(line));
  return code === 0 ? failures : [`ended with ${code}`, ...failures];
}

describe('the broker as a client of tool servers', () => {
  it.concurrent.each(SCENARIOS)('passes %s', async (scenario) => {
    expect(await failuresOf(scenario)).toEqual([]);
  });

  // Alone: the tool looks at when it is come back to.
  it('passes sse-retry', async () => {
    expect(await failuresOf('sse-retry')).toEqual([]);
  });
});
