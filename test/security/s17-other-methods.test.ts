import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { parseJson, stringifyJson } from '../../src/domain/json-text.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
beforeAll(async () => {
  world = await WholeWorld.open({ s: wholeServer('s') });
  await world.grant('alice', ['permit: prompt:s/*', 'permit: resource:s/**']);
  await world.ask('alice', 'prompts/list');
});
afterAll(() => world.close());

const ODD = '"x":12345678901234567890,"__proto__":{"a":1},"Name":"y","uRi":"z","n":[1.50,-0,1e400]';
const NAMED = `"ref":{"type":"ref/prompt","name":"NAME",${ODD}},"argument":{"name":"a","value":"v",${ODD}}`;

/** What a client sends of each method, and what of it the tool server must get: only names differ. */
const METHODS: readonly (readonly [method: string, text: string])[] = [
  ['prompts/get', `{"name":"NAME","arguments":{"a":"b",${ODD}},${ODD}}`],
  ['resources/read', `{"uri":"s://item/1",${ODD}}`],
  ['resources/subscribe', `{"uri":"s://item/1",${ODD}}`],
  ['resources/unsubscribe', `{"uri":"s://item/1",${ODD}}`],
  ['completion/complete', `{${NAMED},"context":{"arguments":{"b":"c"}},${ODD}}`],
  ['resources/list', `{${ODD}}`],
];

describe('S17 what was authorized is what the tool server receives', () => {
  it.each(METHODS)('of %s', async (method, text) => {
    const before = world.servers.reached.length;
    const sent = parseJson(text.replaceAll('"NAME"', '"s__triage"')) as JsonObject;
    expect((await world.ask('alice', method, sent)).kind).toBe('result');
    const [reached] = world.servers.reached.slice(before);
    const expected = parseJson(text.replaceAll('"NAME"', '"triage"'));
    expect(stringifyJson(reached?.params ?? null)).toBe(stringifyJson(expected));
  });

  it.each(METHODS)(
    'of %s, with the members of `_meta` that are not this hop’s',
    async (method, text) => {
      const before = world.servers.reached.length;
      const sent = parseJson(text.replaceAll('"NAME"', '"s__triage"')) as JsonObject;
      const kept = {
        'com.example/x': { a: 1 },
        traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
        tracestate: 'v=1',
        baggage: 'k=v',
      };
      await world.requests();
      await world.ask('alice', method, { ...sent, _meta: { ...kept, progressToken: 7 } });
      const [reached] = world.servers.reached.slice(before);
      expect(reached?.params._meta).toEqual(kept);
      for (const { code, trace } of await world.requests()) {
        if (code === 'TG1001') expect(trace).toBe(kept.traceparent);
      }
    },
  );

  it('of no target that is not text', async () => {
    const before = world.servers.reached.length;
    for (const odd of [null, 5, ['s__triage'], { toString: 's__triage' }, true]) {
      for (const [method, params] of [
        ['prompts/get', { name: odd }],
        ['resources/read', { uri: odd }],
        ['completion/complete', { ref: { type: 'ref/prompt', name: odd } }],
        ['completion/complete', { ref: { type: 'ref/resource', uri: odd } }],
        ['completion/complete', { ref: odd }],
      ] as const) {
        expect((await world.ask('alice', method, params as JsonObject)).kind).toBe('error');
      }
    }
    expect(world.servers.reached.length).toBe(before);
  });
});

describe('S16 what a client says of itself', () => {
  it('opens no prompt, resource or template', async () => {
    await world.grant('eve', ['permit: prompt:s/review', 'permit: resource:s/s://other/*']);
    const claims: JsonObject = {
      _meta: { granted: true, subject: 'alice', 'toolgrant/permit': '**', sub: 'alice' },
      subject: 'alice',
      server: 's',
      grant: 'alice',
      annotations: { readOnlyHint: true },
    };
    const before = world.servers.reached.length;
    for (const [method, params] of [
      ['prompts/get', { name: 's__triage' }],
      ['resources/read', { uri: 's://item/1' }],
      ['completion/complete', { ref: { type: 'ref/prompt', name: 's__triage' } }],
      ['completion/complete', { ref: { type: 'ref/resource', uri: 's://item/{id}' } }],
    ] as const) {
      for (const era of ['2025', '2026'] as const) {
        const plain = await world.ask('eve', method, params, { era });
        const claiming = await world.ask(
          'eve',
          method,
          { ...params, ...claims },
          {
            era,
            capabilities: { experimental: { admin: {} }, elicitation: {}, sampling: {} },
          },
        );
        expect(plain.kind).toBe('error');
        expect(claiming).toEqual(plain);
      }
    }
    expect(world.servers.reached.length).toBe(before);
  });
});
