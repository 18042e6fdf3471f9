import { describe, expect, it, vi } from 'vitest';
import type { Question } from '../../src/domain/broker.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import type { RpcReply } from '../../src/domain/json-rpc.ts';
import {
  callTool,
  jsonOf,
  manualTimers,
  SERVERS,
  stdioSpec,
} from '../support/tool-servers/harness.ts';
import { until } from '../support/until.ts';
import { connect } from './stdio-connection.ts';

const sayer = stdioSpec(SERVERS.sayer);
const shared = stdioSpec(SERVERS.sayer, [], { isolation: 'shared' });
const capabilities = { elicitation: {} };
const QUESTION = { id: 'q', method: 'elicitation/create', params: { message: 'who?', more: [1] } };
const asking = (messages: readonly JsonObject[] = [QUESTION]) => ({ messages, waitFor: 'q' });
const accepted: RpcReply = { kind: 'result', result: { action: 'accept', content: { a: 1 } } };

/** A question that a test answers as it likes. */
function asked() {
  const { promise, resolve } = Promise.withResolvers<RpcReply>();
  let signal: AbortSignal | undefined;
  const onAsk = vi.fn((_question: Question, given: AbortSignal) => {
    signal = given;
    return promise;
  });
  const isVoid = async (): Promise<void> => void (await until(() => signal?.aborted));
  return { onAsk, answer: resolve, isVoid };
}

describe('what a tool server asks while its one call runs', () => {
  it('goes to the call with its params, and the answer back', async () => {
    const connection = await connect(sayer, { capabilities });
    const onAsk = vi.fn(async () => accepted);
    const reply = await callTool(connection, 'say', asking(), { onAsk });
    expect(onAsk.mock.calls).toEqual([
      [{ method: 'elicitation/create', params: QUESTION.params }, expect.any(AbortSignal)],
    ]);
    expect(jsonOf(reply)).toEqual({
      jsonrpc: '2.0',
      id: 'q',
      result: accepted.kind === 'result' && accepted.result,
    });
  });

  it('is answered with an error when that is the answer', async () => {
    const connection = await connect(sayer, { capabilities });
    const error = { code: -1, message: 'not now', data: { why: 1 } };
    const reply = await callTool(connection, 'say', asking(), {
      onAsk: async () => ({ kind: 'error', error }),
    });
    expect(jsonOf(reply)).toEqual({ jsonrpc: '2.0', id: 'q', error });
  });

  it('is answered with an error when nobody can tell', async () => {
    const connection = await connect(sayer, { capabilities });
    const reply = await callTool(connection, 'say', asking(), {
      onAsk: () => Promise.reject(new Error('broken')),
    });
    expect(jsonOf(reply)).toMatchObject({ error: { code: -32603 } });
  });

  it.each<[string, Parameters<typeof connect>[0], JsonObject]>([
    ['was shown no capabilities', sayer, {}],
    ['is shared between sessions', shared, capabilities],
  ])('is refused on a connection that %s', async (_what, spec, shown) => {
    const connection = await connect(spec, { capabilities: shown });
    const onAsk = vi.fn(async () => accepted);
    const reply = await callTool(connection, 'say', asking(), { onAsk });
    expect([onAsk.mock.calls, member(jsonOf(reply), 'error')]).toEqual([
      [],
      { code: -32601, message: 'Method not found' },
    ]);
  });

  it('is refused while several calls run, of which nobody knows which asks', async () => {
    const connection = await connect(sayer, { capabilities });
    const onAsk = vi.fn(async () => accepted);
    const controller = new AbortController();
    const other = callTool(connection, 'never', {}, { signal: controller.signal, onAsk });
    const reply = await callTool(connection, 'say', asking(), { onAsk });
    controller.abort();
    await other;
    expect([onAsk.mock.calls, jsonOf(reply)]).toMatchObject([[], { error: { code: -32601 } }]);
  });

  it('is void once the tool server takes it back, and is not answered', async () => {
    const connection = await connect(sayer, { capabilities });
    const { onAsk, answer, isVoid } = asked();
    const takenBack = { method: 'notifications/cancelled', params: { requestId: 'q' } };
    const controller = new AbortController();
    const hooks = { onAsk, signal: controller.signal };
    const call = callTool(connection, 'never', { messages: [QUESTION, takenBack] }, hooks);
    await isVoid();
    answer(accepted);
    const received = jsonOf(await callTool(connection, 'received')) as JsonObject[];
    expect(received.filter((message) => message.id === 'q')).toEqual([]);
    controller.abort();
    await call;
  });

  it('is void once its call is cancelled', async () => {
    const connection = await connect(sayer, { capabilities });
    const { onAsk, isVoid } = asked();
    const controller = new AbortController();
    const hooks = { onAsk, signal: controller.signal };
    const call = callTool(connection, 'say', asking(), hooks);
    await until(() => onAsk.mock.calls.length > 0);
    controller.abort();
    await isVoid();
    expect(await call).toEqual({ kind: 'cancelled' });
  });

  it('is void once the tool server is gone', async () => {
    const connection = await connect(sayer, { capabilities });
    const { onAsk, isVoid } = asked();
    const call = callTool(connection, 'say', asking(), { onAsk }).catch(() => 'failed');
    await until(() => onAsk.mock.calls.length > 0);
    await connection.close();
    await isVoid();
    expect(await call).toBe('failed');
  });

  it('stops the clock of the call, and starts it anew with the answer', async () => {
    const timers = manualTimers();
    const connection = await connect(sayer, { capabilities, timers });
    const { onAsk, answer } = asked();
    const call = callTool(connection, 'say', asking(), { onAsk });
    await until(() => onAsk.mock.calls.length > 0);
    timers.advance(9 * 60_000);
    answer(accepted);
    expect((await call).kind).toBe('result');
  });

  it('does not keep its call for ever', async () => {
    const timers = manualTimers();
    const connection = await connect(sayer, { capabilities, timers });
    const { onAsk, isVoid } = asked();
    const call = callTool(connection, 'say', asking(), { onAsk });
    await until(() => onAsk.mock.calls.length > 0);
    timers.advance(10 * 60_000);
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_TIMEOUT' });
    await isVoid();
  });
});
