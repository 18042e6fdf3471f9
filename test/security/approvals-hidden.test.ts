import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createArgumentSeal } from '../../src/approve/seal-arguments.ts';
import type { BrokerReply } from '../../src/domain/broker.ts';
import type { Era } from '../../src/domain/era.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { METHODS } from '../../src/methods.ts';
import {
  type ApprovalWorld,
  DONE,
  idIn,
  openApproving,
  textOf,
} from '../support/whole/approval-world.ts';
import { ACCEPTED, asker2026, CAN_BE_ASKED } from '../support/whole/asking-servers.ts';
import { bringing } from '../support/whole/asking-world.ts';

let world: ApprovalWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const ERAS: readonly Era[] = ['2025', '2026'];

describe('an agent whose call waits', () => {
  it.each(ERAS)('finds no method of %s that settles or shows an approval', async (era) => {
    world = await openApproving();
    const id = await world.waiting({ secret: 'what is sent' }, { era });
    const inventions = ['approvals/approve', 'approval/approve', 'approvals/list', 'tools/approve'];
    const answers: string[] = [];
    for (const method of [...Object.keys(METHODS[era]), ...inventions]) {
      const params = {
        id,
        name: id,
        uri: id,
        approval: id,
        taskId: id,
        approve: true,
        ref: { type: 'ref/prompt', name: id },
      };
      answers.push(JSON.stringify(await world.whole.ask('alice', method, params, { era })));
    }
    expect(await world.states()).toEqual(['pending']);
    expect(answers.filter((answer) => answer.includes('what is sent'))).toEqual([]);
    const used = world.whole.servers.reached.filter(({ method }) => !method.endsWith('/list'));
    expect(used).toEqual([]);
  });

  it.each(ERAS)('sees no tool, prompt or resource of approvals in %s', async (era) => {
    world = await openApproving();
    await world.waiting({}, { era });
    for (const list of [
      'tools/list',
      'prompts/list',
      'resources/list',
      'resources/templates/list',
    ]) {
      const reply = JSON.stringify(await world.whole.result('alice', list, {}, { era }));
      expect(reply).not.toMatch(/approv|apr_/);
    }
  });

  it('gets nothing let through that it says of an approval in its call', async () => {
    world = await openApproving();
    const id = await world.waiting();
    const says = { approval: id, approvalId: id, approved: true, _meta: { approval: id } };
    for (const era of ERAS) {
      const params = { name: 's__write', arguments: { a: 1 }, ...says };
      await world.whole.ask('alice', 'tools/call', params, { era });
      await world.call({ a: 1, ...says }, { era });
    }
    expect(world.reached).toBe(0);
  });
});

describe('an approved call', () => {
  const write = (more: JsonObject = {}) =>
    world?.whole.ask('alice', 'tools/call', { name: 's__write', arguments: { a: 1 }, ...more });

  it('takes nothing along in `_meta` but trace context, which nobody is shown', async () => {
    world = await openApproving();
    await world.settle(await world.waiting());
    const _meta = { traceparent: '00-1-2-01', 'example.com/force': true };
    expect(await write({ _meta })).toMatchObject({ kind: 'result', result: DONE });
    const [sent] = world.whole.servers.reached;
    expect(sent?.params).toEqual({
      name: 'write',
      arguments: { a: 1 },
      _meta: { traceparent: '00-1-2-01' },
    });
  });

  it('takes no answers along that nobody asked for, unless they were shown', async () => {
    world = await openApproving();
    await world.whole.grant('alice', ['permit: ask:s/*'], { id: 'asks' });
    await world.settle(await world.waiting());
    const answers = { inputResponses: { force: { action: 'accept' } } };
    const waits = await write(answers);
    expect(waits).toMatchObject({ kind: 'result', result: { isError: true } });
    expect(world.reached).toBe(0);
    await world.settle(idIn(waits as BrokerReply));
    expect(await write(answers)).toMatchObject({ kind: 'result', result: DONE });
    expect(await write()).toMatchObject({ kind: 'result', result: DONE });
  });
});

describe('what a waiting call would send', () => {
  it('is readable in no file of the state, where the audit does not keep it either', async () => {
    world = await openApproving();
    const { stateDir, stores } = world.whole;
    const password = 'correct-horse-battery-staple';
    const id = await world.waiting({ user: 'alice', password });
    await stores.sync();
    const files = readdirSync(stateDir).map((file) => readFileSync(join(stateDir, file)));
    const holding = (text: string) => files.filter((file) => file.includes(text)).length;
    expect(holding(id)).toBeGreaterThan(0);
    expect(holding(password)).toBe(0);
    const digestKey = new Uint8Array(32);
    const seal = createArgumentSeal(digestKey, (size) => new Uint8Array(size));
    const found = await stores.approvals.find(id, world.whole.clock.now());
    const sent = seal.open(id, found?.approval.sealed ?? new Uint8Array());
    expect(sent).toEqual({ name: 'write', arguments: { user: 'alice', password } });
  });

  it('is readable in none where it is part of a URI', async () => {
    world = await openApproving();
    const { stateDir, stores } = world.whole;
    const token = 'correct-horse-battery-staple';
    const uri = `s://item/1;token=${token}`;
    const id = idIn(await world.whole.ask('alice', 'resources/read', { uri }));
    await stores.sync();
    const files = readdirSync(stateDir).map((file) => readFileSync(join(stateDir, file)));
    expect(files.filter((file) => file.includes(id)).length).toBeGreaterThan(0);
    expect(files.filter((file) => file.includes(token))).toEqual([]);
    await world.settle(id);
    await world.whole.ask('alice', 'resources/read', { uri });
    expect(world.whole.servers.reached.at(-1)?.params).toEqual({ uri });
  });

  it('opens for its own approval, whole, and for no other', () => {
    const key = new Uint8Array(32).fill(1);
    let drawn = 0;
    const seal = createArgumentSeal(key, (size) => new Uint8Array(size).fill(++drawn));
    const id = `apr_${'1'.repeat(32)}` as const;
    const sent: Json = { name: 'write', arguments: { text: 'ä\u2028', list: [1, null, true] } };
    const sealed = seal.seal(id, sent);
    expect(seal.open(id, sealed)).toEqual(sent);
    expect(seal.open(`apr_${'2'.repeat(32)}`, sealed)).toBeUndefined();
    const other = createArgumentSeal(new Uint8Array(32).fill(2), (size) => new Uint8Array(size));
    expect(other.open(id, sealed)).toBeUndefined();
    const flipped = [...sealed.keys()].filter((at) => {
      const bytes = Uint8Array.from(sealed);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return seal.open(id, bytes) !== undefined;
    });
    expect(flipped).toEqual([]);
    expect(seal.open(id, sealed.subarray(0, 40))).toBeUndefined();
    expect(Buffer.from(seal.seal(id, sent)).equals(Buffer.from(sealed))).toBe(false);
  });
});

describe('an approved call whose tool server asks for more', () => {
  const ASKING = { approval: 'admin' } as const;

  it('goes on under the same approval, once from each of its states', async () => {
    world = await openApproving(ASKING, asker2026('s'));
    const { whole } = world;
    await whole.grant('alice', ['permit: s/*', 'permit: ask:s/elicitation'], { terms: ASKING });
    const how = { era: '2026', capabilities: CAN_BE_ASKED } as const;
    await world.settle(await world.waiting({ a: 1 }, how));
    const first = await world.call({ a: 1 }, how);
    if (first.kind !== 'result') throw new Error(textOf(first));
    const again = { name: 's__write', arguments: { a: 1 }, ...bringing(first.result, ACCEPTED) };
    expect(await whole.ask('alice', 'tools/call', again, how)).toMatchObject({
      kind: 'result',
      result: DONE,
    });
    expect(await world.states()).toEqual(['used']);
    const replayed = await whole.ask('alice', 'tools/call', again, how);
    expect(textOf(replayed)).toContain('needs an approval');
    expect(world.reached).toBe(2);
  });

  it('is asked of a client of 2025 in rounds under one approval', async () => {
    world = await openApproving(ASKING, asker2026('s'));
    const { whole } = world;
    await whole.grant('alice', ['permit: s/*', 'permit: ask:s/elicitation'], { terms: ASKING });
    const how = {
      capabilities: CAN_BE_ASKED,
      ask: async () => ({ kind: 'result', result: ACCEPTED }) as const,
    };
    await world.settle(await world.waiting({ a: 1 }, how));
    expect(await world.call({ a: 1 }, how)).toMatchObject({ kind: 'result', result: DONE });
    expect(await world.states()).toEqual(['used']);
  });
});
