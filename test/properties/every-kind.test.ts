import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { PATIENCE_MS, runs } from '../support/runs.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

const SERVERS = ['a', 'b'];
let world: WholeWorld;
let asked = 0;

beforeAll(async () => {
  world = await WholeWorld.open(
    Object.fromEntries(SERVERS.map((name) => [name, wholeServer(name)])),
  );
  // Everything is known: what follows depends on rules alone.
  await world.grant('root', ['permit: **', 'permit: prompt:*/*', 'permit: resource:*/**']);
  await world.ask('root', 'tools/list');
});
afterAll(() => world.close());

const server = fc.constantFrom('a', 'b', '*');
const pattern = fc.oneof(
  fc
    .tuple(server, fc.constantFrom('read', 'write', '*', '{read,write}', 'r*'))
    .map(([of, tool]) => `${of}/${tool}`),
  fc
    .tuple(server, fc.constantFrom('triage', 'review', '*', '?*'))
    .map(([of, prompt]) => `prompt:${of}/${prompt}`),
  fc
    .tuple(
      server,
      fc.constantFrom(
        'a://item/1',
        'a://item/*',
        'b://**',
        '**',
        'b://other/1',
        '*://item/**',
        '{a,b}://other/*',
      ),
    )
    .map(([of, uri]) => `resource:${of}/${uri}`),
);
const rule = fc
  .tuple(fc.constantFrom('permit', 'permit', 'deny'), pattern)
  .map(([effect, of]) => `${effect}: ${of}`);

interface Kind {
  readonly list: string;
  readonly key: string;
  readonly nameKey: string;
  readonly use: string;
  readonly params: (name: string) => JsonObject;
}
const KINDS: readonly Kind[] = [
  {
    list: 'tools/list',
    key: 'tools',
    nameKey: 'name',
    use: 'tools/call',
    params: (name) => ({ name }),
  },
  {
    list: 'prompts/list',
    key: 'prompts',
    nameKey: 'name',
    use: 'prompts/get',
    params: (name) => ({ name }),
  },
  {
    list: 'resources/list',
    key: 'resources',
    nameKey: 'uri',
    use: 'resources/read',
    params: (uri) => ({ uri }),
  },
  {
    list: 'resources/templates/list',
    key: 'resourceTemplates',
    nameKey: 'uriTemplate',
    use: 'completion/complete',
    params: (uri) => ({ ref: { type: 'ref/resource', uri }, argument: { name: 'id', value: '' } }),
  },
];

const namesIn = async (subject: string, { list, key, nameKey }: Kind, onlyServer?: string) => {
  const how = onlyServer === undefined ? {} : { onlyServer };
  const listed = (await world.result(subject, list, {}, how))[key] as readonly JsonObject[];
  return listed.map((item) => String(item[nameKey]));
};

describe('whatever the rules', { timeout: PATIENCE_MS }, () => {
  it('a client can use exactly what it is listed, of every kind and on every path', async () => {
    const used = { listed: 0, hidden: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 6 }), async (rules) => {
        asked += 1;
        const subject = `subject-${asked}`;
        await world.grant(subject, rules);
        for (const onlyServer of [undefined, ...SERVERS]) {
          const how = onlyServer === undefined ? {} : { onlyServer };
          for (const kind of KINDS) {
            const listed = new Set(await namesIn(subject, kind, onlyServer));
            for (const name of await namesIn('root', kind, onlyServer)) {
              const before = world.servers.reached.length;
              const { kind: end } = await world.ask(subject, kind.use, kind.params(name), how);
              const isListed = listed.delete(name);
              expect([name, end]).toEqual([name, isListed ? 'result' : 'error']);
              if (isListed) used.listed += 1;
              else {
                used.hidden += 1;
                expect(await trespasses(subject, kind, name, before)).toEqual([]);
              }
            }
            // And nothing is listed that nobody has.
            expect([...listed]).toEqual([]);
          }
        }
      }),
      runs(25),
    );
    expect(used.listed).toBeGreaterThan(50);
    expect(used.hidden).toBeGreaterThan(50);
  });
});

/** Servers that were asked for what is not listed; one that is granted a URI may be asked whether it has it. */
async function trespasses(subject: string, { use }: Kind, uri: string, before: number) {
  const found: string[] = [];
  for (const { server: of } of world.servers.reached.slice(before)) {
    const { kind } = await world.decide(subject, { kind: 'resource', server: of, uri });
    if (use !== 'resources/read' || kind !== 'permit') found.push(of);
  }
  return found;
}
