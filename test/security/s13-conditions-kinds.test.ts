import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

const BELOW = 'args.uri.startsWith("file:///a/")';
const SECRET = 'args.uri.startsWith("file:///a/secret")';
const TOPIC = 'args.topic == "bugs"';

let world: WholeWorld;
beforeAll(async () => {
  world = await WholeWorld.open({ s: wholeServer('s') });
  await world.grant('permits', [
    { effect: 'permit', pattern: 'resource:s/**', when: BELOW },
    { effect: 'permit', pattern: 'prompt:s/*', when: TOPIC },
  ]);
  await world.grant('turned', [
    { effect: 'permit', pattern: 'resource:s/**', when: `!${BELOW}` },
    { effect: 'permit', pattern: 'prompt:s/*', when: `!(${TOPIC})` },
  ]);
  await world.grant('denies', [
    'permit: resource:s/**',
    { effect: 'deny', pattern: 'resource:s/**', when: SECRET },
    'permit: prompt:s/*',
    { effect: 'deny', pattern: 'prompt:s/*', when: TOPIC },
  ]);
  for (const subject of ['permits', 'turned', 'denies']) await world.ask(subject, 'prompts/list');
  await world.requests();
});
afterAll(() => world.close());

/** 2026 has no such method: its clients listen. */
const erasOf = (method: string) =>
  method === 'resources/subscribe' ? (['2025'] as const) : (['2025', '2026'] as const);
let sessions = 0;

/** What the tool server was sent of a request, in a session of its own, and why it was sent nothing. */
async function sent(subject: string, method: string, params: JsonObject) {
  world.servers.reached.length = 0;
  sessions += 1;
  const replies = [];
  for (const era of erasOf(method)) {
    replies.push(
      await world.ask(`${subject}/${sessions}`, method, params, { era, onlyServer: 's' }),
    );
  }
  const reasons = (await world.requests()).flatMap(({ reason }) => reason ?? []);
  return {
    reached: world.servers.reached.map((use) => use.params),
    reason: [...new Set(reasons)].join(),
    codes: replies.map((reply) => (reply.kind === 'error' ? reply.error.code : reply.kind)),
  };
}

const METHODS = ['resources/read', 'resources/subscribe'];

describe.each(METHODS)('S13: a rule about URIs: %s', (method) => {
  const each = <T>(ofEra: readonly T[]): readonly T[] => ofEra.slice(0, erasOf(method).length);

  it.each(['file:///a/b', 'FILE:///a/b', 'file:/a/b', 'file:///x/../a/b', 'file:///%61/b'])(
    'lets through what is below, as it was written: %s',
    async (uri) => {
      const { reached } = await sent('permits', method, { uri });
      expect(reached.map((params) => params.uri)).toEqual(each([uri, uri]));
    },
  );

  it.each([
    'file:///a/../secret',
    'file:///a/%2e%2e/secret',
    'file:///a/.%2E/secret',
    'file:///a/b/../../secret',
    'file:///a',
    'file:///A/b',
    'file:///ab',
    'http://h/a/b',
    's://item/1',
  ])('sends nothing that is elsewhere: %s', async (uri) => {
    expect(await sent('permits', method, { uri })).toEqual({
      reached: [],
      reason: 'condition_false',
      codes: each([-32602, -32602]),
    });
  });

  /** Nobody can say what these are: neither a condition nor its opposite lets them through. */
  it.each([
    'file:///a/..%2fsecret',
    'file:///a/%252e%252e/secret',
    'file:///a//secret',
    'file:///a\\..\\secret',
    'file:///a/..;/secret',
    'file:///a/\uff0e\uff0e/secret',
    'file:///a/..\u2215secret',
    'file:///a/\u2025/secret',
    'file:///a/b\u0000',
    'file:///a/b#/../../secret',
    'file:///a/b?/../../secret',
    'file://evil/a/b',
    'file:///a/\ud800',
    ' file:///a/b',
    '/a/b',
    'a/b',
    '',
    ['file:///a/b'],
    { uri: 'file:///a/b' },
    7,
    null,
  ] as Json[])('sends nothing that can be read in two ways: %j', async (uri) => {
    for (const subject of ['permits', 'turned', 'denies']) {
      const { reached, reason, codes } = await sent(subject, method, { uri });
      expect([reached, reason]).toEqual([[], 'uri_ambiguous']);
      expect(codes).toEqual(each([-32002, -32602]));
    }
  });

  it.each([
    'file:///a/secret',
    'FILE:///a/secret',
    'file:///a/x/../secret',
    'file:///a/./secret/x',
    'file:///a/%73ecret',
    'file:///a/%73%65cret/',
  ])('as a deny, denies every way to write it: %s', async (uri) => {
    expect(await sent('denies', method, { uri })).toEqual({
      reached: [],
      reason: 'denied_by_condition',
      codes: each([-32602, -32602]),
    });
  });

  it('takes nothing from a prototype, or from beside the URI', async () => {
    const proto = parseJson('{"__proto__":{"uri":"file:///a/b"}}') as JsonObject;
    const beside = { uri: 'file:///b', args: { uri: 'file:///a/b' } };
    expect((await sent('permits', method, proto)).reached).toEqual([]);
    expect((await sent('permits', method, beside)).reason).toBe('condition_false');
  });
});

describe('S13: a rule about the arguments of a prompt', () => {
  const get = (subject: string, given: Json | undefined) =>
    sent(subject, 'prompts/get', {
      name: 'triage',
      ...(given === undefined ? {} : { arguments: given }),
    });

  it('lets through what it names, as it came', async () => {
    const given = { topic: 'bugs', other: 'x' };
    expect((await get('permits', given)).reached.map((params) => params.arguments)).toEqual([
      ...[given, given],
    ]);
    expect((await get('turned', { topic: 'x' })).reached).toHaveLength(2);
    expect((await get('denies', { topic: 'x' })).reached).toHaveLength(2);
  });

  it.each([{ topic: 'Bugs' }, { topic: 'bugs ' }, { topic: 'bu\u0261s' }, { topic: 'bugs\u0000' }])(
    'sends nothing else: %j',
    async (given) => {
      expect(await get('permits', given)).toEqual({
        reached: [],
        reason: 'condition_false',
        codes: [-32602, -32602],
      });
    },
  );

  it.each([
    undefined,
    {},
    null,
    [],
    'bugs',
    { Topic: 'bugs' },
    { topic: ['bugs'] },
    { topic: { toString: 'bugs' } },
    { topic: null },
    { topic: 1 },
    parseJson('{"__proto__":{"topic":"bugs"}}') as Json,
    parseJson('{"constructor":{"topic":"bugs"}}') as Json,
    { topic: 'x'.repeat(20_000) },
  ])(
    'fails on what is no text of that name, and so do its opposite and a deny: %#',
    async (given) => {
      for (const subject of ['permits', 'turned', 'denies']) {
        const { reached, reason } = await get(subject, given);
        expect([reached, reason]).toEqual([[], 'condition_failed']);
      }
    },
  );

  it('completes its arguments, lists it and tells of it whatever they are', async () => {
    const ref = { type: 'ref/prompt', name: 'triage' };
    const argument = { name: 'topic', value: 'x' };
    expect((await sent('permits', 'completion/complete', { ref, argument })).reached).toHaveLength(
      2,
    );
    const listed = await world.result('permits', 'prompts/list');
    expect(JSON.stringify(listed)).toContain('s__triage');
  });
});
