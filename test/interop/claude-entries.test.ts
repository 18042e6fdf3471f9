import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProject, type Project } from '../support/interop/built-broker.ts';
import { descendantsOf } from '../support/interop/processes.ts';
import { rawPeer } from '../support/interop/raw-peer.ts';
import { CLIENTS, connect } from '../support/interop/sdk-clients.ts';
import { WORKSPACE } from '../support/interop/tool-servers.ts';
import { isAlive } from '../support/tool-servers/harness.ts';

const FILESYSTEM = fileURLToPath(
  new URL(
    '../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js',
    import.meta.url,
  ),
);

interface Connected {
  readonly profile: string;
  readonly entry: {
    readonly mcpServers: Record<
      string,
      {
        readonly command: string;
        readonly args: readonly string[];
        readonly env?: Record<string, string>;
      }
    >;
  };
}

let project: Project;
let elsewhere: string;

beforeAll(async () => {
  elsewhere = await mkdtemp(join(tmpdir(), 'toolgrant-elsewhere-'));
  project = await createProject({
    // `node` by name and a relative folder, as the sample configuration has them.
    mcpServers: () => ({ files: { command: 'node', args: [FILESYSTEM, './workspace'] } }),
    grants: {
      'alice.yaml':
        'id: alice\nsubject: alice\npurpose: Read\nexpires: 2099-12-31T23:59:59Z\n' +
        'rules:\n  - permit: files/read_text_file\n',
    },
    files: WORKSPACE,
  });
});

afterAll(async () => {
  await project?.remove();
  await rm(elsewhere, { recursive: true, force: true });
});

const connectTo = (client: string) =>
  project.json<Connected>('connect', client, '--subject', 'alice', '--print', '--json');

/** The only server an entry has. */
function started({ entry }: Connected) {
  const [server, ...more] = Object.values(entry.mcpServers);
  if (server === undefined || more.length > 0) throw new Error('an entry has one server');
  return server;
}

describe.each(['claude-desktop', 'claude-code'])('the entry for %s', (client) => {
  it.each(CLIENTS)('starts from another folder and serves the %s client', async (kind) => {
    const { command, args, env } = started(await connectTo(client));
    const talk = await connect(
      kind,
      { kind: 'stdio', command, args, cwd: elsewhere, env: { ...env, PATH: '/usr/bin:/bin' } },
      'auto',
    );
    const processes = [talk.pid ?? -1];
    try {
      expect((await talk.list()).tools.map(({ name }) => name)).toEqual(['files__read_text_file']);
      const path = join(project.folder, 'workspace', 'hello.txt');
      expect((await talk.call('files__read_text_file', { path })).wire).toMatchObject({
        result: { content: [{ type: 'text', text: 'hällo\n' }] },
      });
      processes.push(...descendantsOf(talk.pid ?? -1));
      expect(processes.length).toBeGreaterThan(1);
    } finally {
      await talk.close();
    }
    expect(processes.filter(isAlive)).toEqual([]);
  });

  it('starts without any environment', async () => {
    const { command, args } = started(await connectTo(client));
    const peer = rawPeer({ kind: 'stdio', command, args, cwd: elsewhere, env: {} });
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: client, version: '1' },
      },
    };
    const path = join(project.folder, 'workspace', 'hello.txt');
    const params = { name: 'files__read_text_file', arguments: { path } };
    const call = { jsonrpc: '2.0', id: 2, method: 'tools/call', params };
    try {
      const [hello] = await peer.ask(JSON.stringify(initialize), '1');
      expect(JSON.parse(hello ?? '{}').result.protocolVersion).toBe('2025-06-18');
      const [answer] = await peer.ask(JSON.stringify(call), '2');
      expect(JSON.parse(answer ?? '{}').result.content[0].text).toBe('hällo\n');
    } finally {
      await peer.close();
    }
  });

  it('has absolute paths and ends the session it opened', async () => {
    const connected = await connectTo(client);
    const { command, args } = started(connected);
    expect([command, args[0], args.at(-1)].every((path) => isAbsolute(path ?? ''))).toBe(true);
    const talk = await connect('1.x', { kind: 'stdio', command, args, cwd: elsewhere });
    await talk.close();
    const opened = await project.events({ code: 'TG2002' });
    const ended = await project.events({ code: 'TG2004' });
    const own = opened.filter((event) => event.client === connected.profile);
    expect(own.length).toBeGreaterThan(0);
    expect(
      own
        .map(({ session }) => session)
        .filter((id) => !ended.some((event) => event.session === id)),
    ).toEqual([]);
  });

  it('holds nothing secret', async () => {
    const text = JSON.stringify((await connectTo(client)).entry);
    const state = join(project.folder, '.toolgrant');
    const secrets: string[] = [];
    for (const name of await readdir(state, { recursive: true })) {
      if (!/key|profile/.test(name)) continue;
      const content = await readFile(join(state, name), 'utf8').catch(() => '');
      secrets.push(...(content.match(/[A-Za-z0-9+/_-]{24,}/g) ?? []));
    }
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/eyJ|token|secret|BEGIN/i);
  });
});

describe('after every client', () => {
  it('the log verifies', async () => {
    const report = await project.json<{ ok: boolean }>('audit', 'verify', '--json');
    expect(report).toMatchObject({ ok: true });
  });
});
