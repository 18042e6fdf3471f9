import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;

beforeAll(async () => {
  world = await WholeWorld.open({
    s: wholeServer('s', { instructions: 'Words of open.' }),
    secret: wholeServer('secret', { instructions: 'Words of hidden.' }),
  });
  await world.grant('alice', [
    'permit: s/read',
    'permit: prompt:s/triage',
    'permit: resource:s/s://item/*',
    'deny: resource:s/s://item/9',
  ]);
  await world.grant('expired', ['permit: secret/**', 'permit: prompt:secret/*'], { lifeMs: 1 });
  await world.grant('bob', ['permit: secret/**', 'permit: prompt:*/*', 'permit: resource:*/**']);
  world.clock.advance(1_000);
  // Everything is pinned, and the servers of others are known.
  await world.ask('bob', 'prompts/list');
  await world.ask('alice', 'prompts/list');
});
afterAll(() => world.close());

const ref = (type: string, key: string) => (name: string) => ({
  ref: { type, [key]: name },
  argument: { name: 'x', value: '' },
});

/** What is not granted beside what does not exist, of the same length. */
const PAIRS: readonly {
  readonly method: string;
  readonly hidden: string;
  readonly unknown: string;
  readonly params: (name: string) => JsonObject;
}[] = [
  {
    method: 'prompts/get',
    hidden: 's__review',
    unknown: 's__reviex',
    params: (name) => ({ name }),
  },
  {
    method: 'prompts/get',
    hidden: 'secret__triage',
    unknown: 'sexret__triage',
    params: (name) => ({ name }),
  },
  {
    method: 'resources/read',
    hidden: 's://other/1',
    unknown: 's://othex/1',
    params: (uri) => ({ uri }),
  },
  {
    method: 'resources/read',
    hidden: 's://item/9',
    unknown: 's://itex/9',
    params: (uri) => ({ uri }),
  },
  {
    method: 'resources/read',
    hidden: 'secret://item/1',
    unknown: 'sexret://item/1',
    params: (uri) => ({ uri }),
  },
  {
    method: 'completion/complete',
    hidden: 's__review',
    unknown: 's__reviex',
    params: ref('ref/prompt', 'name'),
  },
  {
    method: 'completion/complete',
    hidden: 'secret://item/{id}',
    unknown: 'sexret://item/{id}',
    params: ref('ref/resource', 'uri'),
  },
];

describe.each(['2025', '2026'] as const)('S11 prompts, resources and templates (%s)', (era) => {
  it.each(PAIRS)(
    '$method of $hidden answers like $unknown',
    async ({ method, hidden, unknown, params }) => {
      const answer = async (name: string) => {
        const reply = await world.ask('alice', method, params(name), { era });
        return JSON.stringify(reply).replaceAll(name, 'NAME');
      };
      const before = world.servers.reached.length;
      const ungranted = await answer(hidden);
      expect(ungranted).toContain('"kind":"error"');
      expect(ungranted).toBe(await answer(unknown));
      expect(world.servers.reached.length).toBe(before);
      const [first, second] = await world.requests().then((events) => events.slice(-2));
      expect([first?.code, second?.code]).toEqual(['TG1003', 'TG1003']);
    },
  );

  it('a granted resource that its server does not have answers like one that is not granted', async () => {
    const answer = async (uri: string) =>
      JSON.stringify(await world.ask('alice', 'resources/read', { uri }, { era })).replaceAll(
        uri,
        'URI',
      );
    expect(await answer('s://item/77')).toBe(await answer('s://othe/77'));
  });

  it.each(['prompts/list', 'resources/list', 'resources/templates/list', 'handshake'])(
    '%s names nothing that is not granted',
    async (method) => {
      const sent =
        method === 'handshake' ? (era === '2025' ? 'initialize' : 'server/discover') : method;
      for (const how of [{ era }, { era, onlyServer: 's' }]) {
        const shown = JSON.stringify(await world.ask('alice', sent, {}, how));
        expect(shown).toMatch(method === 'handshake' ? /Words of open/ : /triage|s:\/\/item/);
        expect(shown).not.toMatch(/secret|hidden|review|other/);
      }
    },
  );

  it('a handshake says nothing of what only another has', async () => {
    const sent = era === '2025' ? 'initialize' : 'server/discover';
    const shown = await world.result('nobody', sent, {}, { era });
    expect(shown.capabilities).toEqual({ tools: expect.anything() });
    expect(JSON.stringify(shown)).not.toMatch(/Words of/);
  });
});
