import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { type WholeServer, wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

const has = (...uris: readonly string[]): { readonly resources: readonly JsonObject[] } => ({
  resources: uris.map((uri) => ({ uri, name: uri })),
});

async function open(
  servers: Readonly<Record<string, Partial<WholeServer>>>,
  rules: readonly string[],
): Promise<void> {
  world = await WholeWorld.open(
    Object.fromEntries(Object.entries(servers).map(([name, it]) => [name, wholeServer(name, it)])),
  );
  await world.grant('alice', rules);
  await world.ask('alice', 'prompts/list');
  await world.requests();
}

/** The servers a use reached, in order. */
const asked = () => world.servers.reached.map(({ server, method }) => `${server} ${method}`);

describe('a resource on /mcp', () => {
  it('is read at the one server of which a rule gives it', async () => {
    await open({ a: {}, b: has('x://1') }, ['permit: a/**', 'permit: resource:b/**']);
    expect(await world.result('alice', 'resources/read', { uri: 'x://1' })).toMatchObject({
      contents: [{ text: 'b answers resources/read' }],
    });
    expect(asked()).toEqual(['b resources/read']);
  });

  it('is asked of the next server when the first has none, each as a use of its own', async () => {
    await open({ a: {}, b: has('x://1') }, ['permit: resource:*/**']);
    await world.result('alice', 'resources/read', { uri: 'x://1' });
    expect(asked()).toEqual(['a resources/read', 'b resources/read']);
    expect(
      (await world.requests()).map(({ code, server, outcome }) => [code, server, outcome]),
    ).toEqual([
      ['TG1001', 'a', undefined],
      ['TG1002', 'a', 'rpc_error'],
      ['TG1001', 'b', undefined],
      ['TG1002', 'b', 'ok'],
    ]);
    // From then on it is known whose it is.
    await world.result('alice', 'resources/read', { uri: 'x://1' });
    expect(asked().slice(2)).toEqual(['b resources/read']);
  });

  it('is first asked of whom the session saw list it, and of whose template spells it', async () => {
    await open({ a: has(), b: has('x://1', 'b://item/7'), c: has('x://1') }, [
      'permit: resource:*/**',
    ]);
    await world.ask('alice', 'resources/list');
    world.servers.reached.length = 0;
    await world.ask('alice', 'resources/subscribe', { uri: 'x://1' });
    await world.ask('alice/2', 'resources/read', { uri: 'b://item/7' });
    expect(asked()).toEqual(['b resources/subscribe', 'b resources/read']);
  });

  it('that no granted server has is not there, in the words of each era', async () => {
    await open({ a: {}, b: { era: '2026' } }, ['permit: resource:*/**']);
    for (const [era, code] of [
      ['2025', -32002],
      ['2026', -32602],
    ] as const) {
      expect(await world.ask('alice', 'resources/read', { uri: 'x://0' }, { era })).toEqual({
        kind: 'error',
        error: { code, message: 'Resource not found', data: { uri: 'x://0' } },
      });
    }
  });

  it('is asked of no server that is not granted, whatever the granted one says', async () => {
    await open({ a: has('x://1'), b: {} }, ['permit: resource:b/**', 'permit: a/**']);
    expect(await world.ask('alice', 'resources/read', { uri: 'x://1' })).toMatchObject({
      error: { code: -32002 },
    });
    expect(asked()).toEqual(['b resources/read']);
  });

  it('that a permitted tool’s result links to is not thereby readable', async () => {
    await open({ a: has('x://1') }, ['permit: a/**']);
    world.servers.of('a').answer = (method) =>
      method === 'tools/call'
        ? {
            kind: 'result',
            result: { content: [{ type: 'resource_link', uri: 'x://1', name: 'x' }] },
          }
        : undefined;
    await world.result('alice', 'tools/call', { name: 'a__read' });
    expect(await world.ask('alice', 'resources/read', { uri: 'x://1' })).toMatchObject({
      kind: 'error',
    });
    expect(asked()).toEqual(['a tools/call']);
  });
});

describe('a completion', () => {
  const completion = (ref: JsonObject) => ({ ref, argument: { name: 'topic', value: 'a' } });

  it('follows its prompt, under the tool server’s own name for it', async () => {
    await open({ a: {} }, ['permit: prompt:a/triage']);
    const params = completion({ type: 'ref/prompt', name: 'a__triage' });
    await world.result('alice', 'completion/complete', params);
    expect(world.servers.reached[0]?.params).toEqual({
      ...params,
      ref: { type: 'ref/prompt', name: 'triage' },
    });
    expect(
      await world.ask(
        'alice',
        'completion/complete',
        completion({ type: 'ref/prompt', name: 'a__review' }),
      ),
    ).toEqual({ kind: 'error', error: { code: -32602, message: 'Unknown prompt: a__review' } });
  });

  it('follows its template', async () => {
    await open({ a: {}, b: {} }, ['permit: resource:b/b://item/*', 'permit: a/**']);
    const params = completion({ type: 'ref/resource', uri: 'b://item/{id}' });
    await world.result('alice', 'completion/complete', params);
    expect(asked()).toEqual(['b completion/complete']);
    for (const uri of ['b://other/{id}', 'a://item/{id}', 'c://{id}']) {
      const other = completion({ type: 'ref/resource', uri });
      expect(await world.ask('alice', 'completion/complete', other)).toEqual({
        kind: 'error',
        error: { code: -32602, message: `Unknown resource template: ${uri}` },
      });
    }
  });

  it('of a reference nobody knows is refused', async () => {
    await open({ a: {} }, ['permit: prompt:a/*', 'permit: resource:a/**']);
    for (const ref of [{}, { type: 'ref/tool', name: 'a__triage' }, 'a__triage']) {
      expect(await world.ask('alice', 'completion/complete', { ref, argument: {} })).toMatchObject({
        kind: 'error',
        error: { code: -32602 },
      });
    }
    expect(asked()).toEqual([]);
  });
});
