import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../support/cli/place.ts';

const root = join(import.meta.dirname, '../..');
const isCompiled = (path: string) => /[\\/]\.compiled$/.test(path);

let folder: string;
let kept: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tg-compiled-'));
  kept = join(folder, 'dist/.compiled');
  for (const name of ['bin', 'dist', 'package.json']) {
    cpSync(join(root, name), join(folder, name), {
      recursive: true,
      filter: (path) => !isCompiled(path),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function start(): Promise<void> {
  const ended = await runProgram([process.execPath, join(folder, 'bin/toolgrant.js'), '--version']);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
}

describe('compiled code', () => {
  it('is kept beside the code, where nobody else can put any', async () => {
    await start();
    expect(lstatSync(kept).mode & 0o7777).toBe(0o700);
    expect(readdirSync(kept, { recursive: true }).length).toBeGreaterThan(1);
    await start();
  });

  it.each([0o750, 0o703, 0o777])('is not taken from a folder of mode %o', async (mode) => {
    mkdirSync(kept);
    chmodSync(kept, mode);
    await start();
    expect(readdirSync(kept)).toEqual([]);
  });

  it('is not taken from where a link leads', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, kept);
    await start();
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('is not kept beside code of another user', async () => {
    chownSync(join(folder, 'dist'), 65_534, 65_534);
    await start();
    expect(readdirSync(join(folder, 'dist'))).not.toContain('.compiled');
  });

  it('is not kept where the folder of the code cannot be written', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'root writes everywhere');
    chmodSync(join(folder, 'dist'), 0o500);
    await start();
    expect(readdirSync(join(folder, 'dist'))).not.toContain('.compiled');
    chmodSync(join(folder, 'dist'), 0o700);
  });
});
