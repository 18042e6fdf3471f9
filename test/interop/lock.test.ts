import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readLock, syncLock } from '../../src/admin/sync-lock.ts';
import { pinOffer } from '../../src/catalog/note-offer.ts';
import { openState } from '../../src/compose.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { DefinedServer } from '../support/live/defined-server.ts';
import { grantText, Home, until } from '../support/live/home.ts';
import { HttpClient } from '../support/live/http-client.ts';

const tool = (name: string, description = name): JsonObject => ({
  name,
  description,
  inputSchema: { type: 'object' },
});
const homes: Home[] = [];
const clients: HttpClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const home of homes.splice(0)) await home.remove();
});

function homeWith(tools: readonly JsonObject[], more: object = {}): Home {
  const home = new Home({
    grants: { 'alice.yaml': grantText('all', 'alice', ["permit: '*/*'"]) },
    servers: (at) => ({ s: new DefinedServer(at, 's').entry(tools) }),
    more,
  });
  homes.push(home);
  return home;
}
async function clientOf(home: Home): Promise<HttpClient> {
  const { port } = await home.serve();
  const client = new HttpClient(port, (await home.open()).token);
  clients.push(client);
  return client;
}
async function listed(client: HttpClient): Promise<readonly string[]> {
  const answer = await client.ask({ id: 'l', method: 'tools/list', params: {} });
  return ((answer?.result ?? { tools: [] }) as { tools: { name: string }[] }).tools.map(
    ({ name }) => name,
  );
}
const call = (client: HttpClient, name: string) =>
  client.ask({ id: 'c', method: 'tools/call', params: { name: `s__${name}`, arguments: {} } });
const lockOf = (home: Home): string => join(home.dir, 'mcp.lock.json');
const edit = (home: Home, change: (text: string) => string): void =>
  writeFileSync(lockOf(home), change(readFileSync(lockOf(home), 'utf8')));

describe('trust: ask', () => {
  it('starts no server before an admin approved it, and records why', async () => {
    const home = homeWith([tool('read')], { trust: 'ask' });
    const client = await clientOf(home);
    expect(await listed(client)).toEqual([]);
    expect(await call(client, 'read')).toMatchObject({ error: { code: -32602 } });
    expect(home.journal()).toEqual([]);
    expect((await home.events('--code', 'TG1003')).map(({ reason }) => reason)).toEqual([
      'tool_unapproved',
    ]);
    const canI = await home.run(['can-i', 'alice', 's/read', '--json']);
    expect(JSON.parse(canI.stdout)).toMatchObject({
      reason: 'tool_unapproved',
      remedy: expect.stringMatching(/tools approve s$/),
    });
    expect(await home.run(['tools', 'approve', 's', '--yes'])).toMatchObject({ code: 0 });
    expect(await listed(client)).toEqual(['s__read']);
    expect(await call(client, 'read')).toHaveProperty('result');
  });
});

describe('tools quarantine', () => {
  it('cancels what runs, refuses what follows, and is in the lock file', async () => {
    const home = homeWith([tool('read'), tool('write')]);
    const client = await clientOf(home);
    await listed(client);
    const params = { name: 's__write', arguments: { hold: true } };
    const running = client.ask({ id: 'h', method: 'tools/call', params });
    await home.noted((lines) => lines.some(({ kind }) => kind === 'call'));
    const { code, stdout } = await home.run(['tools', 'quarantine', 's', 'write']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^s: took out write\n1 of 1 broker, \d+ ms, 1 call cancelled\n$/);
    expect(await running).not.toHaveProperty('result');
    expect(await call(client, 'write')).toMatchObject({ error: { code: -32602 } });
    expect(await listed(client)).toEqual(['s__read']);
    const lock = JSON.parse(readFileSync(lockOf(home), 'utf8'));
    expect(lock.servers.s.quarantined).toEqual(['write']);
    expect((await home.events('--code', 'TG4006'))[0]).toMatchObject({
      actor: { command: 'tools quarantine' },
      detail: { tools: ['write'] },
    });
  });
});

describe('the lock file', () => {
  it('is written at the first use, and travels to another machine without starting anything', async () => {
    const home = homeWith([tool('read'), tool('write')]);
    const client = await clientOf(home);
    await listed(client);
    await until(() => existsSync(lockOf(home)) || undefined);

    const other = homeWith([tool('read'), tool('write', 'rewritten')], { trust: 'ask' });
    copyFileSync(lockOf(home), lockOf(other));
    const there = await clientOf(other);
    expect(await listed(there)).toEqual(['s__read', 's__write']);
    expect(other.journal()).toEqual([]);
    expect(await call(there, 'write')).toMatchObject({ error: { code: -32602 } });
    expect(await call(there, 'read')).toHaveProperty('result');
    expect(await listed(there)).toEqual(['s__read']);
  });

  it('takes a tool away as soon as people remove it, and gives it back only by approval', async () => {
    const home = homeWith([tool('read'), tool('write')]);
    const client = await clientOf(home);
    await listed(client);
    const text = await until(() =>
      existsSync(lockOf(home)) ? readFileSync(lockOf(home), 'utf8') : undefined,
    );
    edit(home, () => {
      const lock = JSON.parse(text);
      lock.servers.s.quarantined = ['write'];
      return JSON.stringify(lock);
    });
    await until(async () => ((await listed(client)).length === 1 ? true : undefined));
    expect(await call(client, 'write')).toMatchObject({ error: { code: -32602 } });
    expect((await home.events('--code', 'TG1003')).map(({ reason }) => reason)).toEqual([
      'tool_quarantined',
    ]);
    edit(home, () => text);
    await until(async () => {
      const found = await home.run(['tools', 'diff', 's', '--json']);
      return JSON.parse(found.stdout)[0]?.waiting[0] === 'write' || undefined;
    });
    expect(await listed(client)).toEqual(['s__read']);
    expect(await home.run(['tools', 'approve', 's', '--yes'])).toMatchObject({ code: 0 });
    expect(await listed(client)).toEqual(['s__read', 's__write']);
  });

  it('loses no entry when two brokers pin different servers at the same moment', async () => {
    const home = homeWith([tool('read')]);
    const options = { configPath: home.config, command: 'test', logLevel: 'silent' } as const;
    const states = [await openState(options), await openState(options)];
    const offer = {
      era: '2025' as const,
      revision: '2025-11-25',
      askedWith: {},
      serverInfo: {},
      capabilities: {},
      prompts: [],
      templates: [],
      tools: [tool('x')],
    };
    const wanted: string[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      await Promise.all(
        states.map(async ({ context }, at) => {
          const server = `p${turn}-${at}`;
          wanted.push(server);
          const next = pinOffer(server, offer, { now: turn });
          await context.catalog.change(server, () => ({ next, event: { code: 'TG4001' } }));
          await syncLock(context);
        }),
      );
    }
    const [first] = states;
    const found = first === undefined ? [] : [...(await readLock(first.context)).keys()];
    for (const state of states) state.close();
    expect(found.sort()).toEqual(wanted.sort());
  });
});
