import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskGrantFiles, MAX_GRANT_FILE_BYTES } from '../../src/admin/disk-grant-files.ts';

let config: string;
let folder: string;
const files = () => diskGrantFiles(folder, config, (size) => new Uint8Array(size).fill(7));

beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), 'tg-grants-'));
  folder = join(config, 'grants');
});
afterEach(() => rmSync(config, { recursive: true, force: true }));

describe('diskGrantFiles', () => {
  it('finds none where there is no folder', async () => {
    expect(await files().read()).toEqual([]);
  });

  it('reads yaml files of the folder in order and nothing else', async () => {
    mkdirSync(join(folder, 'old'), { recursive: true });
    for (const name of ['b.yml', 'a.yaml', 'notes.txt', '.hidden.yaml', 'old/c.yaml']) {
      writeFileSync(join(folder, name), name);
    }
    expect(await files().read()).toEqual([
      { file: 'grants/a.yaml', text: 'a.yaml' },
      { file: 'grants/b.yml', text: 'b.yml' },
    ]);
  });

  it.each([
    ['a folder named like a grant', () => mkdirSync(join(folder, 'a.yaml'))],
    ['a dangling link', () => execFileSync('ln', ['-s', 'nowhere', join(folder, 'a.yaml')])],
    ['a pipe', () => execFileSync('mkfifo', [join(folder, 'a.yaml')])],
    ['bytes that are not UTF-8', () => writeFileSync(join(folder, 'a.yaml'), Buffer.from([0xff]))],
    [
      'a file too large',
      () => writeFileSync(join(folder, 'a.yaml'), 'x'.repeat(MAX_GRANT_FILE_BYTES + 1)),
    ],
  ])('fails on %s instead of skipping it', async (_, make) => {
    mkdirSync(folder);
    make();
    await expect(files().read()).rejects.toMatchObject({
      code: 'ERR_GRANT',
      message: expect.stringContaining('grants/a.yaml'),
    });
  });

  it('creates a file and leaves no other behind', async () => {
    await files().create('grants/a.yaml', 'text');
    expect(readdirSync(folder)).toEqual(['a.yaml']);
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('text');
  });

  it('never overwrites on create', async () => {
    await files().create('grants/a.yaml', 'first');
    await expect(files().create('grants/a.yaml', 'second')).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    expect(readdirSync(folder)).toEqual(['a.yaml']);
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('first');
  });

  it('replaces a file whole', async () => {
    await files().create('grants/a.yaml', 'first');
    await files().replace('grants/a.yaml', 'second');
    expect(readdirSync(folder)).toEqual(['a.yaml']);
    expect(readFileSync(join(folder, 'a.yaml'), 'utf8')).toBe('second');
  });

  it.each(['../mcp.config.json', 'grants/../../x.yaml', '/etc/x.yaml', 'grants/old/x.yaml'])(
    'refuses to write %s, which is not in the folder',
    async (file) => {
      await expect(files().create(file, 'x')).rejects.toMatchObject({ code: 'ERR_GRANT' });
      await expect(files().replace(file, 'x')).rejects.toMatchObject({ code: 'ERR_GRANT' });
    },
  );
});
