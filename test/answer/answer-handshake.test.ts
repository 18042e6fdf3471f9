import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { type WholeServer, wholeServer } from '../support/whole/whole-servers.ts';
import { type Asking, WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

const EVERYTHING = (server: string) => [
  `permit: ${server}/**`,
  `permit: prompt:${server}/*`,
  `permit: resource:${server}/**`,
];

async function open(
  servers: Readonly<Record<string, Partial<WholeServer>>>,
  rules: readonly string[],
): Promise<void> {
  world = await WholeWorld.open(
    Object.fromEntries(Object.entries(servers).map(([name, it]) => [name, wholeServer(name, it)])),
  );
  await world.grant('alice', rules);
  await world.grant('root', Object.keys(servers).flatMap(EVERYTHING));
  await world.ask('root', 'tools/list');
}

const HEARD = { listChanged: true };
/** A client that hears of changes. */
const shown = (how: Asking = {}) =>
  world.result(
    'alice',
    how.era === '2026' ? 'server/discover' : 'initialize',
    {},
    {
      transport: 'stdio',
      ...how,
    },
  );

describe('the capabilities of a handshake', () => {
  it('are those of every granted server together', async () => {
    await open(
      { a: { capabilities: { tools: {}, prompts: {} } }, b: { capabilities: { resources: {} } } },
      [...EVERYTHING('a'), ...EVERYTHING('b')],
    );
    expect((await shown()).capabilities).toEqual({
      prompts: HEARD,
      resources: HEARD,
      tools: HEARD,
    });
  });

  it.each<[string, readonly string[], JsonObject]>([
    ['nothing', ['permit: nobody/*'], { tools: HEARD }],
    ['tools', ['permit: a/*'], { logging: {}, tools: HEARD }],
    [
      'a prompt',
      ['permit: prompt:a/triage'],
      { completions: {}, logging: {}, prompts: HEARD, tools: HEARD },
    ],
    [
      'resources',
      ['permit: resource:a/a://item/*'],
      { completions: {}, logging: {}, resources: { ...HEARD, subscribe: true }, tools: HEARD },
    ],
    [
      'a prompt it does not have',
      ['permit: prompt:a/none', 'permit: a/*'],
      { logging: {}, tools: HEARD },
    ],
  ])('are no more than the grant can see: %s', async (_title, rules, capabilities) => {
    await open({ a: {} }, rules);
    expect((await shown()).capabilities).toEqual(capabilities);
  });

  it('never announce a surface that is not opened', async () => {
    const capabilities = {
      tools: {},
      experimental: { holograms: {} },
      extensions: { 'com.example/x': {} },
      somethingNew: {},
    };
    await open({ a: { capabilities } }, EVERYTHING('a'));
    for (const how of [{}, { onlyServer: 'a' }, { era: '2026' }] as const) {
      const said = (await shown(how)).capabilities as JsonObject;
      expect(Object.keys(said)).toEqual(
        expect.not.arrayContaining(['experimental', 'extensions', 'somethingNew']),
      );
    }
  });

  it('are all there while a granted server was never seen, and nothing is started for them', async () => {
    world = await WholeWorld.open({ a: wholeServer('a'), b: wholeServer('b') });
    await world.grant('alice', ['permit: resource:a/**']);
    expect(Object.keys((await shown()).capabilities as JsonObject).sort()).toEqual([
      'completions',
      'logging',
      'prompts',
      'resources',
      'tools',
    ]);
    expect(world.servers.starts).toEqual([]);
  });

  it('of one server are its own', async () => {
    await open(
      { a: { capabilities: { tools: {} } }, b: { capabilities: { tools: {}, resources: {} } } },
      [...EVERYTHING('a'), ...EVERYTHING('b')],
    );
    expect((await shown({ onlyServer: 'b' })).capabilities).toEqual({
      resources: HEARD,
      tools: HEARD,
      prompts: HEARD,
    });
    expect((await shown({ onlyServer: 'b' })).serverInfo).toEqual({ name: 'b', version: '1' });
  });
});

describe('the instructions of a handshake', () => {
  it('are ours, and the approved ones of granted servers', async () => {
    await open({ a: {}, b: {}, c: {} }, ['permit: a/*', 'permit: prompt:b/*']);
    const { instructions } = await shown();
    expect(instructions).toMatch(/^Toolgrant /);
    expect(instructions).toContain('Tool server a says of itself:\n> Use a with care.');
    expect(instructions).toContain('Tool server b says of itself:\n> Use b with care.');
    expect(instructions).not.toContain('Use c');
  });

  it('are never those that nobody approved', async () => {
    await open({ a: { instructions: 'Use\u200b a with care.' } }, ['permit: a/*']);
    expect((await shown()).instructions).not.toContain('with care');
    expect((await shown({ onlyServer: 'a' })).instructions).not.toContain('with care');
  });
});
