import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectDiscreet } from '../support/cli/expect-error.ts';
import {
  type Ended,
  environment,
  Place,
  removePlaces,
  runProgram,
  TOOLGRANT,
} from '../support/cli/place.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasOwnNode = existsSync(join(root, 'node_modules', 'node', 'bin', 'node'));

let folder: string;
let preload: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tg-old-'));
  preload = join(folder, 'old.cjs');
  // Only the process that is told to load this takes itself for an old one.
  writeFileSync(
    preload,
    `Object.defineProperty(process.versions, 'node', { value: process.env.FAKE_NODE });`,
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  removePlaces();
});

const onOldNode = (version: string, words: readonly string[], entry = TOOLGRANT): Promise<Ended> =>
  runProgram([process.execPath, '-r', preload, entry, ...words], { env: { FAKE_NODE: version } });

describe.runIf(hasOwnNode).concurrent('the entry file on an old Node, in a clone', () => {
  it.each(['0.10.48', '18.0.0', '20.19.5', '22.11.0'])(
    'goes on with the Node of the clone, and its output and exit code: %s',
    async (version) => {
      const place = new Place();
      const words = ['--config', place.config, 'grant', 'apply', '--yes', '--json'];
      const done = await onOldNode(version, words);
      expectDiscreet(done);
      expect([done.code, JSON.parse(done.stdout)]).toMatchObject([0, { applied: ['alice-s'] }]);
      const failed = await onOldNode(version, ['--config', place.config, 'grant', 'show', 'none']);
      expect([failed.code, failed.stdout]).toEqual([5, '']);
      expect(failed.stderr).toMatch(/^error: no grant none was ever applied\n/);
    },
  );

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes on %s', async (signal) => {
    const place = new Place();
    const words = ['--config', place.config, 'serve', '--port', '0'];
    const child = spawn(process.execPath, ['-r', preload, TOOLGRANT, ...words], {
      env: { ...environment(), FAKE_NODE: '18.0.0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (text.includes('"listening"')) child.kill(signal);
    });
    const [code, ended] = await once(child, 'close');
    expect([code, ended]).toEqual([0, null]);
    expect(stderr).toContain('"msg":"stopping"');
    expect(place.held().liveBrokers).toBe(0);
  });

  it('ends as the process that was killed in its place', async () => {
    const place = new Place();
    const words = ['--config', place.config, 'serve', '--port', '0'];
    const child = spawn(process.execPath, ['-r', preload, TOOLGRANT, ...words], {
      env: { ...environment(), FAKE_NODE: '18.0.0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const pid = /"pid":(\d+).*"listening"/.exec(text)?.[1];
      if (pid !== undefined) process.kill(Number(pid), 'SIGKILL');
    });
    expect(await once(child, 'close')).toEqual([128 + 9, null]);
  });

  it('does not run itself for ever', async () => {
    const { code, stdout, stderr } = await runProgram(
      [process.execPath, '-r', preload, TOOLGRANT, '--version'],
      { env: { FAKE_NODE: '18.0.0', TOOLGRANT_NODE: '1' } },
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error: Node 18.0.0 is too old');
  });
});

describe.concurrent('the entry file alone', () => {
  it('says on an old Node what to do, and ends with 2', async () => {
    const alone = join(folder, 'alone');
    cpSync(join(root, 'bin'), join(alone, 'bin'), { recursive: true });
    const ended = await onOldNode('18.0.0', ['serve'], join(alone, 'bin', 'toolgrant.js'));
    expect(ended).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr:
        'error: Node 18.0.0 is too old: 22.12 or later is needed\n' +
        'hint: install a current Node; in a clone, `npm ci` brings one\n',
    });
  });

  it('says on a current Node that it is not built, and ends with 2', async () => {
    const unbuilt = join(folder, 'unbuilt');
    mkdirSync(unbuilt);
    cpSync(join(root, 'bin'), join(unbuilt, 'bin'), { recursive: true });
    const ended = await runProgram([
      process.execPath,
      join(unbuilt, 'bin', 'toolgrant.js'),
      'serve',
    ]);
    expect(ended).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: 'error: toolgrant is not built yet\nhint: run `npm run build`\n',
    });
  });

  it('says when what it needs is not installed, and ends with 2', async () => {
    const bare = join(folder, 'bare');
    for (const part of ['bin', 'dist', 'package.json']) {
      cpSync(join(root, part), join(bare, part), { recursive: true });
    }
    const ended = await runProgram([process.execPath, join(bare, 'bin', 'toolgrant.js'), 'serve']);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toMatch(
      /^error: cannot start: .*\nhint: install it again; in a clone, run `npm ci` and `npm run build`\n$/,
    );
  });
});
