import { afterEach, describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import {
  ACCEPTED,
  acceptingClient,
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
import type { Asking, WholeWorld } from '../support/whole/whole-world.ts';

let world: WholeWorld;
afterEach(() => world.close());

const open = async (...of: Parameters<typeof openAsking>): Promise<void> => {
  world = await openAsking(...of);
};
const call = (how: Asking, params?: JsonObject) => callRead(world, how, params);

describe('a 2026 tool server that asks a 2026 client', () => {
  it('has its result passed on, its state sealed, and gets its own state back', async () => {
    await open(asker2026('s'));
    const end = await callAnswering(world);
    expect(end).toMatchObject({ ...TEXT, resultType: 'complete' });
    expect(world.servers.reached.map(({ params }) => params)).toMatchObject([
      { name: 'read' },
      { inputResponses: { name: ACCEPTED }, requestState: 'state of the server' },
    ]);
  });

  it('shows nothing of its state to the client', async () => {
    await open(asker2026('s'));
    const reply = JSON.stringify(await call({ era: '2026' }));
    expect(reply).toContain('requestState');
    expect(reply).not.toContain('state of the server');
  });

  it('is two uses, each with its intent, the questions and answers beside them', async () => {
    await open(asker2026('s'));
    await callAnswering(world);
    expect((await world.requests()).map(({ code }) => code)).toEqual([
      'TG1001',
      'TG1007',
      'TG1002',
      'TG1001',
      'TG1008',
      'TG1002',
    ]);
  });

  it('may have no state, and then none is added', async () => {
    await open(asker2026('s', { name: FORM }, null));
    const reply = await call({ era: '2026' });
    expect(reply.kind === 'result' && Object.hasOwn(reply.result, 'requestState')).toBe(false);
    expect(await callAnswering(world)).toMatchObject(TEXT);
  });

  it.each<[string, readonly string[], JsonObject, string]>([
    ['no rule permits', ['permit: s/*'], CAN_BE_ASKED, 'ask_not_granted'],
    ['the client cannot be asked', ASK_RULES, { roots: {} }, 'client_incapable'],
  ])('is refused whole where %s', async (_, rules, capabilities, reason) => {
    await open(asker2026('s', { roots: { method: 'roots/list', params: {} }, name: FORM }), [
      ...rules,
      'permit: ask:s/roots',
    ]);
    const reply = await call({ era: '2026', capabilities });
    expect(reply).toMatchObject({ kind: 'result', result: { isError: true } });
    expect(JSON.stringify(reply)).not.toContain('inputRequests');
    expect((await world.requests()).at(-1)).toMatchObject({ code: 'TG1002', reason });
  });

  it('is refused the answer once what it asked may not be asked any more', async () => {
    await open(asker2026('s'), ['permit: s/*']);
    await world.grant('alice', ['permit: ask:s/elicitation'], { id: 'ask' });
    const reply = await call({ era: '2026' });
    await world.revokeGrant('ask');
    const again = await call(
      { era: '2026' },
      bringing(reply.kind === 'result' ? reply.result : {}),
    );
    expect(again).toMatchObject({ kind: 'result', result: { isError: true } });
    expect(world.servers.reached).toHaveLength(1);
  });

  it('tells a client what capability it lacks, and never one that only the grant keeps from it', async () => {
    const error = {
      code: -32021,
      message: 'x',
      data: { requiredCapabilities: { elicitation: {} } },
    };
    await open({ ...asker2026('s'), answer: () => ({ kind: 'error', error }) });
    expect(await call({ era: '2026', capabilities: {} })).toMatchObject({
      kind: 'error',
      error: { code: -32021, data: error.data },
    });
    await world.grant('alice', ['permit: s/*']);
    for (const capabilities of [{}, CAN_BE_ASKED]) {
      expect(await call({ era: '2026', capabilities })).toMatchObject({
        kind: 'result',
        result: { isError: true },
      });
    }
  });
});

describe('a 2026 tool server that asks a 2025 client', () => {
  it('has each question asked by a request, and is called again with the answers', async () => {
    const roots = { method: 'roots/list', params: {} };
    await open(asker2026('s', { name: FORM, roots }), [...ASK_RULES, 'permit: ask:s/roots']);
    const { asked, ask } = acceptingClient();
    const reply = await call({ ask });
    expect(asked.map(({ method }) => method)).toEqual(['elicitation/create', 'roots/list']);
    expect(reply).toMatchObject({ kind: 'result', result: TEXT });
    expect(JSON.stringify(reply)).not.toContain('resultType');
    expect(world.servers.reached.map(({ params }) => params)).toMatchObject([
      { name: 'read' },
      {
        inputResponses: { name: ACCEPTED, roots: ACCEPTED },
        requestState: 'state of the server',
      },
    ]);
    expect(new Set(world.servers.reached.map(({ intent }) => intent)).size).toBe(2);
  });

  it('takes an elicitation that failed at the client for one that was dismissed', async () => {
    await open(asker2026('s'));
    await call(acceptingClient({ kind: 'error', error: { code: -1, message: 'x' } }));
    expect(world.servers.reached[1]?.params).toMatchObject({
      inputResponses: { name: { action: 'cancel' } },
    });
  });

  it('gets no answer once the right to ask was revoked while the person was typing', async () => {
    await open(asker2026('s', { name: FORM }, null), ['permit: s/*']);
    await world.grant('alice', ['permit: ask:s/elicitation'], { id: 'ask' });
    const reply = await call({
      async ask() {
        await world.revokeGrant('ask');
        return { kind: 'result', result: ACCEPTED };
      },
    });
    expect(reply).toMatchObject({ kind: 'result', result: { isError: true } });
    expect(world.servers.reached).toHaveLength(1);
  });

  it('is called no more than nine times, however often it asks', async () => {
    const again = asker2026('s');
    const result = {
      resultType: 'input_required',
      inputRequests: { name: FORM as unknown as Json },
    };
    await open({ ...again, answer: () => ({ kind: 'result', result }) });
    const { asked, ask } = acceptingClient();
    expect(await call({ ask })).toMatchObject({ kind: 'error', error: { code: -32603 } });
    expect(asked).toHaveLength(8);
    expect(world.servers.reached).toHaveLength(9);
  });

  it('is not called again once the right was revoked while the person was typing', async () => {
    await open(asker2026('s'), ['permit: ask:s/elicitation']);
    await world.grant('alice', ['permit: s/*'], { id: 'tool' });
    let wasTakenBack = false;
    const reply = await call({
      async ask(_, signal) {
        const { promise, resolve } = Promise.withResolvers<void>();
        signal.addEventListener('abort', () => resolve());
        void world.revokeGrant('tool');
        await promise;
        wasTakenBack = true;
        return { kind: 'cancelled' };
      },
    });
    expect(wasTakenBack).toBe(true);
    expect(reply).toMatchObject({ kind: 'error', error: { message: 'Unknown tool: s__read' } });
    expect(world.servers.reached).toHaveLength(1);
  });
});
