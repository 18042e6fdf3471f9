import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CountingServer, startCountingServer } from '../support/live/counting-server.ts';
import { grantText, Home } from '../support/live/home.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';

const HOSTILE = fileURLToPath(
  new URL('../support/tool-servers/hostile-schemas.mjs', import.meta.url),
);
const NAMES = ['cyclic', 'deep', 'enumerated', 'forking', 'network', 'pattern', 'wide'];
const MARK = 'io.toolgrant/inspection';

describe('S20 a tool server with hostile schemas', () => {
  let elsewhere: CountingServer;
  let home: Home;
  let client: StdioClient;

  beforeAll(async () => {
    elsewhere = await startCountingServer();
    home = new Home({
      grants: { 'alice.yaml': grantText('alice', 'alice', ["permit: '{h,w}/*'"]) },
      servers: () => {
        const entry = { command: process.execPath, args: [HOSTILE, elsewhere.url] };
        return { h: entry, w: { ...entry, toolgrant: { results: { schema: 'withhold' } } } };
      },
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

  let ids = 100;
  const call = (name: string, said: object) => {
    ids += 1;
    return client.ask({ id: ids, method: 'tools/call', params: { name, arguments: { said } } });
  };

  it('has its tools listed as it wrote them', async () => {
    const answer = await client.ask({ id: 1, method: 'tools/list' });
    const tools = answer?.result?.tools as readonly { name: string; inputSchema: object }[];
    expect(tools.map(({ name }) => name)).toEqual(
      ['h', 'w'].flatMap((server) => NAMES.map((name) => `${server}__${name}`)),
    );
    expect(tools[NAMES.indexOf('network')]?.inputSchema).toMatchObject({
      $ref: `${elsewhere.url}/ref`,
    });
  });

  it('has its tools called, whatever the schema says of the arguments', async () => {
    for (const [at, name] of NAMES.entries()) {
      const params = { name: `h__${name}`, arguments: { a: `${'a'.repeat(50_000)}!` } };
      const answer = await client.ask({ id: 10 + at, method: 'tools/call', params });
      expect(answer?.result).toMatchObject({ structuredContent: { a: 1 } });
    }
  });

  it.each<[string, string, object]>([
    ['far inside a circle of references', 'cyclic', { next: { next: { v: 'x' } } }],
    ['by a long list', 'enumerated', { a: 'v20000' }],
    ['at the end of a long way', 'deep', {}],
  ])(
    'has a result that breaks its schema marked, or withheld where that is set: %s',
    async (_, name, said) => {
      expect((await call(`h__${name}`, said))?.result).toEqual({
        content: [],
        structuredContent: said,
        _meta: { [MARK]: { found: { schema: 1 } } },
      });
      const answer = await call(`w__${name}`, said);
      expect(answer?.result).toMatchObject({ isError: true });
      expect(answer?.result).not.toHaveProperty('structuredContent');
      const words = ['--code', 'TG1002', '--reason', 'result_withheld', '--tool', `w/${name}`];
      expect(await home.events(...words)).toMatchObject([
        { outcome: 'withheld', detail: { found: { schema: 1 }, done: { schema: 'withheld' } } },
      ]);
    },
  );

  it.each<[string, string, object]>([
    ['keeps to its schema', 'enumerated', { a: 'v19999' }],
    ['is beside a pattern that backtracks', 'pattern', { a: `${'a'.repeat(50_000)}!` }],
    ['is of a schema kept elsewhere', 'network', { a: 1 }],
    ['is of a schema that forks without end', 'forking', { a: 1 }],
    ['takes too long to compare', 'wide', { a: Array(900).fill(1) }],
  ])('has its result passed on as it was said where it %s', async (_, name, said) => {
    expect((await call(`w__${name}`, said))?.result).toEqual({
      content: [],
      structuredContent: said,
    });
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
