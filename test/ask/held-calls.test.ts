import { describe, expect, it } from 'vitest';
import { createHandles, HANDLE_LIFE_MS } from '../../src/ask/handles.ts';
import { createHeldCalls } from '../../src/ask/held-calls.ts';
import { hmacJson } from '../../src/audit/digest.ts';
import type { Answer, BrokerReply, IncomingRequest } from '../../src/domain/broker.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';

const KEY = new Uint8Array(32);
const QUESTION = { method: 'elicitation/create', params: { message: 'm' } };

/** Held calls on a clock that stands still, and the clients and stories around them. */
class Holding {
  now = 1_000_000;
  readonly timers: { at: number; run: () => void }[] = [];
  #ids = 0;
  #salts = 0;
  readonly held = createHeldCalls({
    handles: createHandles(KEY, (size) => {
      this.#salts += 1;
      return new Uint8Array(size).fill(this.#salts);
    }),
    clock: { now: () => this.now },
    hmac: (value) => hmacJson(KEY, value),
    serverInfo: { name: 'toolgrant' },
    after: (ms, run) => {
      const timer = { at: this.now + ms, run };
      this.timers.push(timer);
      return () => this.timers.splice(this.timers.indexOf(timer), 1);
    },
  });

  /** Lets time pass. */
  pass(ms: number): void {
    this.now += ms;
    for (const timer of this.timers.filter(({ at }) => at <= this.now)) timer.run();
  }

  request(params: JsonObject = {}, session = 'ses_a', signal = new AbortController().signal) {
    this.#ids += 1;
    return {
      principal: { sessionId: session },
      era: '2026',
      clientCapabilities: { elicitation: {} },
      request: {
        jsonrpc: '2.0',
        id: this.#ids,
        method: 'tools/call',
        params: { name: 'ask', arguments: { a: 1 }, ...params },
      },
      signal,
      notify: () => {},
    } as unknown as IncomingRequest;
  }

  /** Begins a use that asks once and answers what it was told. */
  async begin(incoming = this.request()) {
    const answers: Answer[] = [];
    const reply = await this.held.answer(incoming, async (inner) => {
      const answer = (await inner.ask?.(QUESTION, inner.signal)) ?? { kind: 'cancelled' };
      answers.push(answer);
      return { kind: 'result', result: { told: answer as unknown as JsonObject } };
    });
    return { answers, handle: stateOf(reply), key: keyOf(reply), reply };
  }

  /** Brings an answer back; `begun` when it was taken for a use of its own. */
  bring(params: JsonObject, session?: string): Promise<BrokerReply> {
    return this.held.answer(this.request(params, session), async () => BEGUN);
  }
}

const BEGUN: BrokerReply = { kind: 'result', result: { begun: true } };
const stateOf = (reply: BrokerReply) =>
  reply.kind === 'result' ? String(member(reply.result, 'requestState')) : '';
const keyOf = (reply: BrokerReply) =>
  reply.kind === 'result'
    ? (Object.keys(member(reply.result, 'inputRequests') ?? {})[0] ?? '')
    : '';
const back = ({ handle, key }: { handle: string; key: string }, answer: JsonObject = {}) => ({
  requestState: handle,
  inputResponses: { [key]: answer },
});

describe('a held call', () => {
  it('ends the request of its client with the question', async () => {
    const { reply, handle, key } = await new Holding().begin();
    expect(reply).toEqual({
      kind: 'result',
      result: {
        _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'toolgrant' } },
        resultType: 'input_required',
        inputRequests: { [key]: QUESTION },
        requestState: handle,
      },
    });
  });

  it('goes on with the answer and gives its end to the request that brought it', async () => {
    const holding = new Holding();
    const begun = await holding.begin();
    const end = await holding.bring(back(begun, { action: 'accept' }));
    const answer = { kind: 'result', result: { action: 'accept' } };
    expect(begun.answers).toEqual([answer]);
    expect(end).toEqual({ kind: 'result', result: { told: answer } });
    expect(holding.held.size).toBe(0);
  });

  it('takes an answer once', async () => {
    const holding = new Holding();
    const begun = await holding.begin();
    await holding.bring(back(begun));
    expect(await holding.bring(back(begun))).toBe(BEGUN);
    expect(begun.answers).toHaveLength(1);
  });

  it('takes one of two that bring it at once', async () => {
    const holding = new Holding();
    const begun = await holding.begin();
    const ends = await Promise.all([holding.bring(back(begun)), holding.bring(back(begun))]);
    expect(ends.filter((end) => end === BEGUN)).toHaveLength(1);
    expect(begun.answers).toHaveLength(1);
  });

  it.each<[string, JsonObject, string?]>([
    ['another session', {}, 'ses_b'],
    ['another tool', { name: 'other' }],
    ['other arguments', { arguments: { a: 2 } }],
    ['arguments beside its own', { later: 1 }],
  ])('takes no answer that %s brings', async (_, params, session) => {
    const holding = new Holding();
    const begun = await holding.begin();
    expect(await holding.bring({ ...back(begun), ...params }, session)).toBe(BEGUN);
    expect(begun.answers).toEqual([]);
    expect(holding.held.size).toBe(1);
  });

  it.each<[string, (begun: { handle: string; key: string }) => JsonObject]>([
    ['without a state', ({ key }) => ({ inputResponses: { [key]: {} } })],
    [
      'with a state of somebody',
      ({ key }) => ({ requestState: 'x', inputResponses: { [key]: {} } }),
    ],
    ['under another key', ({ handle }) => ({ requestState: handle, inputResponses: { x: {} } })],
    ['that is a text', ({ handle, key }) => back({ handle, key }, 'yes' as never)],
    ['that is missing', ({ handle }) => ({ requestState: handle })],
  ])('takes no answer %s, and waits on', async (_, params) => {
    const holding = new Holding();
    const begun = await holding.begin();
    expect(await holding.bring(params(begun))).toBe(BEGUN);
    expect([begun.answers, holding.held.size]).toEqual([[], 1]);
  });

  it('is over when its life is, and its use cancelled', async () => {
    const holding = new Holding();
    const begun = await holding.begin();
    holding.pass(HANDLE_LIFE_MS.held);
    expect(await holding.bring(back(begun))).toBe(BEGUN);
    expect([begun.answers, holding.held.size]).toEqual([[{ kind: 'cancelled' }], 0]);
  });

  it('outlives the connection its question went out on', async () => {
    const holding = new Holding();
    const client = new AbortController();
    const begun = await holding.begin(holding.request({}, 'ses_a', client.signal));
    client.abort();
    await holding.bring(back(begun, { action: 'accept' }));
    expect(begun.answers).toMatchObject([{ kind: 'result' }]);
  });

  it('is cancelled with the request that waits for its end', async () => {
    const holding = new Holding();
    let signal: AbortSignal | undefined;
    const first = await holding.held.answer(holding.request(), async (inner) => {
      signal = inner.signal;
      await inner.ask?.(QUESTION, inner.signal);
      await new Promise<void>((resolve) => {
        if (inner.signal.aborted) resolve();
        else inner.signal.addEventListener('abort', () => resolve());
      });
      return { kind: 'cancelled' };
    });
    const client = new AbortController();
    const params = back({ handle: stateOf(first), key: keyOf(first) });
    const end = holding.held.answer(
      holding.request(params, 'ses_a', client.signal),
      async () => BEGUN,
    );
    client.abort();
    expect(await end).toEqual({ kind: 'cancelled' });
    expect(signal?.aborted).toBe(true);
  });

  it('is over when its use is stopped, and the answer comes too late', async () => {
    const holding = new Holding();
    const stop = new AbortController();
    const first = await holding.held.answer(holding.request(), async (inner) => {
      await inner.ask?.(QUESTION, stop.signal);
      return { kind: 'cancelled' };
    });
    stop.abort();
    await new Promise((go) => setImmediate(go));
    const params = back({ handle: stateOf(first), key: keyOf(first) });
    expect(await holding.bring(params)).toBe(BEGUN);
    expect(holding.held.size).toBe(0);
  });

  it('has a reply without the answer wait for the request that brings it', async () => {
    const holding = new Holding();
    const first = await holding.held.answer(holding.request(), async (inner) => {
      const asking = new AbortController();
      const answer = inner.ask?.(QUESTION, asking.signal);
      asking.abort();
      await answer;
      const isAwaited = await inner.isAwaited?.(inner.signal);
      return { kind: 'result', result: { isAwaited: isAwaited === true } };
    });
    expect(holding.held.size).toBe(1);
    const params = back({ handle: stateOf(first), key: keyOf(first) });
    expect(await holding.bring(params)).toEqual({ kind: 'result', result: { isAwaited: true } });
    expect(holding.held.size).toBe(0);
    expect(await holding.bring(params)).toBe(BEGUN);
  });

  it('has nobody wait for a reply beyond its life', async () => {
    const holding = new Holding();
    const { promise: heard, resolve } = Promise.withResolvers<unknown>();
    const first = await holding.held.answer(holding.request(), async (inner) => {
      const asking = new AbortController();
      const answer = inner.ask?.(QUESTION, asking.signal);
      asking.abort();
      await answer;
      resolve([await inner.isAwaited?.(new AbortController().signal), inner.signal.aborted]);
      return BEGUN;
    });
    await new Promise((go) => setImmediate(go));
    holding.pass(HANDLE_LIFE_MS.held);
    expect(await heard).toEqual([false, true]);
    const params = back({ handle: stateOf(first), key: keyOf(first) });
    expect(await holding.bring(params)).toBe(BEGUN);
  });

  it('keeps nothing of a use that ended and waited for nobody', async () => {
    const holding = new Holding();
    const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<BrokerReply>();
    const first = await holding.held.answer(holding.request(), (inner) => {
      void inner.ask?.(QUESTION, inner.signal);
      return gaveUp;
    });
    giveUp({ kind: 'result', result: { late: true } });
    await gaveUp;
    const params = back({ handle: stateOf(first), key: keyOf(first) });
    expect(await holding.bring(params)).toBe(BEGUN);
    expect(holding.held.size).toBe(0);
  });

  it('asks again under a new key and state', async () => {
    const holding = new Holding();
    const first = await holding.held.answer(holding.request(), async (inner) => {
      await inner.ask?.(QUESTION, inner.signal);
      await inner.ask?.(QUESTION, inner.signal);
      return { kind: 'result', result: { done: true } };
    });
    const one = { handle: stateOf(first), key: keyOf(first) };
    const second = await holding.bring(back(one));
    const two = { handle: stateOf(second), key: keyOf(second) };
    expect(two.key).not.toBe(one.key);
    expect(await holding.bring(back(one))).toBe(BEGUN);
    expect(await holding.bring(back(two))).toEqual({ kind: 'result', result: { done: true } });
  });

  it('names the request of its client that waits now', async () => {
    const holding = new Holding();
    const ids: unknown[] = [];
    const first = await holding.held.answer(holding.request(), async (inner) => {
      ids.push(inner.request.id);
      await inner.ask?.(QUESTION, inner.signal);
      ids.push(inner.request.id);
      return BEGUN;
    });
    await holding.bring(back({ handle: stateOf(first), key: keyOf(first) }));
    expect(ids).toEqual([1, 2]);
  });

  it('is not begun beyond what one session may hold, and leaves room for others', async () => {
    const holding = new Holding();
    for (let n = 0; n < 16; n += 1) await holding.begin();
    const { reply } = await holding.begin();
    expect(reply).toMatchObject({ kind: 'result', result: { told: { kind: 'error' } } });
    await holding.begin(holding.request({}, 'ses_b'));
    expect(holding.held.size).toBe(17);
  });

  it('is its story alone for a client that declares nothing to be asked, yet takes an answer up', async () => {
    const holding = new Holding();
    const held = await holding.begin();
    const incapable = (params?: JsonObject) =>
      Object.assign(holding.request(params), { clientCapabilities: { tasks: {} } });
    const plain = incapable();
    const seen: IncomingRequest[] = [];
    await holding.held.answer(plain, async (inner) => {
      seen.push(inner);
      return BEGUN;
    });
    expect(seen).toEqual([plain]);
    expect(seen[0]).toBe(plain);
    await holding.held.answer(incapable(back(held)), async () => BEGUN);
    expect(held.answers).toMatchObject([{ kind: 'result' }]);
  });

  it('rejects as its story does while a request waits', async () => {
    const holding = new Holding();
    const failed = holding.held.answer(holding.request(), async () => {
      throw new Error('broken');
    });
    await expect(failed).rejects.toThrow('broken');
  });
});
