import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskLockFile } from '../../src/admin/disk-lock-file.ts';
import { processMutex } from '../../src/admin/process-mutex.ts';

let dir: string;
let path: string;
let held: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tg-lock-'));
  path = join(dir, 'mcp.lock.json');
  held = join(dir, 'mutex');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const lockFile = () => diskLockFile(path, processMutex(held, randomBytes), randomBytes);
const write = (text: string) => lockFile().update((_, put) => put(text));

describe('the lock file on disk', () => {
  it('is made readable by all and writable by its owner, and nothing is left beside it', async () => {
    await write('one');
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['one', 0o644]);
    expect(readdirSync(dir)).toEqual(['mcp.lock.json']);
  });

  it('keeps the mode it has', async () => {
    writeFileSync(path, 'one');
    chmodSync(path, 0o600);
    await write('two');
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two', 0o600]);
  });

  it('does not follow a link: where it leads is neither read nor written', async () => {
    const target = join(dir, 'elsewhere');
    writeFileSync(target, 'secret');
    symlinkSync(target, path);
    await expect(lockFile().read()).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    await expect(write('two')).rejects.toMatchObject({ message: `${path} is a link` });
    expect(readFileSync(target, 'utf8')).toBe('secret');
  });

  it('says that what is no text is none', async () => {
    writeFileSync(path, Buffer.from([0xff, 0xfe]));
    await expect(lockFile().read()).rejects.toMatchObject({ message: `${path} is not UTF-8 text` });
  });
});

describe('the mutex of processes', () => {
  it('lets one at a time in, through however many of its kind', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    const mutexes = [processMutex(held, randomBytes), processMutex(held, randomBytes)];
    await Promise.all(Array.from({ length: 10 }, (_, at) => mutexes[at % 2]?.(work)));
    expect([most, inside]).toEqual([1, 0]);
  });

  it.each([
    ['a process that is gone', '4194305 0123456789abcdef\n'],
    ['an earlier process of the same id', `${process.pid} 0123456789abcdef\n`],
    ['nobody that can be named', ''],
  ])('takes over what was left by %s', async (_, text) => {
    writeFileSync(held, text);
    expect(await processMutex(held, randomBytes)(async () => 'done')).toBe('done');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is let in where the one who took over from a dead holder died as well', async () => {
    writeFileSync(held, '999999999 aabbcc\n');
    writeFileSync(`${held}.aabbcc.claim`, '999999998 ddeeff\n');
    expect(await processMutex(held, randomBytes)(async () => 'done')).toBe('done');
    expect(readdirSync(dir)).toEqual([]);
  });

  it('is let go when the work fails', async () => {
    const mutex = processMutex(held, randomBytes);
    const failed = mutex(async () => {
      throw new Error('broken');
    });
    await expect(failed).rejects.toThrow('broken');
    expect(readdirSync(dir)).toEqual([]);
  });
});
