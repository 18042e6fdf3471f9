import { existsSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { connectEntry } from '../../src/client-config/connect-entry.ts';
import { connectedClients, disconnectEntry } from '../../src/client-config/disconnect-entry.ts';
import { readServers } from '../../src/client-config/read-servers.ts';
import { type ClientHome, clientHome, STDIO } from './client-home.ts';

const connect = (at: ClientHome, moveOut: readonly string[] = []) =>
  connectEntry(at.found(), STDIO, at.backups, { moveOut });
const disconnect = (at: ClientHome) => disconnectEntry(at.found(), at.backups);
const names = async (at: ClientHome) =>
  (await readServers(at.found())).servers.map(({ name }) => name);

const CURSOR = `{
  // all of them
  "mcpServers": {
    "a": { "command": "x", "env": { "T": "1" } }, // the first
    "b": {
      "command": "y", // why
    },
  },
  "other": 1.0,
}
`;
const CODEX = `model = "m"

# about a
[mcp_servers.a]
command = "x" # kept
args = [
  "1",
]

[mcp_servers.a.env]
T = "1"

# about b
[mcp_servers.b]
command = "y"
`;
const GOOSE = `# all
extensions:
  # about a
  a:
    cmd: x # kept
    type: stdio
  b: {cmd: y, type: stdio}
GOOSE_MODEL: m
`;
const FILES = [
  ['cursor', CURSOR],
  ['codex', CODEX],
  ['goose', GOOSE],
] as const;

describe('a file that changed since it was connected', () => {
  it.each(FILES)('keeps what people changed (%s)', async (id, text) => {
    const at = clientHome(id, text);
    await connect(at);
    const changed = (from: string) => from.replace(/\bm\b|1\.0/, 'changed').replace('about b', 'B');
    const edit = (from: string) =>
      id === 'cursor' ? from.replace('"other": 1.0', '"other": 2.50') : changed(from);
    at.write(edit(at.read() ?? ''));
    await disconnect(at);
    expect(at.read()).toBe(edit(text));
    expect(edit(text)).not.toBe(text);
  });

  it.each(FILES)('keeps a server added right after ours (%s)', async (id, text) => {
    const at = clientHome(id, text);
    await connect(at);
    const add = (from: string) =>
      id === 'cursor'
        ? from.replace('    "a": {', '    "new": {},\n    "a": {')
        : id === 'codex'
          ? `${from}\n[mcp_servers.new]\ncommand = "n"\n`
          : from.replace('  b: {', '  new: {cmd: n}\n  b: {');
    at.write(add(at.read() ?? ''));
    await disconnect(at);
    expect(at.read()).toBe(add(text));
  });

  it('survives a client that writes the whole file anew', async () => {
    const text = '{"mcpServers":{"a":{"command":"x"}},"n":1}';
    const at = clientHome('claude-code', text);
    await connect(at);
    const anew = JSON.parse(at.read() ?? '');
    at.write(JSON.stringify({ ...anew, n: 2, history: ['tg'] }, null, 4));
    const { backup } = await disconnect(at);
    expect(at.read()).toBe(
      JSON.stringify({ mcpServers: { a: { command: 'x' } }, n: 2, history: ['tg'] }, null, 4),
    );
    expect(readFileSync(backup ?? '', 'utf8')).toBe(text);
  });

  it('takes out an entry that somebody wrote differently', async () => {
    const at = clientHome('cursor', CURSOR);
    await connect(at);
    at.write(
      (at.read() ?? '').replace(
        /"args": \[[^\]]*\]/,
        '"args":["toolgrant.js","stdio","--profile","q"]',
      ),
    );
    await disconnect(at);
    expect(at.read()).toBe(CURSOR);
  });

  it('brings back what it took out of braces', async () => {
    const at = clientHome('goose', 'extensions: {a: {cmd: x}, b: {cmd: y}}\n');
    await connectEntry(at.found(), STDIO, at.backups, { moveOut: ['a'] });
    at.write(`${at.read()}# mine\n`);
    await disconnect(at);
    expect(parse(at.read() ?? '')).toEqual({ extensions: { a: { cmd: 'x' }, b: { cmd: 'y' } } });
    expect(at.read()).toContain('# mine');
  });

  it('leaves alone a server that took our name', async () => {
    const at = clientHome('cursor', CURSOR);
    await connect(at);
    const theirs = '{ "mcpServers": { "tg": { "command": "theirs" } } }';
    at.write(theirs);
    await disconnect(at);
    expect(at.read()).toBe(theirs);
    expect(connectedClients(at.backups)).toEqual([]);
  });

  it.each(['', '{}', '{"mcpServers":{}}'])('that lost our entry stays (%j)', async (text) => {
    const at = clientHome('cursor', CURSOR);
    await connect(at);
    at.write(text);
    await disconnect(at);
    expect(at.read()).toBe(text);
  });

  it('that was removed stays away', async () => {
    const at = clientHome('cursor', CURSOR);
    await connect(at);
    rmSync(at.path);
    await disconnect(at);
    expect([existsSync(at.path), connectedClients(at.backups)]).toEqual([false, []]);
  });

  it('keeps what people changed across connecting again', async () => {
    const at = clientHome('cursor', CURSOR);
    await connect(at);
    const edit = (from: string) => from.replace('"other": 1.0', '"other": true');
    at.write(edit(at.read() ?? ''));
    await connect(at);
    await disconnect(at);
    expect(at.read()).toBe(edit(CURSOR));
  });
});

describe('servers moved out of a file', () => {
  it.each(FILES)('come back as they were written (%s)', async (id, text) => {
    const at = clientHome(id, text);
    const change = await connect(at, ['a']);
    expect([change.added, change.removed]).toEqual([['tg'], ['a']]);
    expect((await names(at)).sort()).toEqual(['b', 'tg']);
    await disconnect(at);
    expect(at.read()).toBe(text);
  });

  it.each(FILES)('come back into a file that changed (%s)', async (id, text) => {
    const at = clientHome(id, text);
    const before = (await readServers(at.found())).servers;
    await connect(at, ['a', 'b']);
    expect(await names(at)).toEqual(['tg']);
    at.write(`${at.read()}${id === 'cursor' ? '// changed' : '# changed'}\n`);
    await disconnect(at);
    const after = (await readServers(at.found())).servers;
    const byName = (one: { name: string }, other: { name: string }) =>
      one.name < other.name ? -1 : 1;
    expect([...after].sort(byName)).toEqual([...before].sort(byName));
    expect(at.read()).toContain('# changed'.replace('#', id === 'cursor' ? '//' : '#'));
    expect(at.read()).toMatch(/kept|why/);
  });

  it('stay out when the client is connected again, until somebody puts one back', async () => {
    const at = clientHome('cursor', CURSOR);
    await connect(at, ['a', 'b']);
    await connect(at);
    expect(await names(at)).toEqual(['tg']);
    at.write((at.read() ?? '').replace('"tg":', '"a": { "command": "theirs" }, "tg":'));
    await connect(at);
    expect(await names(at)).toEqual(['tg', 'a']);
    await disconnect(at);
    const { servers } = await readServers(at.found());
    expect(servers.map(({ name, entry }) => [name, 'command' in entry && entry.command])).toEqual([
      ['b', 'y'],
      ['a', 'theirs'],
    ]);
  });
});
