import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exposedName } from '../../src/catalog/exposed-name.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { DefinedServer } from '../support/live/defined-server.ts';
import { grantText, Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';

const tool = (name: string): JsonObject => ({ name, inputSchema: { type: 'object' } });
/** What a server may list beside `read`, so that its name is taken for it. */
const MIMICS = ['Read', 'r\u0435ad', 're\u200bad', 'read ', '../read', 'read\u0000'];
/** The plain name that is `odd name`'s shortened one. */
const ODD = 'odd name';
const plain = exposedName({ server: 's', tool: ODD }).slice('s__'.length);

let at: Home;
let server: DefinedServer;
let shared: HttpClient;
let own: HttpClient;
let stdio: StdioClient;
let ids = 0;

beforeAll(async () => {
  at = new Home({
    grants: { 'alice.yaml': grantText('all', 'alice', ['permit: s/read', "permit: 's/odd*'"]) },
    // So many names that are not there, one after another, look like probing, and are.
    more: { monitor: { signals: { probing: 'record' } } },
    servers: (home) => {
      server = new DefinedServer(home, 's');
      return { s: server.entry(['read', 'secret', ODD].map(tool)) };
    },
  });
  await at.applyGrants();
  const served = await at.serve();
  const { token } = await at.open();
  shared = new HttpClient(served.port, token);
  own = new HttpClient(served.port, token, '/mcp/s');
  stdio = at.stdio(token);
  await stdio.ask({
    id: 'i',
    method: 'initialize',
    params: {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    },
  });
  await shared.ask({ id: 'l', method: 'tools/list', params: {} });
  // `odd name` is no name a tool should have: an admin has to mean it.
  await at.run(['tools', 'approve', 's', ODD, '--allow-flagged', '--yes']);
  // What is started for its offer alone has ended: a call has it run, and heard.
  await shared.ask({ id: 'c', method: 'tools/call', params: { name: 's__read', arguments: {} } });
  server.define(['read', 'secret', ODD, ...MIMICS, plain].map(tool));
  server.announce();
  await until(async () => {
    const { servers } = await (await at.state()).context.catalog.snapshot();
    return servers.get('s')?.tools.some(({ name }) => name === plain) || undefined;
  });
});
afterAll(async () => {
  shared?.close();
  own?.close();
  await at?.remove();
});

const ask = (client: HttpClient | StdioClient, name: string) => {
  ids += 1;
  return client.ask({ id: ids, method: 'tools/call', params: { name, arguments: {} } });
};

/** Names that are not `read`, however much they look or normalise like it. */
const WRONG = [
  ...MIMICS,
  'READ',
  './read',
  'x/../read',
  'read/',
  '/read',
  '%72ead',
  'read%00',
  '..%2fread',
  '%2e%2e/read',
  '\u2215read',
  'x\u2044..\u2044read',
  '\uff0e\uff0e\uff0fread',
  'ｒead',
  'read\u0301',
  'read\n',
  '__proto__',
  'constructor',
  'toString',
  '',
  '*',
  '{read,secret}',
  'secret',
  'read'.repeat(100_000),
];

describe('S13 names', () => {
  it('lead to the tool that was granted, on every face', async () => {
    expect(await ask(shared, 's__read')).toHaveProperty('result');
    expect(await ask(stdio, 's__read')).toHaveProperty('result');
    expect(await ask(own, 'read')).toHaveProperty('result');
  });

  it('that only look or normalise like it lead nowhere, on every face', async () => {
    const before = at.journal().filter(({ kind }) => kind === 'call').length;
    const led: string[] = [];
    for (const name of WRONG) {
      for (const [face, client, asked] of [
        ['/mcp', shared, `s__${name}`],
        ['stdio', stdio, `s__${name}`],
        ['/mcp/s', own, name],
      ] as const) {
        const answer = await ask(client, asked);
        if (answer?.error?.code !== -32602)
          led.push(`${face} ${JSON.stringify(name.slice(0, 40))}`);
      }
    }
    expect(led).toEqual([]);
    expect(at.journal().filter(({ kind }) => kind === 'call')).toHaveLength(before);
  });

  it('of servers that only look like it lead nowhere either', async () => {
    const wrong = [
      'S__read',
      ' s__read',
      's/read',
      's_read',
      's___read',
      '__read',
      'x__s__read',
      'ѕ__read',
    ];
    for (const name of wrong) {
      expect(await ask(shared, name)).toMatchObject({ error: { code: -32602 } });
    }
  });

  it('that look like an approved tool’s are not approved by themselves, and say whose they look like', async () => {
    const { stdout } = await at.run(['tools', 'list', 's', '--json']);
    const listed = JSON.parse(stdout) as {
      tool: string;
      state: string;
      flags: { kind: string }[];
    }[];
    const states = Object.fromEntries(listed.map(({ tool: name, state }) => [name, state]));
    for (const name of MIMICS) expect([name, states[name]]).toEqual([name, 'unapproved']);
    const look = listed.find(({ tool: name }) => name === 'Read')?.flags.map(({ kind }) => kind);
    expect(look).toContain('name_collision');
  });

  it('cannot be taken: a tool keeps its name when the server adds another by that very name', async () => {
    const called = () =>
      at.journal().flatMap(({ kind, tool: name }) => (kind === 'call' ? [name] : []));
    expect(await ask(shared, `s__${plain}`)).toHaveProperty('result');
    expect(called().at(-1)).toBe(ODD);
    expect(await ask(own, plain)).toMatchObject({ error: { code: -32602 } });
    const tried = await at.run(['tools', 'approve', 's', plain, '--yes']);
    expect([tried.code, tried.stdout]).toEqual([1, expect.stringContaining(`s/${ODD}`)]);
    expect(called()).not.toContain(plain);
  });
});
