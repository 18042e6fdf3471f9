import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENTS } from '../../src/client-config/clients.ts';
import { findClients } from '../../src/client-config/find-clients.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tg-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

async function find(id: string, env: Record<string, string> = {}, platform = 'linux') {
  const found = await findClients({ home, env, platform });
  return found.find(({ client }) => client.id === id);
}

function put(path: string, text = '{}'): string {
  const full = join(home, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

describe('finding the files of clients', () => {
  it('says where each would be in an empty home, and that nothing is there', async () => {
    const found = await findClients({ home, env: {}, platform: 'linux' });
    expect(found.map(({ client }) => client.id)).toEqual(
      CLIENTS.filter(({ files }) => files.linux !== undefined).map(({ id }) => id),
    );
    expect(found.filter(({ exists, isInstalled }) => exists || isInstalled)).toEqual([]);
    expect(found.filter(({ path }) => !path.startsWith(`${home}/`))).toEqual([]);
  });

  it.each([
    ['darwin', 'claude-desktop', 'Library/Application Support/Claude/claude_desktop_config.json'],
    ['linux', 'claude-desktop', '.config/Claude/claude_desktop_config.json'],
    ['win32', 'claude-desktop', 'AppData/Roaming/Claude/claude_desktop_config.json'],
    ['darwin', 'vscode', 'Library/Application Support/Code/User/mcp.json'],
    ['linux', 'zed', '.config/zed/settings.json'],
    ['win32', 'goose', 'AppData/Roaming/Block/goose/config/config.yaml'],
  ])('on %s looks for %s at %s', async (platform, id, path) => {
    expect((await find(id, {}, platform))?.path).toBe(join(home, path));
  });

  it('takes the second place when only that has a file', async () => {
    const path = put('.config/claude/claude_desktop_config.json');
    expect(await find('claude-desktop')).toMatchObject({ path, exists: true, isWritable: true });
  });

  it.each([
    ['claude-code', 'CLAUDE_CONFIG_DIR', '.claude.json'],
    ['codex', 'CODEX_HOME', 'config.toml'],
    ['opencode', 'XDG_CONFIG_HOME', 'opencode/opencode.json'],
  ])('follows the variable of %s, and a relative one nowhere', async (id, name, file) => {
    expect((await find(id, { [name]: join(home, 'x') }))?.path).toBe(join(home, 'x', file));
    expect((await find(id, { [name]: 'x' }))?.path).toMatch(
      new RegExp(`^${home}/\\.(claude|codex|config)`),
    );
  });

  it('takes a client for installed when its folder is there without the file', async () => {
    mkdirSync(join(home, '.cursor'));
    mkdirSync(join(home, '.claude'));
    expect(await find('cursor')).toMatchObject({ exists: false, isInstalled: true });
    expect(await find('claude-code')).toMatchObject({ exists: false, isInstalled: true });
    expect(await find('kiro')).toMatchObject({ exists: false, isInstalled: false });
  });

  it('keeps the name of a link', async () => {
    const target = put('dotfiles/mcp.json');
    mkdirSync(join(home, '.cursor'));
    symlinkSync(target, join(home, '.cursor/mcp.json'));
    expect(await find('cursor')).toMatchObject({
      path: join(home, '.cursor/mcp.json'),
      exists: true,
    });
  });

  it('names a folder in the place of the file', async () => {
    mkdirSync(join(home, '.cursor/mcp.json'), { recursive: true });
    expect(await find('cursor')).toMatchObject({
      exists: true,
      isReadable: false,
      isWritable: false,
      problem: 'is not a file',
    });
  });

  it.runIf(process.getuid?.() !== 0)('says what this user may not do', async () => {
    chmodSync(put('.cursor/mcp.json'), 0o444);
    chmodSync(put('.kiro/settings/mcp.json'), 0);
    expect(await find('cursor')).toMatchObject({ isReadable: true, isWritable: false });
    expect(await find('kiro')).toMatchObject({
      isReadable: false,
      isWritable: false,
      problem: 'may not be read by this user',
    });
  });
});

describe('the table of clients', () => {
  it('has every id once, in the form of a profile name, with the day it was verified', () => {
    const ids = CLIENTS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, verifiedOn } of CLIENTS) {
      expect(id).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(verifiedOn).toMatch(/^20\d\d-\d\d(-\d\d)?$/);
    }
  });

  it('says why, of every client we cannot edit', () => {
    const printed = CLIENTS.filter(({ connect }) => connect === 'print-only');
    expect(printed.length).toBeGreaterThan(0);
    expect(printed.filter(({ note }) => note === undefined)).toEqual([]);
  });
});
