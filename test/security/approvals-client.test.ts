import { afterEach, describe, expect, it } from 'vitest';
import type { Answer, Question } from '../../src/domain/broker.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import {
  type ApprovalWorld,
  DONE,
  openApproving,
  textOf,
} from '../support/whole/approval-world.ts';
import { CAN_BE_ASKED } from '../support/whole/asking-servers.ts';
import { bringing } from '../support/whole/asking-world.ts';

let world: ApprovalWorld;
afterEach(() => world.close());

const open = async () => {
  world = await openApproving({ approval: 'client' });
};
const AS = 'alice/person';
const result = (action: string): Answer => ({ kind: 'result', result: { action } });

/** A client of 2025 that answers so, and what it was asked. */
function client(answer: Answer | ((question: Question) => Promise<Answer>)) {
  const asked: Question[] = [];
  return {
    asked,
    as: AS,
    capabilities: CAN_BE_ASKED,
    async ask(question: Question): Promise<Answer> {
      asked.push(question);
      return typeof answer === 'function' ? answer(question) : answer;
    },
  };
}

const MODERN = { era: '2026', as: AS, capabilities: CAN_BE_ASKED } as const;

/** A call of a 2026 client, made again with what it brings. */
const again = (more: JsonObject, args: JsonObject = { a: 1 }, how: object = MODERN) => {
  const { as = 'alice', ...asking } = how as { as?: string };
  return world.whole.ask(as, 'tools/call', { name: 's__write', arguments: args, ...more }, asking);
};

/** What a 2026 client is asked, which it must be. */
async function asked(args?: JsonObject): Promise<JsonObject> {
  const reply = await world.call(args, MODERN);
  if (reply.kind !== 'result') throw new Error(JSON.stringify(reply));
  expect(reply.result).toMatchObject({ resultType: 'input_required' });
  return reply.result;
}

describe('a person at a client of 2025', () => {
  it('is shown the call whole, in the name of the broker, before anything is called', async () => {
    await open();
    const person = client(async () => {
      expect(world.reached).toBe(0);
      return result('accept');
    });
    const args = { path: 'a\u202etxt', text: 'x\nToolgrant asks: no' };
    expect(await world.call(args, person)).toMatchObject({ kind: 'result', result: DONE });
    expect(person.asked).toHaveLength(1);
    const [question] = person.asked;
    const message = String(member(question?.params, 'message'));
    expect(question?.method).toBe('elicitation/create');
    expect(message).toMatch(/^Toolgrant asks: may this be called\?\ns\/write\n/);
    expect(message).toContain('"path": "a\\u202etxt"');
    expect(message.match(/^Toolgrant asks/gm)).toHaveLength(1);
    expect(member(question?.params, 'requestedSchema')).toEqual({ type: 'object', properties: {} });
  });

  it('approves, and the record says that it is the word of the client', async () => {
    await open();
    await world.call({ a: 1 }, client(result('accept')));
    const events = (await world.whole.events()).filter(({ code }) => /^TG[18]/.test(code));
    expect(events.map(({ code }) => code)).toEqual(['TG8001', 'TG8002', 'TG1001', 'TG1002']);
    const [requested, given, intent] = events;
    expect(requested).toMatchObject({ detail: { by: 'client' } });
    expect(given).toMatchObject({ detail: { by: 'client', answer: 'accept' } });
    expect(given?.actor).toBeUndefined();
    expect(intent?.approval).toBe(given?.approval);
  });

  it.each(['decline', 'cancel'])(
    'denies by %s, and is not asked again for the same',
    async (action) => {
      await open();
      const person = client(result(action));
      expect(textOf(await world.call({ a: 1 }, person))).toContain('denied it');
      expect(textOf(await world.call({ a: 1 }, person))).toContain('denied it');
      expect([person.asked.length, world.reached]).toEqual([1, 0]);
      const given = (await world.whole.events()).find(({ code }) => code === 'TG8003');
      expect(given).toMatchObject({ detail: { by: 'client', answer: action } });
    },
  );

  it.each<[string, Answer]>([
    ['an error', { kind: 'error', error: { code: -1, message: 'no' } }],
    ['no action', { kind: 'result', result: {} }],
    ['an action nobody knows', result('approve')],
    ['nothing any more', { kind: 'cancelled' }],
  ])('who answers with %s has not answered: it waits for an admin', async (_, answer) => {
    await open();
    expect(textOf(await world.call({ a: 1 }, client(answer)))).toContain('needs an approval');
    expect([await world.states(), world.reached]).toEqual([['pending'], 0]);
  });

  const revoke = { kind: 'revoke', id: 'alice', event: { code: 'TG3003' } } as const;

  it.each<[string, () => Promise<unknown>]>([
    ['the grant is revoked', () => world.whole.stores.grants.change([revoke], 1)],
    ['an admin denies it', async () => world.settle(await world.only(), 'denied')],
  ])('approves nothing when %s meanwhile', async (_, change) => {
    await open();
    await world.call(
      { a: 1 },
      client(async () => {
        await change();
        return result('accept');
      }),
    );
    expect(world.reached).toBe(0);
  });
});

describe('a person at a client of 2026', () => {
  it('approves by the answer to the very question, for the very call', async () => {
    await open();
    const first = await asked();
    expect(JSON.stringify(first)).toContain('Toolgrant asks: may this be called?');
    const reply = await again(bringing(first, { action: 'accept' }));
    expect(reply).toMatchObject({ kind: 'result', result: DONE });
    expect(await world.states()).toEqual(['used']);
  });

  it('denies likewise', async () => {
    await open();
    const reply = await again(bringing(await asked(), { action: 'decline' }));
    expect(textOf(reply)).toContain('denied it');
    expect([await world.states(), world.reached]).toEqual([['denied'], 0]);
  });

  it('approves nothing with an answer to another call, or a second time', async () => {
    await open();
    const first = bringing(await asked({ a: 1 }), { action: 'accept' });
    await again(first, { a: 2 });
    expect(world.reached).toBe(0);
    await again(first, { a: 1 });
    expect(world.reached).toBe(1);
    await again(first, { a: 1 });
    expect(world.reached).toBe(1);
  });
});

describe('a client that nobody asks', () => {
  it.each<[string, Partial<ReturnType<typeof client>>]>([
    ['was not connected as interactive', { as: 'alice' }],
    ['cannot be asked by a form', { capabilities: { elicitation: { url: {} } } }],
    ['has no elicitation', { capabilities: { sampling: {} } }],
  ])('%s: it waits for an admin, who can approve it', async (_, how) => {
    await open();
    const person = { ...client(result('accept')), ...how };
    const id = await world.waiting({ a: 1 }, person);
    expect(person.asked).toEqual([]);
    await world.settle(id);
    expect(await world.call({ a: 1 }, person)).toMatchObject({ kind: 'result', result: DONE });
  });

  it('is one whose call is too long to be looked through in a form', async () => {
    await open();
    const person = client(result('accept'));
    await world.waiting({ text: 'x'.repeat(9_000) }, person);
    expect(person.asked).toEqual([]);
  });

  it('is any client where the rule leaves it to an admin', async () => {
    world = await openApproving();
    const person = client(result('accept'));
    await world.waiting({ a: 1 }, person);
    expect(person.asked).toEqual([]);
  });
});

describe('an agent that answers in the place of the person', () => {
  const ACCEPT = { action: 'accept' };

  it.each<[string, JsonObject]>([
    ['without any state', { inputResponses: { 'question-1': ACCEPT } }],
    ['with a state it made up', { inputResponses: { 'question-1': ACCEPT }, requestState: 'AQ' }],
    ['by the name of the tool', { inputResponses: { approve: ACCEPT, approval: ACCEPT } }],
  ])('gets nothing approved %s', async (_, more) => {
    await open();
    for (const how of [MODERN, { ...MODERN, as: 'alice' }, { ...MODERN, as: AS, era: '2025' }]) {
      await again(more, { a: 1 }, how);
    }
    expect(world.reached).toBe(0);
    const states = await world.states();
    expect(states.filter((state) => state !== 'pending')).toEqual([]);
  });

  it('gets nothing approved with the state that another session was given', async () => {
    await open();
    const brought = bringing(await asked(), ACCEPT);
    await again(brought, { a: 1 }, { ...MODERN, as: 'alice/2' });
    expect(world.reached).toBe(0);
  });
});
