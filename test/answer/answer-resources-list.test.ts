import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { type WholeServer, wholeServer } from '../support/whole/whole-servers.ts';
import { type Asking, WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

const resource = (uri: string, of: string): JsonObject => ({ uri, name: `${uri} of ${of}` });

async function open(
  servers: Readonly<Record<string, Partial<WholeServer>>>,
  rules: readonly string[] = Object.keys(servers).map((name) => `permit: resource:${name}/**`),
): Promise<void> {
  world = await WholeWorld.open(
    Object.fromEntries(Object.entries(servers).map(([name, it]) => [name, wholeServer(name, it)])),
  );
  if (rules.length > 0) await world.grant('alice', rules);
}

const listed = async (how: Asking = {}, params: JsonObject = {}) => {
  const { resources, nextCursor } = await world.result('alice', 'resources/list', params, how);
  return {
    uris: (resources as readonly JsonObject[]).map(({ uri }) => uri),
    ...(nextCursor === undefined ? {} : { next: nextCursor as string }),
  };
};

const outcomes = async () =>
  (await world.requests())
    .filter(({ code }) => code === 'TG1002' || code === 'TG1003')
    .map(({ server, outcome }) => [server, outcome])
    // Servers are asked at once.
    .sort();

describe('resources/list', () => {
  it('joins the lists of granted servers in the order of the configuration, URIs as they are', async () => {
    await open({ zebra: {}, ant: {} });
    expect(await listed()).toEqual({
      uris: ['zebra://item/1', 'zebra://other/1', 'ant://item/1', 'ant://other/1'],
    });
    expect(await listed({ onlyServer: 'ant' })).toEqual({
      uris: ['ant://item/1', 'ant://other/1'],
    });
  });

  it('leaves out what no rule gives, resource by resource', async () => {
    await open({ a: {}, b: {} }, [
      'permit: resource:a/a://item/*',
      'permit: resource:b/**',
      'deny: resource:b/b://other/**',
    ]);
    expect(await listed()).toEqual({ uris: ['a://item/1', 'b://item/1'] });
  });

  it('connects to no server of which no rule could give a resource', async () => {
    await open({ a: {}, b: {} }, ['permit: resource:a/**', 'permit: b/**', 'permit: prompt:b/*']);
    await world.ask('alice', 'tools/list');
    await world.requests();
    expect(await listed()).toEqual({ uris: ['a://item/1', 'a://other/1'] });
    expect(world.servers.reached.map(({ server }) => server)).toEqual(['a']);
    expect(await listed({ onlyServer: 'b' })).toEqual({ uris: [] });
    expect(world.servers.reached.map(({ server }) => server)).toEqual(['a']);
  });

  it('shows a URI that two servers list once: the first one that is granted', async () => {
    await open(
      {
        a: { resources: [resource('x://1', 'a'), resource('x://2', 'a')] },
        b: { resources: [resource('x://1', 'b'), resource('x://2', 'b')] },
      },
      ['permit: resource:a/x://2', 'permit: resource:b/**'],
    );
    const { resources } = await world.result('alice', 'resources/list');
    expect(resources).toEqual([resource('x://2', 'a'), resource('x://1', 'b')]);
  });

  it('leaves a server that fails out of the joined list, recorded, and says so on its own path', async () => {
    await open({ a: {}, b: {} });
    await listed();
    await world.requests();
    world.servers.of('a').answer = () => ({
      kind: 'error',
      error: { code: -32603, message: 'sad' },
    });
    expect(await listed()).toEqual({ uris: ['b://item/1', 'b://other/1'] });
    expect(await outcomes()).toEqual([
      ['a', 'rpc_error'],
      ['b', 'ok'],
    ]);
    expect(await world.ask('alice', 'resources/list', {}, { onlyServer: 'a' })).toMatchObject({
      error: { message: 'sad' },
    });
  });

  it('is a use of each server: an intent and an outcome, and what is released is what is permitted', async () => {
    await open({ a: {} }, ['permit: resource:a/a://item/*']);
    await listed();
    expect(await world.requests()).toMatchObject([
      { code: 'TG1001', server: 'a', method: 'resources/list', decision: 'permit' },
      { code: 'TG1002', server: 'a', method: 'resources/list', outcome: 'ok' },
    ]);
  });

  it('drops what was revoked while another server was slow', async () => {
    await open({ a: {}, b: {} }, ['permit: resource:b/**']);
    await world.grant('alice', ['permit: resource:a/**'], { id: 'second' });
    await listed();
    world.servers.of('b').onCall = () => world.revokeGrant('second');
    expect(await listed()).toEqual({ uris: ['b://item/1', 'b://other/1'] });
  });

  it('leaves out what has no URI to decide on', async () => {
    await open({ a: { resources: [{ name: 'x' }, { uri: 5 }, resource('a://1', 'a')] } });
    expect(await listed()).toEqual({ uris: ['a://1'] });
  });

  it('goes on page by page, every server from where it was', async () => {
    const many = (name: string, count: number) =>
      Array.from({ length: count }, (_, at) => resource(`${name}://${at}`, name));
    await open({
      a: { resources: many('a', 3), pageSize: 2 },
      b: { resources: many('b', 1), pageSize: 2 },
      c: { resources: many('c', 5), pageSize: 2 },
    });
    const pages: unknown[] = [];
    let next: string | undefined;
    do {
      const page = await listed({}, next === undefined ? {} : { cursor: next });
      pages.push(page.uris);
      next = page.next;
    } while (next !== undefined);
    expect(pages).toEqual([
      ['a://0', 'a://1', 'b://0', 'c://0', 'c://1'],
      ['a://2', 'c://2', 'c://3'],
      ['c://4'],
    ]);
  });

  it('passes what a server says besides on its own path, and its own form to each era', async () => {
    await open({ a: {} });
    world.servers.of('a').answer = () => ({
      kind: 'result',
      result: { resources: [resource('a://1', 'a')], extra: 1, _meta: { own: true } },
    });
    expect(await world.result('alice', 'resources/list', {}, { onlyServer: 'a' })).toEqual({
      resources: [resource('a://1', 'a')],
      extra: 1,
      _meta: { own: true },
    });
    for (const onlyServer of ['a', undefined]) {
      const how = { era: '2026', ...(onlyServer === undefined ? {} : { onlyServer }) } as const;
      expect(await world.result('alice', 'resources/list', {}, how)).toMatchObject({
        resultType: 'complete',
        ttlMs: 5000,
        cacheScope: 'private',
      });
    }
  });
});
