import { describe, expect, it } from 'vitest';
import { nothingSpent } from '../../src/admit/admit.ts';
import type { Answering } from '../../src/answer/answering.ts';
import { answerInRounds } from '../../src/answer/input-rounds.ts';
import { createInFlight } from '../../src/dispatch/in-flight.ts';
import type { BrokerReply, IncomingRequest } from '../../src/domain/broker.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import { type Json, member } from '../../src/domain/json.ts';
import type { UseReply } from '../../src/handle-request.ts';

const DONE: BrokerReply = { kind: 'result', result: { done: true } };

/** Rounds of a tool server that has a state and asks nothing, `idle` times. */
async function run(idle: number, signal = new AbortController().signal) {
  const waits: number[] = [];
  const refused: EventDraft[] = [];
  const broker = {
    inFlight: createInFlight(),
    log: { warn() {} },
    refusals: { refused: async (event: EventDraft) => void refused.push(event) },
    timers: {
      after(ms: number, resume: () => void) {
        waits.push(ms);
        resume();
        return () => {};
      },
    },
  } as unknown as Answering;
  const states: (Json | undefined)[] = [];
  const incoming = {
    signal,
    principal: { sessionId: 'ses_a', subject: 'alice' },
    origin: { transport: 'http' },
    revision: '2025-11-25',
    request: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x', a: 1 } },
  } as unknown as IncomingRequest;
  const reply = await answerInRounds(
    incoming,
    async ({ request }): Promise<UseReply> => {
      states.push(member(request.params, 'requestState'));
      expect(request.params).toMatchObject({ name: 'x', a: 1 });
      if (states.length > idle) return DONE;
      const result = { resultType: 'input_required', requestState: `state ${states.length}` };
      const target = { kind: 'tool', server: 's', tool: 'x' } as const;
      const refused = { kind: 'method' } as const;
      return { kind: 'input_required', result, target, refused, spent: nothingSpent() };
    },
    broker,
  );
  return { reply, states, waits, refused };
}

describe('rounds with a state and no question', () => {
  it('bring the state back, each after a longer wait', async () => {
    expect(await run(3)).toEqual({
      reply: DONE,
      states: [undefined, 'state 1', 'state 2', 'state 3'],
      waits: [100, 200, 400],
      refused: [],
    });
  });

  it('are eight at most', async () => {
    const { reply, states, refused } = await run(100);
    expect(reply).toEqual({ kind: 'error', error: { code: -32603, message: 'Internal error' } });
    expect(states).toHaveLength(9);
    expect(refused).toMatchObject([
      { code: 'TG1003', server: 's', tool: 'x', outcome: 'failed', reason: 'ERR_SERVER_LIMIT' },
    ]);
  });

  it('end when the client goes away', async () => {
    const { reply, states } = await run(100, AbortSignal.abort());
    expect([reply, states.length]).toEqual([{ kind: 'cancelled' }, 1]);
  });
});
