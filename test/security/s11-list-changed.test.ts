import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantText, Home, until } from '../support/live/home.ts';
import type { StdioClient } from '../support/live/stdio-client.ts';

const CHANGED = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';
const INITIALIZE = {
  id: 'i',
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  },
};

let at: Home;
let client: StdioClient;
let id: string;
const told = () => client.lines.filter((line) => line === CHANGED).length;
let lists = 0;
async function listed(): Promise<readonly string[]> {
  lists += 1;
  const answer = await client.ask({ id: lists, method: 'tools/list', params: {} });
  const tools = answer?.result?.tools as { readonly name: string }[] | undefined;
  return (tools ?? []).map(({ name }) => name);
}

beforeAll(async () => {
  at = new Home({
    grants: {
      'echo.yaml': grantText('echo', 'alice', ['permit: s/echo']),
      'work.yaml': grantText('work', 'alice', ['permit: s/work']),
      'bob.yaml': grantText('bob', 'bob'),
    },
  });
  await at.applyGrants();
  const session = await at.open();
  id = session.id;
  client = at.stdio(session.token);
});
afterAll(() => at.remove());

describe('S11 a client with an open channel', () => {
  it('is promised to hear when its list changes, and sees what it is granted', async () => {
    expect(await client.ask(INITIALIZE)).toMatchObject({
      result: { capabilities: { tools: { listChanged: true } } },
    });
    expect(await listed()).toEqual(['s__echo', 's__work']);
  });

  it('hears nothing of what another loses', async () => {
    const before = told();
    expect(await at.run(['grant', 'revoke', 'bob'])).toMatchObject({ code: 0 });
    expect(await listed()).toEqual(['s__echo', 's__work']);
    expect(told()).toBe(before);
  });

  it('hears that its own list shrank, and that a halt begins and ends', async () => {
    const before = told();
    expect(await at.run(['grant', 'revoke', 'work'])).toMatchObject({ code: 0 });
    await until(() => (told() === before + 1 ? true : undefined));
    expect(await listed()).toEqual(['s__echo']);
    expect(await at.run(['halt'])).toMatchObject({ code: 0 });
    await until(() => (told() === before + 2 ? true : undefined));
    expect(await listed()).toEqual([]);
    expect(await at.run(['halt', '--lift'])).toMatchObject({ code: 0 });
    await until(() => (told() === before + 3 ? true : undefined));
    expect(await listed()).toEqual(['s__echo']);
  });

  it('ends when its session is revoked, though it asks nothing', async () => {
    const before = told();
    expect(await at.run(['session', 'revoke', id])).toMatchObject({ code: 0 });
    expect(await client.running.ended).toMatchObject({ code: 1 });
    expect(told()).toBe(before);
  });
});
