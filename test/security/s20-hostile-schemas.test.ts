import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CountingServer, startCountingServer } from '../support/live/counting-server.ts';
import { grantText, Home } from '../support/live/home.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';

const HOSTILE = fileURLToPath(
  new URL('../support/tool-servers/hostile-schemas.mjs', import.meta.url),
);
const NAMES = ['cyclic', 'deep', 'enumerated', 'network', 'pattern'];

describe('S20 a tool server with hostile schemas', () => {
  let elsewhere: CountingServer;
  let home: Home;
  let client: StdioClient;

  beforeAll(async () => {
    elsewhere = await startCountingServer();
    home = new Home({
      grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: 'h/*'"]) },
      servers: () => ({ h: { command: process.execPath, args: [HOSTILE, elsewhere.url] } }),
    });
    await home.applyGrants();
    client = home.stdio((await home.open()).token);
    await client.ask({
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'test', version: '0' },
      },
    });
  });
  afterAll(async () => {
    await home.remove();
    await elsewhere.close();
  });

  it('has its tools listed as it wrote them', async () => {
    const answer = await client.ask({ id: 1, method: 'tools/list' });
    const tools = answer?.result?.tools as readonly { name: string; inputSchema: object }[];
    expect(tools.map(({ name }) => name)).toEqual(NAMES.map((name) => `h__${name}`));
    expect(tools[3]?.inputSchema).toMatchObject({ $ref: `${elsewhere.url}/ref` });
  });

  it('has its tools called, whatever the schema says of the arguments', async () => {
    for (const [at, name] of NAMES.entries()) {
      const params = { name: `h__${name}`, arguments: { a: `${'a'.repeat(50_000)}!` } };
      const answer = await client.ask({ id: 10 + at, method: 'tools/call', params });
      expect(answer?.result).toMatchObject({ structuredContent: { a: 1 } });
    }
  });

  it.each([
    ['approved again', ['approve', 'h', '--yes']],
    ['compared', ['diff', 'h', '--live']],
  ])('is %s', async (_, words) => {
    const { code, stderr } = await home.run(['tools', ...words]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  it('makes nobody fetch anything', () => {
    expect(elsewhere.connections()).toBe(0);
  });
});
