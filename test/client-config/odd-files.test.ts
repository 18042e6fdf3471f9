import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectEntry } from '../../src/client-config/connect-entry.ts';
import { disconnectEntry } from '../../src/client-config/disconnect-entry.ts';
import { openTarget, replaceTarget } from '../../src/client-config/replace-file.ts';
import { type ClientHome, clientHome, STDIO } from './client-home.ts';

const TEXT = '{"mcpServers":{}}';
const connect = (at: ClientHome) => connectEntry(at.found(), STDIO, at.backups);
const disconnect = (at: ClientHome) => disconnectEntry(at.found(), at.backups);
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

/** A home whose Cursor file is a link. */
function linked(target: string): ClientHome {
  const at = clientHome('cursor');
  mkdirSync(dirname(at.path));
  symlinkSync(target, at.path);
  return at;
}

describe('files that are not plain', () => {
  it('takes no time for tables that are not ours, however many', async () => {
    const at = clientHome('codex');
    const folder = (_: unknown, number: number) => `[projects."/p/${number}"]\ntrust = "yes"\n`;
    const text = `[mcp_servers.a]\ncommand = "a"\n\n${Array.from({ length: 2000 }, folder).join('\n')}`;
    at.write(text);
    await connectEntry(at.found(), STDIO, at.backups, { moveOut: ['a'] });
    at.write(`# mine\n${at.read()}`);
    await disconnect(at);
    expect(at.read()).toContain('[mcp_servers.a]\ncommand = "a"');
    expect(at.read()).not.toContain('[mcp_servers.tg]');
  });

  // Only root can give a file away, and only root has to give it back.
  it.runIf(process.getuid?.() === 0)('keeps the owner of another’s file', async () => {
    const at = clientHome('cursor');
    mkdirSync(dirname(at.path));
    writeFileSync(at.path, TEXT, { mode: 0o640 });
    chownSync(at.path, 1234, 1235);
    await connect(at);
    expect(statSync(at.path)).toMatchObject({ uid: 1234, gid: 1235 });
    expect(modeOf(at.path)).toBe('640');
  });

  it('edits what a link leads to and keeps the link', async () => {
    const at = linked('../dotfiles/mcp.json');
    const target = join(at.home, 'dotfiles/mcp.json');
    mkdirSync(dirname(target));
    writeFileSync(target, TEXT);
    await connect(at);
    expect(readlinkSync(at.path)).toBe('../dotfiles/mcp.json');
    expect(readFileSync(target, 'utf8')).toContain('toolgrant.js');
    await disconnect(at);
    expect([lstatSync(at.path).isSymbolicLink(), readFileSync(target, 'utf8')]).toEqual([
      true,
      TEXT,
    ]);
  });

  it('refuses a link to nothing', async () => {
    const at = linked('../nowhere/mcp.json');
    await expect(connect(at)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: `${at.path} is a link to nothing`,
    });
  });

  it.each([0o600, 0o644, 0o664])('keeps the mode %o', async (mode) => {
    const at = clientHome('cursor', TEXT);
    chmodSync(at.path, mode);
    await connect(at);
    expect(modeOf(at.path)).toBe(mode.toString(8));
    await disconnect(at);
    expect(modeOf(at.path)).toBe(mode.toString(8));
  });

  it('makes a new file, and keeps originals, for nobody else to read', async () => {
    const fresh = clientHome('kiro');
    await connect(fresh);
    expect([modeOf(fresh.path), modeOf(dirname(fresh.path))]).toEqual(['600', '700']);
    const at = clientHome('cursor', TEXT);
    const { backup = '' } = await connect(at);
    expect([readFileSync(backup, 'utf8'), modeOf(backup)]).toEqual([TEXT, '600']);
    expect([modeOf(dirname(backup)), modeOf(at.backups)]).toEqual(['700', '700']);
    for (const name of readdirSync(dirname(backup))) {
      expect(modeOf(join(dirname(backup), name))).toBe('600');
    }
  });

  it.each([
    ['read-only', (path: string) => chmodSync(path, 0o444), /is read-only/],
    ['with a second name', (path: string) => linkSync(path, `${path}.bak`), /has another name/],
    [
      'of other bytes',
      (path: string) => writeFileSync(path, Buffer.from([0xff, 0xfe])),
      /not UTF-8/,
    ],
  ])('refuses a file %s', async (_what, make, message) => {
    const at = clientHome('cursor', TEXT);
    make(at.path);
    const before = readFileSync(at.path);
    await expect(connect(at)).rejects.toThrow(message);
    expect(readFileSync(at.path)).toEqual(before);
    expect(readdirSync(dirname(at.path)).filter((name) => /lock|tmp/.test(name))).toEqual([]);
  });

  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ])('refuses %s in the place of the file, and does not wait for it', async (_what, make) => {
    const at = clientHome('cursor');
    mkdirSync(dirname(at.path));
    make(at.path);
    await expect(connect(at)).rejects.toMatchObject({ message: `${at.path} is not a file` });
  });

  it('writes nothing over a file that changed meanwhile, or came meanwhile', () => {
    const at = clientHome('cursor', TEXT);
    const opened = openTarget(at.path);
    at.write('{"theirs":1}');
    expect(() => replaceTarget(opened, 'ours')).toThrow(/changed meanwhile/);
    expect(() => replaceTarget(opened, undefined)).toThrow(/changed meanwhile/);
    const none = openTarget(`${at.path}.new`);
    writeFileSync(`${at.path}.new`, 'theirs');
    expect(() => replaceTarget(none, 'ours')).toThrow(/changed meanwhile/);
    expect([at.read(), readFileSync(`${at.path}.new`, 'utf8')]).toEqual(['{"theirs":1}', 'theirs']);
    expect(readdirSync(dirname(at.path)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('takes over the lock of a process that is gone', async () => {
    const at = clientHome('cursor', TEXT);
    writeFileSync(`${at.path}.toolgrant-lock`, '4194305.dead\n');
    await connect(at);
    expect(readdirSync(dirname(at.path))).toEqual(['mcp.json']);
  });

  it('leaves the lock of a living process to it, and changes nothing', async () => {
    const at = clientHome('cursor', TEXT);
    const lock = `${at.path}.toolgrant-lock`;
    writeFileSync(lock, `${process.ppid}.alive\n`);
    await expect(connect(at)).rejects.toMatchObject({ code: 'ERR_NOT_COMMITTED' });
    expect([at.read(), readFileSync(lock, 'utf8')]).toEqual([TEXT, `${process.ppid}.alive\n`]);
  });

  it('lets one of many at the same moment after the other, and loses none', async () => {
    const at = clientHome('cursor', TEXT);
    await Promise.all([connect(at), connect(at), connect(at), disconnect(at), connect(at)]);
    await disconnect(at);
    expect([at.read(), readdirSync(dirname(at.path))]).toEqual([TEXT, ['mcp.json']]);
  });

  it('says where the original is when its record is not what was written', async () => {
    const at = clientHome('cursor', TEXT);
    const { backup = '' } = await connect(at);
    const connected = at.read();
    writeFileSync(join(dirname(backup), 'connection.json'), '{}');
    await expect(disconnect(at)).rejects.toMatchObject({
      code: 'ERR_STORE_CORRUPT',
      hint: expect.stringContaining(backup),
    });
    expect(at.read()).toBe(connected);
  });
});
