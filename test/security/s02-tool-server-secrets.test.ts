import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantText, Home } from '../support/live/home.ts';

const EVERYTHING = fileURLToPath(
  import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'),
);
const CANARY = 'canary+9f1c/Zk3&7Qw$Lp2';
const FORMS = [
  CANARY,
  Buffer.from(CANARY).toString('base64'),
  Buffer.from(CANARY).toString('base64url'),
  Buffer.from(`user:${CANARY}`).toString('base64'),
  encodeURIComponent(CANARY),
];

const home = new Home({
  grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: 'everything/*'"]) },
  servers({ dir }) {
    writeFileSync(join(dir, 'secret'), CANARY, { mode: 0o600 });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration
    const env = { API_TOKEN: '${file:./secret}', PLAIN: 'an ordinary value' };
    return { everything: { command: process.execPath, args: [EVERYTHING, 'stdio'], env } };
  },
});
afterAll(() => home.remove());

const seen: string[] = [];
async function call(tool: string, args: object): Promise<string> {
  const words = ['call', `everything/${tool}`, '--as', 'alice', '--args', JSON.stringify(args)];
  const { stdout, stderr } = await home.run(words);
  seen.push(stdout, stderr);
  return stdout;
}

describe('S2 a tool server’s credential', () => {
  beforeAll(() => home.applyGrants());

  it('does not come back when the tool server shows its environment', async () => {
    const env = await call('get-env', {});
    expect(env).toContain('API_TOKEN');
    expect(env).toContain('an ordinary value');
    expect(env).toContain('[redacted:known]');
    for (const form of FORMS) expect(env).not.toContain(form);
  });

  it.each(FORMS)('does not come back as %s', async (form) => {
    const echoed = await call('echo', { message: `before ${form} after` });
    expect(echoed).toMatch(/before .*\[redacted:known\].* after/);
    expect(echoed).not.toContain(form);
  });

  it('is in nothing that was printed, logged, recorded or stored', async () => {
    seen.push(JSON.stringify(await home.events()));
    const state = join(home.dir, '.toolgrant');
    for (const name of readdirSync(state, { recursive: true, withFileTypes: true })) {
      if (name.isFile()) seen.push(readFileSync(join(name.parentPath, name.name), 'latin1'));
    }
    expect(seen.length).toBeGreaterThan(12);
    for (const form of FORMS) {
      expect(seen.filter((text) => text.includes(form)).map((text) => text.length)).toEqual([]);
    }
  });
});
