import { afterEach, describe, expect, it } from 'vitest';
import { HANDLE_LIFE_MS } from '../../src/ask/handles.ts';
import type { Era } from '../../src/domain/era.ts';
import { type Json, type JsonObject, member } from '../../src/domain/json.ts';
import {
  ACCEPTED,
  acceptingClient,
  asker2025,
  asker2026,
  CAN_BE_ASKED,
  FORM,
} from '../support/whole/asking-servers.ts';
import {
  ASK_RULES,
  bringing,
  callAnswering,
  callRead,
  openAsking,
  TEXT,
} from '../support/whole/asking-world.ts';
import type { WholeServer } from '../support/whole/whole-servers.ts';
import { type Asking, WholeWorld } from '../support/whole/whole-world.ts';

const NAMED = { ...FORM, params: { ...FORM.params, message: 'Tool server "s" asks:\nYour name?' } };

let world: WholeWorld;
afterEach(() => world.close());

const open = async (...of: Parameters<typeof openAsking>): Promise<void> => {
  world = await openAsking(...of);
};
const call = (how: Asking, params?: JsonObject) => callRead(world, how, params);

const recorded = async () =>
  (await world.requests()).map(({ code, method, outcome, reason }) =>
    [code, method ?? outcome ?? reason].filter((part) => part !== undefined).join(' '),
  );

describe('a 2025 tool server that asks a 2025 client', () => {
  it('asks in its own name, and gets the answer as it is', async () => {
    const server = asker2025('s');
    await open(server);
    const { asked, ask } = acceptingClient();
    const reply = await call({ ask });
    expect(asked).toEqual([NAMED]);
    expect(server.told).toEqual([{ kind: 'result', result: ACCEPTED }]);
    expect(reply).toMatchObject({ kind: 'result', result: TEXT });
  });

  it('is on the record before anybody sees the question, and the answer too', async () => {
    await open(asker2025('s'));
    const seen: string[][] = [];
    await call({
      async ask() {
        seen.push(await recorded());
        return { kind: 'result', result: ACCEPTED };
      },
    });
    expect(seen).toEqual([['TG1001', 'TG1007 elicitation/create']]);
    expect(await recorded()).toEqual(['TG1008 elicitation/create', 'TG1002 ok']);
  });

  it('records what a person did and never what was said', async () => {
    await open(asker2025('s'));
    await call(acceptingClient());
    const events = await world.requests();
    expect(events.find(({ code }) => code === 'TG1008')).toMatchObject({
      session: expect.any(String),
      server: 's',
      tool: 'read',
      intent: events[0]?.seq,
      detail: { answer: 'accept' },
      rule: { pattern: 'ask:s/elicitation' },
    });
    expect(JSON.stringify(events)).not.toMatch(/Ada|Your name/);
  });

  it('never asks with a credential in the question', async () => {
    const params = { ...FORM.params, message: 'x hunter-2-secret y' };
    await open(asker2025('s', [{ ...FORM, params }]));
    const { asked, ask } = acceptingClient();
    await call({ ask });
    expect(asked).toHaveLength(1);
    expect(JSON.stringify(asked)).not.toContain('hunter-2-secret');
  });

  it('gets the error a client answers with', async () => {
    const server = asker2025('s');
    await open(server);
    const error = { code: -1, message: 'User rejected' };
    await call(acceptingClient({ kind: 'error', error }));
    expect(server.told).toEqual([{ kind: 'error', error }]);
  });

  it('is shown what the rules let it ask of what the client can be asked', async () => {
    const shown: (JsonObject | undefined)[] = [];
    const server = asker2025('s', []);
    await open({ ...server, onCall: (_, { capabilities }) => void shown.push(capabilities) });
    await call({});
    await call({ capabilities: { sampling: {}, elicitation: {} } });
    await call({ capabilities: {} });
    expect(shown).toEqual([{ elicitation: { form: {}, url: {} } }, { elicitation: {} }, {}]);
  });

  it.each<[string, readonly string[], Asking, string]>([
    ['no rule permits', ['permit: s/*'], {}, 'ask_not_granted'],
    ['a rule denies', [...ASK_RULES, 'deny: ask:s/*'], {}, 'denied_by_rule'],
    ['the client cannot be asked', ASK_RULES, { capabilities: {} }, 'client_incapable'],
  ])('is refused where %s, and the call goes on', async (_, rules, how, reason) => {
    const server = asker2025('s');
    await open(server, rules);
    const { asked, ask } = acceptingClient();
    const reply = await call({ ask, ...how });
    expect(asked).toEqual([]);
    expect(server.told).toEqual([
      { kind: 'error', error: { code: -32601, message: 'Method not found' } },
    ]);
    expect(reply).toMatchObject({ kind: 'result', result: TEXT });
    const refusal = (await world.requests()).find(({ code }) => code === 'TG1005');
    expect(refusal).toMatchObject({ reason, method: 'elicitation/create', server: 's' });
  });

  it('is refused where there is no way to the client', async () => {
    const server = asker2025('s');
    await open(server);
    expect(await call({})).toMatchObject({ kind: 'result', result: TEXT });
    expect(server.told).toMatchObject([{ kind: 'error', error: { code: -32601 } }]);
    expect((await world.requests()).find(({ code }) => code === 'TG1005')).toMatchObject({
      reason: 'client_incapable',
    });
  });

  it('asks without a token of its own that progress would be reported to', async () => {
    const meta = { progressToken: 7, kept: 1 };
    await open(asker2025('s', [{ ...FORM, params: { ...FORM.params, _meta: meta } }]));
    const { asked, ask } = acceptingClient();
    await call({ ask });
    expect(asked[0]?.params._meta).toEqual({ kept: 1 });
  });

  it('is refused a question in no known form', async () => {
    const server = asker2025('s', [{ method: 'elicitation/create', params: { mode: 'url' } }]);
    await open(server);
    const { asked, ask } = acceptingClient();
    await call({ ask });
    expect(asked).toEqual([]);
    expect(server.told).toMatchObject([{ kind: 'error', error: { code: -32602 } }]);
  });

  it('takes its question back, and both are on the record', async () => {
    const server = asker2025('s', []);
    await open({
      ...server,
      async onCall(_, { onAsk }) {
        const takenBack = new AbortController();
        const answer = onAsk?.(FORM, takenBack.signal);
        takenBack.abort();
        await answer;
      },
    });
    const ask: Asking['ask'] = async (_, { aborted }) =>
      aborted ? { kind: 'cancelled' } : { kind: 'result', result: ACCEPTED };
    expect(await call({ ask })).toMatchObject({ result: TEXT });
    const answered = (await world.requests()).find(({ code }) => code === 'TG1008');
    expect(answered?.detail).toEqual({ answer: 'cancelled' });
  });

  it('gets no answer once the right to ask was revoked while the person was typing', async () => {
    const server = asker2025('s');
    await open(server, ['permit: s/*']);
    await world.grant('alice', ['permit: ask:s/elicitation'], { id: 'ask' });
    await call({
      async ask() {
        await world.revokeGrant('ask');
        return { kind: 'result', result: ACCEPTED };
      },
    });
    expect(server.told).toMatchObject([{ kind: 'error', error: { code: -32603 } }]);
    expect(await recorded()).not.toContain('TG1008 elicitation/create');
  });

  it('ends with the call whose right ran out while the person was typing', async () => {
    const server = asker2025('s');
    await open(server, ['permit: ask:s/elicitation']);
    await world.grant('alice', ['permit: s/*'], { id: 'tool', lifeMs: 60_000 });
    const reply = await call({
      async ask() {
        world.clock.advance(60_000);
        return { kind: 'result', result: ACCEPTED };
      },
    });
    expect(server.told).toMatchObject([{ kind: 'error' }]);
    expect(reply).toMatchObject({ kind: 'error', error: { message: 'Unknown tool: s__read' } });
  });

  it.each<[string, Asking]>([
    ['2025', {}],
    ['2026', { era: '2026', capabilities: {} }],
  ])(
    'stops the call whose right ran out also where a client of %s cannot be asked',
    async (_, how) => {
      const stopped: boolean[] = [];
      const server = asker2025('s', []);
      await open(
        {
          ...server,
          async onCall(_method, { onAsk, signal }) {
            world.clock.advance(60_000);
            server.told.push(...[await onAsk?.(FORM, signal)].filter((told) => told !== undefined));
            stopped.push(signal.aborted);
          },
        },
        ['permit: ask:s/elicitation'],
      );
      await world.grant('alice', ['permit: s/*'], { id: 'tool', lifeMs: 60_000 });
      const reply = await call(how);
      expect(reply).toMatchObject({ kind: 'error', error: { message: 'Unknown tool: s__read' } });
      expect(server.told).toMatchObject([{ kind: 'error' }]);
      expect(stopped).toEqual([true]);
      expect((await world.requests()).map(({ code, outcome }) => outcome ?? code)).toEqual([
        ...['TG1001', 'TG1005', 'withheld'],
      ]);
    },
  );

  it('ends with the call whose right ran out, whatever a spent grant permits', async () => {
    const server = asker2025('s', []);
    await open(server, []);
    await world.grant('alice', ASK_RULES, { limits: { maxCalls: 1 } });
    await call({});
    await world.grant('alice', ASK_RULES, { id: 'short', lifeMs: 60_000 });
    world.servers.of('s').onCall = async (_, { onAsk, signal }) => {
      const answer = await onAsk?.(FORM, signal);
      if (answer !== undefined) server.told.push(answer);
    };
    await call({
      async ask() {
        world.clock.advance(60_000);
        return { kind: 'result', result: ACCEPTED };
      },
    });
    expect(server.told).toMatchObject([{ kind: 'error' }]);
    expect((await world.requests()).at(-1)).toMatchObject({ outcome: 'withheld' });
  });
});

describe('a 2025 tool server that asks a 2026 client', () => {
  it('has its call held until the answer comes', async () => {
    const server = asker2025('s');
    await open(server);
    const reply = await call({ era: '2026' });
    expect(reply).toMatchObject({
      kind: 'result',
      result: { resultType: 'input_required', requestState: expect.any(String) },
    });
    const asked = reply.kind === 'result' ? reply.result : {};
    expect(Object.values(member(asked, 'inputRequests') ?? {})).toEqual([NAMED]);
    expect(await call({ era: '2026' }, bringing(asked))).toMatchObject({
      kind: 'result',
      result: { ...TEXT, resultType: 'complete' },
    });
    expect(server.told).toEqual([{ kind: 'result', result: ACCEPTED }]);
    expect(world.servers.reached).toHaveLength(1);
  });

  it('keeps no other call of the session waiting while one is held', async () => {
    await open({
      ...asker2025('s', []),
      async onCall(_, { onAsk, signal }) {
        if (world.servers.reached.length === 1) await onAsk?.(FORM, signal);
      },
    });
    const held = await call({ era: '2026' });
    expect(await call({ era: '2026' })).toMatchObject({ kind: 'result', result: TEXT });
    const brought = bringing(held.kind === 'result' ? held.result : {});
    expect(await call({ era: '2026' }, brought)).toMatchObject({ kind: 'result', result: TEXT });
    expect(world.servers.reached).toHaveLength(2);
  });

  describe('and gives up on its question', () => {
    let takeBack: () => void;
    /** A server that takes each of its questions back before it is answered. */
    const impatient = (questions = 1): WholeServer => ({
      ...asker2025('s', []),
      async onCall(_, { onAsk }) {
        for (let n = 0; n < questions; n += 1) {
          const takenBack = new AbortController();
          takeBack = () => takenBack.abort();
          await onAsk?.(FORM, takenBack.signal);
        }
      },
    });
    /** A call that was asked, and then its question taken back. */
    const asked = async (brought: JsonObject = {}) => {
      const reply = await call({ era: '2026' }, brought);
      await world.requests();
      takeBack();
      await expect.poll(recorded).toEqual([ANSWERED]);
      return bringing(reply.kind === 'result' ? reply.result : {});
    };
    const ANSWERED = 'TG1008 elicitation/create';

    it('has its result released when the client comes back', async () => {
      await open(impatient());
      const brought = await asked();
      expect(await recorded()).toEqual([]);
      expect(await call({ era: '2026' }, brought)).toMatchObject({ kind: 'result', result: TEXT });
      expect(await recorded()).toEqual(['TG1002 ok']);
    });

    it('has its result withheld when the right went before that', async () => {
      await open(impatient());
      const brought = await asked();
      await world.revokeGrant('alice');
      expect((await world.requests()).at(-1)).toMatchObject({
        code: 'TG1002',
        outcome: 'withheld',
      });
      expect(await call({ era: '2026' }, brought)).toMatchObject({ kind: 'error' });
    });

    it('has its result withheld when the right has run out by then', async () => {
      await open(impatient(), []);
      await world.grant('alice', ASK_RULES, { lifeMs: 60_000 });
      const brought = await asked();
      world.clock.advance(60_000);
      const reply = await call({ era: '2026' }, brought);
      expect(reply).toMatchObject({ error: { message: 'Unknown tool: s__read' } });
      expect((await world.requests())[0]).toMatchObject({ code: 'TG1002', outcome: 'withheld' });
    });

    it('is on the record as unclaimed when nobody comes back', async () => {
      await open(impatient());
      await asked();
      world.timers.advance(HANDLE_LIFE_MS.held);
      await expect
        .poll(async () => (await world.requests()).at(-1))
        .toMatchObject({ code: 'TG1002', outcome: 'cancelled', reason: 'unclaimed' });
    });

    it('asks the next when the client comes back, and not before', async () => {
      await open(impatient(2));
      const first = await asked();
      expect(await recorded()).toEqual([]);
      const second = await asked(first);
      expect(second).not.toEqual(first);
      expect(await call({ era: '2026' }, second)).toMatchObject({ kind: 'result', result: TEXT });
    });
  });

  it('is one use whose answer names the request that brought it', async () => {
    await open(asker2025('s'));
    await callAnswering(world);
    const events = await world.requests();
    expect(events.map(({ code }) => code)).toEqual(['TG1001', 'TG1007', 'TG1008', 'TG1002']);
    const ids = events.map(({ requestId }) => requestId);
    expect(ids[1]).toBe(ids[0]);
    expect(Number(ids[2])).toBe(Number(ids[0]) + 1);
  });

  it('asks one thing after another, those it asks at once too', async () => {
    const server = asker2025('s', []);
    const told: unknown[] = [];
    await open({
      ...server,
      async onCall(_, { onAsk, signal }) {
        const both = [FORM, FORM].map((question) => onAsk?.(question, signal));
        told.push(...(await Promise.all(both)));
      },
    });
    await callAnswering(world, ACCEPTED, 2);
    expect(told).toEqual([1, 2].map(() => ({ kind: 'result', result: ACCEPTED })));
  });

  it('asks by the error of its era to visit a URL, and is called again', async () => {
    const url = { mode: 'url', message: 'Sign in', url: 'https://a.example/', elicitationId: 'e' };
    const error = { code: -32042, message: 'sign in', data: { elicitations: [url] } };
    await open({ ...asker2025('s', []), answer: () => ({ kind: 'error', error }) });
    const reply = await call({ era: '2026' });
    expect(reply).toMatchObject({
      kind: 'result',
      result: {
        resultType: 'input_required',
        inputRequests: {
          'elicitation-1': {
            method: 'elicitation/create',
            params: {
              mode: 'url',
              message: 'Tool server "s" asks:\nSign in',
              url: 'https://a.example/',
            },
          },
        },
      },
    });
    expect(JSON.stringify(reply)).not.toContain('elicitationId');
    expect(await recorded()).toContain('TG1007 elicitation/create');
  });
});

describe('a tool server whose connection sessions share', () => {
  it.each<Era>(['2025', '2026'])('asks nobody anything (%s)', async (era) => {
    const server = era === '2025' ? asker2025('shared') : asker2026('shared');
    world = await WholeWorld.open({ shared: server });
    await world.grant('alice', ['permit: shared/*', 'permit: ask:shared/*']);
    const { asked, ask } = acceptingClient();
    await world.ask(
      'alice',
      'tools/call',
      { name: 'shared__read' },
      { capabilities: CAN_BE_ASKED, ask },
    );
    expect(asked).toEqual([]);
    expect((await world.requests()).find(({ code }) => code === 'TG1005')).toMatchObject({
      reason: 'client_incapable',
    });
  });
});

describe('a question', () => {
  it.each<[Era, Era]>([
    ['2025', '2025'],
    ['2025', '2026'],
    ['2026', '2025'],
    ['2026', '2026'],
  ])('of a %s server in prompts/get reaches a %s client', async (from, to) => {
    const result = { resultType: 'input_required', inputRequests: { q: FORM as unknown as Json } };
    const server =
      from === '2025'
        ? asker2025('s')
        : { ...asker2026('s'), answer: () => ({ kind: 'result', result }) as const };
    await open(server, [...ASK_RULES, 'permit: prompt:s/*']);
    const { asked, ask } = acceptingClient();
    const reply = await world.ask(
      'alice',
      'prompts/get',
      { name: 's__triage' },
      { era: to, capabilities: CAN_BE_ASKED, ...(to === '2025' ? { ask } : {}) },
    );
    const shown = to === '2025' ? JSON.stringify(asked) : JSON.stringify(reply);
    expect(shown).toContain('Tool server \\"s\\" asks:\\nYour name?');
  });
});
