import { describe, expect, it, vi } from 'vitest';
import { BrokerError } from '../../src/domain/errors.ts';
import { type JsonObject, member, stringMember } from '../../src/domain/json.ts';
import { stringifyJson } from '../../src/domain/json-text.ts';
import {
  callTool,
  isAlive,
  jsonOf,
  manualTimers,
  receiptFor,
  SERVERS,
  stdioSpec,
  textOf,
} from '../support/tool-servers/harness.ts';
import { until } from '../support/until.ts';
import { connect, logged, methods, raw } from './stdio-connection.ts';

describe('a call over stdio', () => {
  it('passes params on whole, and definitions as they came', async () => {
    const connection = await connect(raw());
    const params = { future: [1], _meta: { 'x/y': { z: null }, progressToken: 'not asked for' } };
    const reply = await callTool(connection, 'echo', { a: 1 }, { params });
    expect(jsonOf(reply)).toEqual({ name: 'echo', arguments: { a: 1 }, ...params });
    expect(connection.offer.tools[0]).toEqual({
      name: 'echo',
      description: 'says it again',
      inputSchema: { type: 'object', 'x-unknown': ['echo'] },
      future: { kept: true },
    });
  });

  it('passes unknown content, members and long numbers back as they came', async () => {
    const connection = await connect(raw());
    const reply = await callTool(connection, 'strange');
    expect(reply.kind === 'result' && stringifyJson(reply.result)).toBe(
      '{"content":[{"type":"hologram","beams":[1,{"__proto__":{"x":1}}]}],"task":{"taskId":"t"},"n":12345678901234567890,"zz":null}',
    );
  });

  it('passes errors on, unknown codes and members included', async () => {
    const connection = await connect(raw());
    expect(await callTool(connection, 'rpc_error')).toEqual({
      kind: 'error',
      error: { code: -31999, message: 'odd', data: { a: [1] }, hint: 'x' },
    });
  });

  it('gives each call its own answer when they come out of order', async () => {
    const connection = await connect(raw());
    const nonces = Array.from({ length: 50 }, (_, index) => `nonce ${index}`);
    const replies = await Promise.all(
      nonces.map((nonce) => callTool(connection, 'reverse', { nonce, of: nonces.length })),
    );
    expect(replies.map(textOf)).toEqual(nonces);
  });

  it('drops replies to requests it never made', async () => {
    const connection = await connect(raw());
    expect(textOf(await callTool(connection, 'stranger'))).toBe('mine');
    expect(textOf(await callTool(connection, 'junk'))).toBe('after junk');
    expect(logged.filter((line) => line.startsWith('reply to no request')).length).toBe(2);
  });

  it('adds a progress token of its own and hands progress out without it', async () => {
    const connection = await connect(raw());
    const onProgress = vi.fn();
    const reply = await callTool(connection, 'progress', {}, { onProgress });
    expect(onProgress.mock.calls).toEqual([[{ progress: 1, total: 2, unknown: { deep: true } }]]);
    expect(typeof member(jsonOf(reply), 'progressToken')).toBe('number');
  });

  it('asks for no progress that nobody wants', async () => {
    const connection = await connect(raw());
    expect(jsonOf(await callTool(connection, 'progress'))).toEqual({});
  });

  it('answers ping itself and hands other questions to its owner', async () => {
    const onAsk = vi.fn(async () => ({ code: -32000 - 601, message: 'no', data: 'why' }));
    const connection = await connect(raw(), { events: { onAsk } });
    expect(jsonOf(await callTool(connection, 'ask'))).toEqual({
      jsonrpc: '2.0',
      id: 'q1',
      error: { code: -32601, message: 'no', data: 'why' },
    });
    expect(onAsk.mock.calls).toEqual([
      [{ method: 'sampling/createMessage', params: { messages: [] } }],
    ]);
    const received = jsonOf(await callTool(connection, 'received'));
    expect(received).toContainEqual({ jsonrpc: '2.0', id: 'p1', result: {} });
  });

  it('answers a question that its owner fails to judge with an error', async () => {
    const onAsk = async () => Promise.reject(new Error('broken'));
    const connection = await connect(raw(), { events: { onAsk } });
    expect(jsonOf(await callTool(connection, 'ask'))).toMatchObject({ error: { code: -32603 } });
  });

  it('sends the cancellation of an aborted call with its own id', async () => {
    const connection = await connect(raw());
    const controller = new AbortController();
    const call = callTool(connection, 'hang', {}, { signal: controller.signal });
    await callTool(connection, 'echo');
    controller.abort();
    expect(await call).toEqual({ kind: 'cancelled' });
    const received = jsonOf(await callTool(connection, 'received')) as JsonObject[];
    const hang = received.find(
      (message) => stringMember(member(message, 'params'), 'name') === 'hang',
    );
    const cancelled = received.find(
      (message) => member(message, 'method') === 'notifications/cancelled',
    );
    expect(member(member(cancelled, 'params'), 'requestId')).toBe(member(hang, 'id'));
  });

  it('sends nothing for a call that was aborted before', async () => {
    const connection = await connect(raw());
    const mayWrite = vi.fn(() => true);
    const reply = await callTool(connection, 'echo', {}, { signal: AbortSignal.abort(), mayWrite });
    expect([reply, mayWrite.mock.calls.length]).toEqual([{ kind: 'cancelled' }, 0]);
  });

  it('sends neither a call that is aborted before its bytes leave nor its cancellation', async () => {
    const connection = await connect(raw());
    const controller = new AbortController();
    const mayWrite = vi.fn(() => true);
    const call = callTool(connection, 'crash', {}, { signal: controller.signal, mayWrite });
    controller.abort();
    expect([await call, mayWrite.mock.calls.length]).toEqual([{ kind: 'cancelled' }, 0]);
    const received = methods(jsonOf(await callTool(connection, 'received')));
    expect(received.filter((method) => method === 'tools/call')).toHaveLength(1);
    expect(received).not.toContain('notifications/cancelled');
  });

  it('fails a call whose last look fails, and sends nothing of it', async () => {
    const connection = await connect(raw());
    const mayWrite = () => {
      throw new BrokerError('ERR_STORE_LOCKED', 'no state');
    };
    const failure = { code: 'ERR_STORE_LOCKED' };
    await expect(callTool(connection, 'crash', {}, { mayWrite })).rejects.toMatchObject(failure);
    const received = methods(jsonOf(await callTool(connection, 'received')));
    expect(received.filter((method) => method === 'tools/call')).toHaveLength(1);
  });

  it('writes nothing when the last look says no', async () => {
    const connection = await connect(raw());
    const reply = await callTool(connection, 'crash', {}, { mayWrite: () => false });
    expect(reply).toEqual({ kind: 'not_sent' });
    const received = jsonOf(await callTool(connection, 'received'));
    expect(methods(received).filter((method) => method === 'tools/call')).toHaveLength(1);
  });

  it('writes nothing when the live definition is not the permitted one', async () => {
    const connection = await connect(raw());
    const receipt = { ...receiptFor(connection, 'crash'), definitionHash: 'f'.repeat(64) };
    const mayWrite = vi.fn(() => true);
    const hooks = { signal: new AbortController().signal, mayWrite };
    expect(await connection.call(receipt, { name: 'crash' }, hooks)).toEqual({ kind: 'not_sent' });
    expect(mayWrite).not.toHaveBeenCalled();
  });

  it('refuses an intent for another tool or another server', async () => {
    const connection = await connect(raw());
    const hooks = { signal: new AbortController().signal, mayWrite: () => true };
    const failure = { code: 'ERR_INTERNAL' };
    const echo = receiptFor(connection, 'echo');
    await expect(connection.call(echo, { name: 'crash' }, hooks)).rejects.toMatchObject(failure);
    const elsewhere = receiptFor(connection, 'echo', 'other');
    await expect(connection.call(elsewhere, { name: 'echo' }, hooks)).rejects.toMatchObject(
      failure,
    );
  });

  it('does not call a tool that changed since it was permitted, once the server said so', async () => {
    const onListChanged = vi.fn();
    const connection = await connect(raw(), { events: { onListChanged } });
    const before = receiptFor(connection, 'echo');
    await callTool(connection, 'change');
    expect(onListChanged.mock.calls).toEqual([['tools']]);
    const hooks = { signal: new AbortController().signal, mayWrite: () => true };
    expect(await connection.call(before, { name: 'echo' }, hooks)).toEqual({ kind: 'not_sent' });
    expect(stringMember((await connection.refresh()).tools[0], 'description')).toBe(
      'now something else',
    );
    expect((await callTool(connection, 'echo')).kind).toBe('result');
  });

  it('times out a call that is not answered, and says so to the server', async () => {
    const timers = manualTimers();
    const connection = await connect(raw(), { timers });
    const call = callTool(connection, 'hang');
    timers.advance(20_000);
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_TIMEOUT' });
    const received = jsonOf(await callTool(connection, 'received'));
    expect(methods(received)).toContain('notifications/cancelled');
  });

  it('ends a process that answers nothing any more after a timeout', async () => {
    const timers = manualTimers();
    const connection = await connect(raw(), { timers });
    const pid = member(jsonOf(await callTool(connection, 'pid')), 'pid') as number;
    const call = callTool(connection, 'block');
    timers.advance(20_000);
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_TIMEOUT' });
    await Promise.resolve();
    timers.advance(5_000);
    await connection.closed;
    await until(() => !isAlive(pid));
  });

  it('talks to a 2026 server with the envelope and the client’s own _meta', async () => {
    const connection = await connect(stdioSpec(SERVERS.modern));
    const reply = await callTool(
      connection,
      'fail',
      {},
      { params: { _meta: { traceparent: 't' } } },
    );
    expect(reply).toMatchObject({
      kind: 'result',
      result: { isError: true, resultType: 'complete', content: [{ type: 'text', text: 'no' }] },
    });
  });

  it('cancels a call of a 2026 server', async () => {
    const connection = await connect(stdioSpec(SERVERS.modern));
    const controller = new AbortController();
    const call = callTool(connection, 'wait', {}, { signal: controller.signal });
    controller.abort();
    expect(await call).toEqual({ kind: 'cancelled' });
    expect(textOf(await callTool(connection, 'add', { a: 2, b: 2 }))).toBe('4');
  });
});
