import { afterEach, describe, expect, it } from 'vitest';
import type { GrantRule } from '../../src/authorize/grant-record.ts';
import type { BrokerReply } from '../../src/domain/broker.ts';
import { type WholeServer, wholeServer } from '../support/whole/whole-servers.ts';
import { WholeWorld } from '../support/whole/whole-world.ts';

const HOUR = 3_600_000;

let world: WholeWorld;
afterEach(() => world.close());

type Rule = Omit<GrantRule, 'line'>;
const limited = (pattern: string, count: number, more: Partial<Rule> = {}): Rule => ({
  effect: 'permit',
  pattern,
  rates: [{ count, windowMs: HOUR }],
  ...more,
});

async function open(rules: readonly (string | Rule)[], server: Partial<WholeServer> = {}) {
  world = await WholeWorld.open({ s: wholeServer('s', server) });
  await world.grant('alice', rules);
  await world.ask('alice', 'tools/list');
  await world.requests();
  world.servers.reached.length = 0;
}

const call = (tool = 'read', who = 'alice') =>
  world.ask(who, 'tools/call', { name: `s__${tool}`, arguments: {} });
const isDone = (reply: BrokerReply): boolean =>
  reply.kind === 'result' && reply.result.isError !== true;
const calls = async (times: number, tool?: string): Promise<readonly boolean[]> => {
  const replies: boolean[] = [];
  for (let i = 0; i < times; i += 1) replies.push(isDone(await call(tool)));
  return replies;
};
/** By which rule each use was admitted, or why it was not. */
const decided = async (): Promise<readonly unknown[]> =>
  (await world.requests())
    .filter(({ code }) => code !== 'TG1002')
    .map(({ code, rule, reason }) => (code === 'TG1001' ? [rule?.grant, rule?.index] : reason));

describe('a limit', () => {
  it('refuses with a result that says which it is, and when to try again', async () => {
    await open([limited('s/read', 1)]);
    await call();
    const retryAt = world.clock.now() + HOUR;
    expect(await call()).toMatchObject({
      kind: 'result',
      result: {
        isError: true,
        content: [{ text: expect.stringMatching(/1\/h.*2026-01-01T01:00:00Z/) }],
      },
    });
    expect(world.servers.reached).toHaveLength(1);
    expect((await world.requests()).at(-1)).toMatchObject({
      code: 'TG1003',
      reason: 'limit_reached',
      retryAt,
      rule: { grant: 'alice', index: 0 },
    });
    world.clock.advance(HOUR);
    expect(isDone(await call())).toBe(true);
  });

  it('that is used up leaves what other rules permit, of the same grant and of others', async () => {
    await open([limited('s/read', 1), limited('s/*', 2)]);
    await world.grant('alice', [limited('s/read', 1)], { id: 'more' });
    expect(await calls(5)).toEqual([true, true, true, true, false]);
    expect(await decided()).toEqual([
      ['alice', 0],
      ['alice', 1],
      ['alice', 1],
      ['more', 0],
      'limit_reached',
    ]);
    expect(await calls(1, 'write')).toEqual([false]);
  });

  it('is not borrowed by a call whose own grant is revoked while it runs', async () => {
    await open(['permit: s/read'], { onCall: () => void world.revokeGrant('alice') });
    await world.grant('alice', [limited('s/read', 1)], { id: 'more' });
    expect(await call()).toMatchObject({ kind: 'error', error: { code: -32603 } });
    expect((await world.requests()).at(-1)).toMatchObject({
      code: 'TG1002',
      outcome: 'withheld',
      reason: 'state_changing',
      rule: { grant: 'more' },
    });
    world.servers.of('s').onCall = () => {};
    expect(await calls(2)).toEqual([true, false]);
  });

  it('stays listed when it is used up', async () => {
    await open([limited('s/read', 1)]);
    await calls(2);
    expect(await world.result('alice', 'tools/list')).toMatchObject({
      tools: [{ name: 's__read' }],
    });
  });

  it('on trial refuses nobody, counts as it will, and is recorded where nothing else permits', async () => {
    await open([limited('s/read', 1, { trialUntil: Date.UTC(2026, 0, 3) })]);
    expect(await calls(3)).toEqual([true, true, true]);
    world.clock.advance(HOUR);
    expect(await calls(1)).toEqual([true]);
    const intents = (await world.requests()).filter(({ code }) => code === 'TG1001');
    expect(intents.map(({ wouldRefuse }) => wouldRefuse)).toEqual([
      undefined,
      'limit_reached',
      'limit_reached',
      undefined,
    ]);
    await world.grant('alice', ['permit: s/read'], { id: 'plain' });
    await calls(1);
    expect((await world.requests()).at(0)).toMatchObject({ rule: { grant: 'plain' } });
  });

  it('counts what was read and what was got as prompts, each by its rule', async () => {
    await open([limited('resource:s/s://**', 1), limited('prompt:s/*', 1)]);
    const read = () => world.ask('alice', 'resources/read', { uri: 's://item/1' });
    const get = () => world.ask('alice', 'prompts/get', { name: 's__triage' });
    expect([await read(), await get()].map(({ kind }) => kind)).toEqual(['result', 'result']);
    for (const reply of [await read(), await get()]) {
      expect(reply).toMatchObject({ kind: 'error', error: { code: -32602 } });
      expect(JSON.stringify(reply)).toContain('Try again from');
    }
    expect(world.servers.reached).toHaveLength(2);
  });
});

describe('`maxResult`', () => {
  const text = (bytes: number) => ({ content: [{ type: 'text', text: 'x'.repeat(bytes) }] });
  const bounded: Rule = { effect: 'permit', pattern: 's/*', maxResultBytes: 200 };

  it('withholds a larger result before anything of it is released', async () => {
    await open([bounded], { answer: () => ({ kind: 'result', result: text(200) }) });
    const reply = await call();
    expect(reply).toMatchObject({ kind: 'result', result: { isError: true } });
    expect(JSON.stringify(reply)).not.toContain('xxx');
    expect(await world.requests()).toMatchObject([
      { code: 'TG1001' },
      { code: 'TG1002', outcome: 'withheld', reason: 'result_too_large', rule: { index: 0 } },
    ]);
  });

  it('lets one through that is no larger', async () => {
    await open([bounded], { answer: () => ({ kind: 'result', result: text(150) }) });
    expect(await call()).toEqual({ kind: 'result', result: text(150) });
  });

  it('bounds an error as it does a result', async () => {
    const error = { code: -32000, message: 'no', data: 'x'.repeat(200) };
    await open([bounded], { answer: () => ({ kind: 'error', error }) });
    expect(JSON.stringify(await call())).not.toContain('xxx');
    expect((await world.requests()).at(-1)).toMatchObject({ reason: 'result_too_large' });
  });

  it('applies as it is when the result comes, if that is less', async () => {
    await open([{ ...bounded, maxResultBytes: 9_000 }], {
      onCall: () => world.grant('alice', [bounded]),
      answer: () => ({ kind: 'result', result: text(200) }),
    });
    await call();
    expect((await world.requests()).at(-1)).toMatchObject({ reason: 'result_too_large' });
  });
});
