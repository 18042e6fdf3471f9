import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { toLockEntry } from '../../src/catalog/lock-entry.ts';
import { formatLock } from '../../src/catalog/lock-text.ts';
import { pinOffer } from '../../src/catalog/note-offer.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { DefinedServer } from '../support/live/defined-server.ts';
import { grantText, Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';

const tool = (name: string, more: object = {}): JsonObject => ({
  name,
  description: name,
  inputSchema: { type: 'object' },
  ...more,
});
const homes: Home[] = [];
const clients: HttpClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const home of homes.splice(0)) await home.remove();
});

const lockOf = (home: Home): string => join(home.dir, 'mcp.lock.json');
async function listed(client: HttpClient): Promise<readonly string[]> {
  const answer = await client.ask({ id: 'l', method: 'tools/list', params: {} });
  return ((answer?.result ?? { tools: [] }) as { tools: { name: string }[] }).tools.map(
    ({ name }) => name,
  );
}
async function clientOf(home: Home, port: number, subject = 'alice'): Promise<HttpClient> {
  const client = new HttpClient(port, (await home.open(subject)).token);
  clients.push(client);
  return client;
}

/** A lock file that approves these tools of `s`, as a person or program without an admin's word writes it. */
function writeLock(home: Home, ...tools: readonly JsonObject[]): void {
  const offer = {
    era: '2025' as const,
    revision: '2025-06-18',
    askedWith: {},
    serverInfo: {},
    capabilities: {},
    prompts: [],
    templates: [],
    tools,
  };
  const entry = toLockEntry(pinOffer('s', offer, { now: 1 }));
  writeFileSync(lockOf(home), formatLock(new Map([['s', entry]])));
}

describe('a lock file written beside a broker that has nothing approved', () => {
  it.each(['while it runs', 'before it starts again'])('widens nothing %s', async (when) => {
    const home = new Home({
      grants: { 'alice.yaml': grantText('all', 'alice', ["permit: '*/*'"]) },
      servers: (at) => ({ s: new DefinedServer(at, 's').entry([tool('read')]) }),
      more: { trust: 'ask' },
    });
    homes.push(home);
    let served = await home.serve();
    const isRunning = when === 'while it runs';
    if (!isRunning) await served.end('SIGTERM');
    writeLock(home, tool('read'));
    if (!isRunning) served = await home.serve();
    const client = await clientOf(home, served.port);
    await until(() => served.stderr().includes('the lock file waits') || undefined);
    expect(await listed(client)).toEqual([]);
    expect(home.journal()).toEqual([]);
  });
});

describe('a tool server whose definitions the lock file cannot hold', () => {
  const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

  it.each<[string, JsonObject]>([
    ['a tool without a name', tool('')],
    ['a definition nested as deep as a message may be', tool('deep', { x: nested(500) })],
  ])('leaves other servers as they are: %s', async (_, bad) => {
    const home = new Home({
      grants: {
        'eve.yaml': grantText('eve', 'eve', ["permit: 'evil/*'"]),
        'alice.yaml': grantText('alice', 'alice', ["permit: 's/*'"]),
      },
      servers: (at) => ({
        evil: new DefinedServer(at, 'evil').entry([tool('fine'), bad]),
        s: new DefinedServer(at, 's').entry([tool('read')]),
      }),
    });
    homes.push(home);
    const { port } = await home.serve();
    expect(await listed(await clientOf(home, port, 'eve'))).toEqual([]);
    expect(await listed(await clientOf(home, port))).toEqual(['s__read']);
    await until(() => existsSync(lockOf(home)) || undefined);
    const again = await home.run(['tools', 'approve', 's', '--yes']);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing to approve') });
  });
});

describe('a lock file that is broken', () => {
  it('starts no server that was never used', async () => {
    const home = new Home({
      servers: (at) => ({ s: new DefinedServer(at, 's').entry([tool('read')]) }),
    });
    homes.push(home);
    writeFileSync(lockOf(home), '{ broken');
    const { port } = await home.serve();
    const client = await clientOf(home, port);
    expect(await listed(client)).toEqual([]);
    const params = { name: 's__read', arguments: {} };
    expect(await client.ask({ id: 'c', method: 'tools/call', params })).toMatchObject({
      error: { code: -32603 },
    });
    expect(home.journal()).toEqual([]);
    expect((await home.events('--code', 'TG1003')).map(({ reason }) => reason)).toEqual([
      'ERR_CONFIG',
    ]);
  });
});
