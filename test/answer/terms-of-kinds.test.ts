import { afterEach, expect, it } from 'vitest';
import type { GrantRule } from '../../src/authorize/grant-record.ts';
import { wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

async function open(...rules: readonly (string | Omit<GrantRule, 'line'>)[]): Promise<void> {
  world = await WholeWorld.open({ a: wholeServer('a'), b: wholeServer('b') });
  await world.grant('alice', rules);
  await world.ask('alice', 'prompts/list');
  await world.requests();
  world.servers.reached.length = 0;
}

const asked = () => world.servers.reached.map(({ server, method }) => `${server} ${method}`);
const rates = [{ count: 2, windowMs: 3_600_000 }];
/** The clock of the test shows midnight. */
const CLOSED = '03:00-04:00 UTC';

it('asks the server whose rule holds for the URI, and not one whose does not', async () => {
  await open(
    { effect: 'permit', pattern: 'resource:a/**', when: 'args.uri.endsWith("/other")' },
    { effect: 'permit', pattern: 'resource:b/**', when: 'args.uri.endsWith("/1")' },
  );
  await world.result('alice', 'resources/read', { uri: 'b://item/1' });
  expect(asked()).toEqual(['b resources/read']);
});

it('says what would be accepted when no rule holds for the URI, and not that there is none', async () => {
  await open('deny: resource:a/**', {
    effect: 'permit',
    pattern: 'resource:b/**',
    when: 'args.uri.endsWith("/1")',
  });
  const reply = await world.ask('alice', 'resources/read', { uri: 'b://item/2' });
  expect(reply).toMatchObject({
    error: { code: -32602, message: expect.stringContaining('args.uri.endsWith("/1")') },
  });
  expect(asked()).toEqual([]);
});

it.each([
  ['prompts/get', { name: 'a__triage' }, 'prompt:a/*'],
  ['resources/read', { uri: 'a://item/1' }, 'resource:a/**'],
  ['resources/subscribe', { uri: 'a://item/1' }, 'resource:a/**'],
] as const)('lets %s through as often as its limit says', async (method, params, rule) => {
  await open({ effect: 'permit', pattern: rule, rates });
  for (let left = 2; left > 0; left -= 1) await world.result('alice', method, params);
  expect(await world.ask('alice', method, params)).toMatchObject({
    error: { code: -32602, message: expect.stringMatching(/2\/h\. Try again from \d{4}-.*Z on/) },
  });
  expect(asked()).toEqual([`a ${method}`, `a ${method}`]);
  const last = (await world.requests()).at(-1);
  expect([last?.code, last?.reason]).toEqual(['TG1003', 'limit_reached']);
});

it('takes a subscription back whatever its hour, and counts it for nothing', async () => {
  await open({ effect: 'permit', pattern: 'resource:a/**', rates });
  const uri = { uri: 'a://item/1' };
  await world.result('alice', 'resources/subscribe', uri);
  await world.result('alice', 'resources/unsubscribe', uri);
  await world.result('alice', 'resources/read', uri);
  await world.grant('alice', [{ effect: 'permit', pattern: 'resource:a/**', hours: CLOSED }]);
  expect(await world.ask('alice', 'resources/read', uri)).toMatchObject({
    error: { message: expect.stringContaining('at certain hours') },
  });
  await world.result('alice', 'resources/unsubscribe', uri);
});

it('lists, and completes, at every hour', async () => {
  await open('permit: a/*');
  const hours = CLOSED;
  await world.grant('alice', [
    { effect: 'permit', pattern: 'a/*', hours },
    { effect: 'permit', pattern: 'prompt:a/*', hours },
    { effect: 'permit', pattern: 'resource:a/**', hours },
  ]);
  const names = async (method: string) => JSON.stringify(await world.result('alice', method));
  expect(await names('tools/list')).toContain('a__read');
  expect(await names('prompts/list')).toContain('a__triage');
  expect(await names('resources/templates/list')).toContain('a://item/{id}');
  expect(await names('resources/list')).toContain('a://item/1');
  const ref = { type: 'ref/prompt', name: 'a__triage' };
  const argument = { name: 'topic', value: 'x' };
  await world.result('alice', 'completion/complete', { ref, argument });
  expect(await world.result('alice', 'tools/call', { name: 'a__read' })).toMatchObject({
    isError: true,
  });
});
