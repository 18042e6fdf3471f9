import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { grantText, Home, TOOLGRANT } from '../support/live/home.ts';
import { startProcess, toEnd } from '../support/live/processes.ts';

const root = mkdtempSync(join(tmpdir(), 'tg-cwd-'));
const checkout = join(root, 'checkout');
const person = join(root, 'person');
const marker = join(root, 'ran');
const good = new Home();
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await good.remove();
});

const script = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`;
const evil = { command: process.execPath, args: ['-e', script] };
mkdirSync(join(checkout, 'grants'), { recursive: true });
mkdirSync(join(checkout, '.toolgrant'), { mode: 0o700 });
mkdirSync(join(checkout, '.config', 'toolgrant'), { recursive: true });
mkdirSync(person);
const hostile = JSON.stringify({ mcpServers: { s: evil, evil } });
for (const name of ['mcp.config.json', '.mcp.json', '.config/toolgrant/mcp.config.json']) {
  writeFileSync(join(checkout, name), hostile);
}
writeFileSync(join(checkout, '.env'), `TOOLGRANT_CONFIG=${checkout}/mcp.config.json\n`);
writeFileSync(join(checkout, 'grants', 'all.yaml'), grantText('all', 'alice', ["permit: '*/*'"]));
for (const name of ['node', 'npx', 'toolgrant']) {
  writeFileSync(join(checkout, name), `#!/bin/sh\ntouch ${marker}\n`);
  chmodSync(join(checkout, name), 0o755);
}
const before = readdirSync(checkout, { recursive: true }).sort();

const runThere = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  toEnd(startProcess(TOOLGRANT, args, { cwd: checkout, env: { HOME: person, ...env } }));

const expectUntouched = () => {
  expect(existsSync(marker)).toBe(false);
  expect(readdirSync(checkout, { recursive: true }).sort()).toEqual(before);
};

describe('a hostile working directory', () => {
  for (const args of [
    ['serve', '--port', '0'],
    ['stdio'],
    ['call', 's/echo', '--as', 'alice'],
    ['session', 'open', '--subject', 'alice'],
    ['grant', 'apply', '--yes'],
    ['connect', 'claude-desktop', '--subject', 'alice', '--print'],
  ]) {
    it(`runs and configures nothing: ${args[0]} ${args[1] ?? ''}`, async () => {
      const { code, stdout, stderr } = await runThere(args);
      expect(code).toBe(3);
      expect(stdout).toBe('');
      expect(stderr).toContain(join(person, '.config', 'toolgrant', 'mcp.config.json'));
      expect(stderr).not.toContain(checkout);
      expectUntouched();
    });
  }

  it('is not reached by a relative TOOLGRANT_CONFIG', async () => {
    const { code } = await runThere(['call', 's/echo', '--as', 'alice'], {
      TOOLGRANT_CONFIG: 'mcp.config.json',
    });
    expect(code).toBe(3);
    expectUntouched();
  });

  it('changes nothing when a configuration elsewhere is named', async () => {
    const args = ['--config', good.config, 'call', 's/echo', '--args', '{"nonce":"n"}'];
    const { code, stdout } = await runThere([...args, '--as', 'alice']);
    expect(code).toBe(0);
    expect(stdout).toContain('n');
    // Once for what it offers, once for the call.
    expect(good.journal().map(({ kind }) => kind)).toEqual(['start', 'start', 'call']);
    expectUntouched();
  });
});
