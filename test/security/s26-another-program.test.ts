import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverOrigin } from '../../src/config/server-origin.ts';
import type { ToolServerSpec } from '../../src/dispatch/tool-server.ts';
import { grantText, Home } from '../support/live/home.ts';

const CONTROLLED = fileURLToPath(
  new URL('../support/tool-servers/controlled.mjs', import.meta.url),
);

/** The package is installed beside the configuration, as `npx` finds it. */
function install(home: Home, version: string): string {
  const folder = join(home.dir, 'node_modules/some-server');
  mkdirSync(folder, { recursive: true });
  const bin = { 'some-server': 'main.mjs' };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'some-server', version, bin }),
  );
  const main = join(folder, 'main.mjs');
  copyFileSync(CONTROLLED, main);
  return main;
}

describe('S26 a tool server whose program is another one than was approved', () => {
  let home: Home;
  let main = '';
  beforeAll(async () => {
    home = new Home({
      grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: '*/*'"]) },
      servers: (at) => {
        main = install(at, '1.0.0');
        return { s: { command: process.execPath, args: [main, at.journalPath] } };
      },
    });
    await home.applyGrants();
  });
  afterAll(() => home.remove());

  const call = () => home.run(['call', 's/echo', '--as', 'alice', '--args', '{"nonce":"n"}']);
  const times = (what: string) => home.journal().filter(({ kind }) => kind === what).length;

  it('is not run, with nothing it holds, until somebody has looked at what it is', async () => {
    expect((await call()).code).toBe(0);
    expect(times('call')).toBe(1);
    const starts = times('start');
    const { catalog } = (await home.state()).stores;
    expect(catalog.snapshot().servers.get('s')?.origin).toEqual({
      package: 'some-server@1.0.0',
      entry: expect.stringMatching(/^[0-9a-f]{64}$/),
    });

    appendFileSync(main, '\n// another file\n');
    expect(await call()).toMatchObject({ code: 1 });
    expect(await call()).toMatchObject({ code: 1 });
    expect([times('call'), times('start')]).toEqual([1, starts]);
    const drifted = await home.events('--code', 'TG4002');
    expect(drifted).toMatchObject([{ server: 's', detail: { changed: { origin: {} } } }]);
    const asked = await home.run(['tools', 'approve', 's']);
    expect(asked.code).toBe(1);
    expect(asked.stderr).toContain('it is started from some-server@1.0.0, a file with the hash');

    expect((await home.run(['tools', 'approve', 's', '--yes'])).code).toBe(0);
    expect((await call()).code).toBe(0);
    expect(times('call')).toBe(2);
  });
});

describe('where a tool server comes from', () => {
  const spec = (command: string, args: readonly string[], cwd: string): ToolServerSpec => ({
    kind: 'stdio',
    name: 's',
    isolation: 'session',
    timeoutMs: 1,
    startTimeoutMs: 1,
    idleMs: 1,
    maxMessageBytes: 1,
    command,
    args,
    cwd,
    env: { PATH: process.env.PATH ?? '' },
  });
  const root = fileURLToPath(new URL('../..', import.meta.url));

  it('is the package and file that npx would run here', async () => {
    const found = await serverOrigin(spec('npx', ['-y', 'mcp-server-filesystem', '.'], root));
    expect(found).toEqual({
      package: expect.stringMatching(/^@modelcontextprotocol\/server-filesystem@/),
      entry: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(
      await serverOrigin(spec('npx', ['@modelcontextprotocol/server-filesystem@latest'], root)),
    ).toEqual(found);
  });

  it('is the file that is run, and not what is loaded before it', async () => {
    const [run, loaded] = ['src/main.ts', 'src/compose.ts'];
    const alone = await serverOrigin(spec('node', [run], root));
    expect(alone).toMatchObject({ entry: expect.stringMatching(/^[0-9a-f]{64}$/) });
    for (const option of ['--import', '-r', '--env-file']) {
      expect(await serverOrigin(spec('node', [option, loaded, run], root))).toEqual(alone);
    }
  });

  it('is what a link leads to, and the hash of it whatever version its package states', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tg-origin-'));
    try {
      const package_ = join(folder, 'node_modules/a-server');
      mkdirSync(package_, { recursive: true });
      const state = (version: string) =>
        writeFileSync(
          join(package_, 'package.json'),
          JSON.stringify({ name: 'a-server', version }),
        );
      const [main, other] = [join(package_, 'main.mjs'), join(package_, 'other.mjs')];
      writeFileSync(main, '// one');
      writeFileSync(other, '// two');
      state('1.0.0');
      const link = join(folder, 'server.mjs');
      symlinkSync(main, link);
      const found = () => serverOrigin(spec('node', [link], folder));
      const approved = await found();
      expect(approved).toMatchObject({ package: 'a-server@1.0.0' });

      rmSync(link);
      symlinkSync(other, link);
      const moved = await found();
      expect(moved.package).toBe(approved.package);
      expect(moved.entry).not.toBe(approved.entry);

      rmSync(link);
      symlinkSync(main, link);
      writeFileSync(main, '// 0ne');
      expect((await found()).entry).not.toBe(approved.entry);
      writeFileSync(main, '// one');
      expect(await found()).toEqual(approved);
      state('1.0.1');
      expect(await found()).toEqual({ ...approved, package: 'a-server@1.0.1' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('is not known of what is fetched, or is not there', async () => {
    expect(
      await serverOrigin(spec('npx', ['-y', 'no-such-package-anywhere@latest'], root)),
    ).toEqual({});
    expect(await serverOrigin(spec('no-such-program', [], root))).toEqual({});
  });
});
