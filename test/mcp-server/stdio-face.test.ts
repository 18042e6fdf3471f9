import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Credential } from '../../src/domain/broker.ts';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { serveStdio } from '../../src/mcp-server/stdio-face.ts';
import type { StdioLimits } from '../../src/mcp-server/stdio-limits.ts';
import { FakeBroker, principalOf } from './fake-broker.ts';

const GOOD: Credential = { kind: 'token', token: 'token-a' };
const META_2026 = {
  [ENVELOPE_KEYS.protocolVersion]: '2026-07-28',
  [ENVELOPE_KEYS.clientCapabilities]: {},
};

function start(credential: Credential | undefined, limits: Partial<StdioLimits> = {}) {
  const broker = new FakeBroker();
  const input = new PassThrough();
  const output = new PassThrough();
  const face = serveStdio({ broker, credential, input, output, log: SILENT_LOG, limits });
  const messages: JsonObject[] = [];
  const waiting: (() => void)[] = [];
  let rest = '';
  const readAll = () =>
    output.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) messages.push(JSON.parse(line));
      for (const wake of waiting.splice(0)) wake();
    });
  return {
    broker,
    input,
    output,
    face,
    messages,
    readAll,
    sendText: (text: string) => input.write(text),
    send: (...sent: JsonObject[]) =>
      input.write(sent.map((one) => `${JSON.stringify({ jsonrpc: '2.0', ...one })}\n`).join('')),
    received: async (count: number) => {
      while (messages.length < count) await new Promise<void>((wake) => waiting.push(wake));
      return messages;
    },
  };
}

/** Started, with a client that reads. Without an argument the credential is good. */
function serving(...args: [Credential | undefined, Partial<StdioLimits>?] | []) {
  const started = args.length === 0 ? start(GOOD) : start(...args);
  started.readAll();
  return started;
}

const call = (id: string | number, name: string, more: JsonObject = {}): JsonObject => ({
  id,
  method: 'tools/call',
  params: { name, ...more },
});

describe('serveStdio without a usable credential', () => {
  it('answers the first request with the remedy and ends with 1', async () => {
    const { send, face, messages, broker } = serving(undefined);
    send({ id: 1, method: 'initialize', params: {} });
    expect(await face.exitCode).toBe(1);
    expect(messages).toMatchObject([{ id: 1, error: { code: -31001 } }]);
    expect(broker.handled).toEqual([]);
  });

  it('answers every request that arrived with the same error and ends with 1', async () => {
    const { send, face, messages, broker } = serving({ kind: 'token', token: 'canary' });
    send({ id: 1, method: 'initialize' }, { id: 2, method: 'tools/list' }, { id: 3, method: 'x' });
    expect(await face.exitCode).toBe(1);
    expect(messages.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(new Set(messages.map(({ error }) => JSON.stringify(error))).size).toBe(1);
    expect(messages[0]).toMatchObject({ error: { code: -31002 } });
    expect(JSON.stringify(messages)).not.toContain('canary');
    expect(broker.handled).toEqual([]);
    expect(broker.noted).toEqual([]);
  });

  it('stays silent to notifications, and refuses the request after them', async () => {
    const { send, face, messages } = serving(undefined);
    send({ method: 'notifications/initialized' }, { id: 'a', method: 'ping' });
    expect(await face.exitCode).toBe(1);
    expect(messages).toMatchObject([{ id: 'a', error: { code: -31001 } }]);
  });

  it('ends with 0 when the client leaves without a word', async () => {
    const { input, face, messages, broker } = serving(undefined);
    input.end();
    expect(await face.exitCode).toBe(0);
    expect(messages).toEqual([]);
    expect(broker.presented).toEqual([]);
  });
});

describe('serveStdio with a session', () => {
  it('authenticates every request anew', async () => {
    const { send, received, broker } = serving();
    send({ id: 1, method: 'ping' }, { id: 2, method: 'ping' });
    await received(2);
    expect(broker.presented).toEqual([GOOD, GOOD]);
  });

  it('answers with its own code once the session has ended, and ends with 1', async () => {
    const { send, received, face, messages, broker } = serving();
    send({ id: 1, method: 'ping' });
    await received(1);
    broker.ended.add(principalOf('a').sessionId);
    send({ id: 2, method: 'ping' });
    expect(await face.exitCode).toBe(1);
    expect(messages).toMatchObject([
      { id: 1, result: {} },
      { id: 2, error: { code: -31003 } },
    ]);
  });

  it('ends with 1 when its session ends while it asks nothing', async () => {
    const { broker, face, messages, received, send } = serving();
    send({ id: 1, method: 'ping' });
    await received(1);
    broker.watched.get(principalOf('a').sessionId)?.tell({ kind: 'ended' });
    expect(await face.exitCode).toBe(1);
    expect(messages).toHaveLength(1);
    expect(broker.watched.size).toBe(0);
  });

  it('tells a client that said initialize that its tools changed, and no other', async () => {
    const { broker, received, send } = serving();
    const tell = () =>
      broker.watched.get(principalOf('a').sessionId)?.tell({ kind: 'list_changed', of: 'tools' });
    send({ id: 1, method: 'ping' });
    await received(1);
    tell();
    send({ id: 2, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
    await received(2);
    tell();
    const messages = await received(3);
    expect(messages[2]).toEqual({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    expect(messages.map(({ id }) => id)).toEqual([1, 2, undefined]);
  });

  it('cancels and answers what is in flight when the session ends under a call', async () => {
    const { send, face, messages, broker } = serving();
    send(call(1, 'hang'));
    await broker.running(1);
    send(call(2, 'ended'));
    expect(await face.exitCode).toBe(1);
    expect(messages.map(({ id, error }) => [id, (error as JsonObject).code])).toEqual([
      [2, -31003],
      [1, -31003],
    ]);
  });

  it('answers -32603 without detail when the broker throws, and goes on', async () => {
    const { send, received, messages } = serving();
    send(call(1, 'boom'));
    await received(1);
    send({ id: 2, method: 'ping' });
    await received(2);
    expect(messages).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'Internal error' } },
      { jsonrpc: '2.0', id: 2, result: {} },
    ]);
  });

  it('refuses a request while its first use cannot be recorded', async () => {
    const { send, received, messages, broker } = serving();
    broker.failsToNote = true;
    send({ id: 1, method: 'tools/list' });
    await received(1);
    expect(messages).toMatchObject([{ error: { code: -32603 } }]);
    expect(broker.handled).toEqual([]);
  });

  it('answers -32603 while state cannot be read, and does not end', async () => {
    const { send, received, messages, broker } = serving();
    broker.stateIsUnreadable = true;
    send({ id: 1, method: 'tools/list' });
    await received(1);
    broker.stateIsUnreadable = false;
    send({ id: 2, method: 'ping' });
    await received(2);
    expect(messages).toMatchObject([
      { id: 1, error: { code: -32603 } },
      { id: 2, result: {} },
    ]);
  });

  it('answers -32603 when authentication itself breaks', async () => {
    const { send, received, messages, broker } = serving();
    broker.failsToAuthenticate = true;
    send({ id: 1, method: 'tools/list' });
    await received(1);
    expect(messages).toMatchObject([{ error: { code: -32603, message: 'Internal error' } }]);
    expect(broker.handled).toEqual([]);
  });

  it('notes the client once, with what it says of itself', async () => {
    const { send, received, broker } = serving();
    const clientInfo = { name: 'cli', version: '3' };
    send({ id: 1, method: 'initialize', params: { clientInfo } }, { id: 2, method: 'tools/list' });
    await received(2);
    expect(broker.noted).toEqual([
      { sessionId: principalOf('a').sessionId, transport: 'stdio', clientInfo },
    ]);
  });
});

describe('serveStdio and the eras', () => {
  it.each([
    ['2024-11-05', '2024-11-05'],
    ['2025-06-18', '2025-06-18'],
    ['2026-07-28', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
  ])('agrees for an initialize that asks for %s on %s', async (asked, agreed) => {
    const { send, received, broker } = serving();
    send({ id: 1, method: 'initialize', params: { protocolVersion: asked } });
    await received(1);
    send({ id: 2, method: 'tools/list' });
    await received(2);
    expect(broker.handled.map(({ era, revision }) => [era, revision])).toEqual([
      ['2025', agreed],
      ['2025', agreed],
    ]);
  });

  it('takes a request without envelope before any initialize for the newest of 2025', async () => {
    const { send, received, broker } = serving();
    send({ id: 1, method: 'tools/list' });
    await received(1);
    expect(broker.handled[0]).toMatchObject({ era: '2025', revision: '2025-11-25' });
  });

  it('takes a request with an envelope for 2026, with its client', async () => {
    const { send, received, broker } = serving();
    const clientInfo = { name: 'new', version: '9' };
    const _meta = { ...META_2026, [ENVELOPE_KEYS.clientInfo]: clientInfo };
    send({ id: 1, method: 'tools/list', params: { _meta } });
    await received(1);
    expect(broker.handled[0]).toMatchObject({ era: '2026', revision: '2026-07-28', clientInfo });
  });

  it('refuses an incomplete envelope with -32602', async () => {
    const { send, received, messages, broker } = serving();
    const _meta = { [ENVELOPE_KEYS.protocolVersion]: '2026-07-28' };
    send({ id: 1, method: 'tools/list', params: { _meta } });
    await received(1);
    expect(messages).toMatchObject([{ id: 1, error: { code: -32602 } }]);
    expect(broker.handled).toEqual([]);
  });

  it('names the supported revisions to an envelope of an unknown one', async () => {
    const { send, received, messages } = serving();
    const _meta = { ...META_2026, [ENVELOPE_KEYS.protocolVersion]: '2031-01-01' };
    send({ id: 1, method: 'tools/list', params: { _meta } });
    await received(1);
    expect(messages).toMatchObject([
      { id: 1, error: { code: -32022, data: { requested: '2031-01-01' } } },
    ]);
  });
});

describe('serveStdio and what is not a message', () => {
  it.each([
    ['not json\n', -32700],
    ['{"jsonrpc":"2.0"\n', -32700],
    [`${'['.repeat(10_000)}\n`, -32700],
    ['[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n', -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"ping"}\n', -32600],
    ['"hello"\n', -32600],
  ])('answers %j with %i and goes on', async (text, code) => {
    const { sendText, send, received, messages } = serving();
    sendText(text);
    send({ id: 'next', method: 'ping' });
    await received(2);
    expect(messages).toMatchObject([
      { id: null, error: { code } },
      { id: 'next', result: {} },
    ]);
  });

  it('answers bytes that are not UTF-8 with -32700', async () => {
    const { input, received, messages } = serving();
    input.write(Buffer.from([0x22, 0xff, 0x22, 0x0a]));
    await received(1);
    expect(messages).toMatchObject([{ id: null, error: { code: -32700 } }]);
  });

  it('refuses a line beyond the limit once and goes on after it', async () => {
    const { sendText, send, received, messages } = serving(GOOD, { maxMessageBytes: 1000 });
    for (let part = 0; part < 10; part += 1) sendText('x'.repeat(500));
    sendText('\n');
    send({ id: 1, method: 'ping' });
    await received(2);
    expect(messages).toMatchObject([{ id: null, error: { code: -32600 } }, { id: 1 }]);
  });

  it('keeps an id in flight unique, and the first request its answer', async () => {
    const { send, received, messages, broker } = serving();
    send(call(1, 'hang'));
    await broker.running(1);
    send(call(1, 'echo'), call('1', 'echo'));
    await received(2);
    expect(messages).toMatchObject([{ id: null, error: { code: -32600 } }, { id: '1' }]);
    expect(broker.handled).toHaveLength(2);
  });

  it('drops responses and unknown notifications', async () => {
    const { send, received, messages, broker } = serving();
    send({ id: 9, result: {} }, { method: 'notifications/whatever' }, { id: 1, method: 'ping' });
    await received(1);
    expect(messages).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
    expect(broker.handled).toHaveLength(1);
  });
});

describe('serveStdio while a call runs', () => {
  it('passes an integer beyond 2^53 on as it was sent', async () => {
    const { sendText, received, messages } = serving();
    sendText(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"n":12345678901234567890}}}\n',
    );
    await received(1);
    expect(messages).toMatchObject([
      { result: { content: [{ text: '{"n":12345678901234567890}' }] } },
    ]);
  });

  it('cancels the request the client names and says nothing more of it', async () => {
    const { send, received, messages, broker } = serving();
    send(call(1, 'hang'));
    await broker.running(1);
    send({ method: 'notifications/cancelled', params: { requestId: '1' } });
    send({ method: 'notifications/cancelled', params: { requestId: 1 } });
    await broker.cancellations(1);
    send({ id: 2, method: 'ping' });
    await received(1);
    expect(messages).toEqual([{ jsonrpc: '2.0', id: 2, result: {} }]);
  });

  it('keeps an answer that comes after the cancellation to itself', async () => {
    const { send, received, messages, broker } = serving();
    send(call(1, 'stubborn'));
    await broker.running(1);
    send({ method: 'notifications/cancelled', params: { requestId: 1 } });
    await broker.cancellations(1);
    send({ id: 2, method: 'ping' });
    await received(1);
    expect(messages).toEqual([{ jsonrpc: '2.0', id: 2, result: {} }]);
  });

  it("puts the client's own token on progress", async () => {
    const { send, received, messages } = serving();
    send(call(1, 'progress', { _meta: { progressToken: 'mine' } }));
    await received(3);
    expect(messages.slice(0, 2)).toEqual(
      [1, 2].map((progress) => ({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progress, progressToken: 'mine' },
      })),
    );
  });

  it('drops progress nobody asked for', async () => {
    const { send, received, messages } = serving();
    send(call(1, 'progress'));
    await received(1);
    expect(messages).toMatchObject([{ id: 1, result: { content: [] } }]);
  });

  it('answers what is quick and cancels what is not when input ends, then ends with 0', async () => {
    const { send, input, face, messages, broker } = serving(GOOD, { graceMs: 1 });
    send(call(1, 'hang'), call(2, 'echo'));
    input.end();
    expect(await face.exitCode).toBe(0);
    expect(broker.cancelled).toEqual([1]);
    expect(messages.map(({ id }) => id)).toEqual([2]);
  });

  it('answers what it cancels with -32603 when closed, and ends with 0', async () => {
    const { send, face, messages, broker } = serving();
    send(call(1, 'hang'));
    await broker.running(1);
    await face.close();
    expect(await face.exitCode).toBe(0);
    expect(messages).toMatchObject([{ id: 1, error: { code: -32603 } }]);
  });

  it('does not wait beyond its bound for a call that never settles', async () => {
    const { send, input, face, broker } = serving(GOOD, { graceMs: 1, settleMs: 1 });
    broker.handle = () => new Promise(() => {});
    send({ id: 1, method: 'ping' });
    input.end();
    expect(await face.exitCode).toBe(0);
  });

  it('drops a client that does not read, and cancels its calls', async () => {
    const { send, face, broker, output } = start(GOOD, {
      maxQueuedBytes: 4 * 1024 * 1024,
      settleMs: 1000,
    });
    send(call(1, 'flood', { _meta: { progressToken: 1 } }));
    expect(await face.exitCode).toBe(1);
    expect(broker.cancelled).toEqual([1]);
    expect(output.writableLength + output.readableLength).toBeLessThan(8 * 1024 * 1024);
  });

  it('ends when nobody is there to write to', async () => {
    const { output, face } = serving();
    output.destroy();
    expect(await face.exitCode).toBe(0);
  });

  it('refuses what is beyond the bound on calls in flight, and still hears cancellations', async () => {
    const { send, received, messages, broker } = serving(GOOD, { maxInFlight: 2 });
    send(call(1, 'hang'), call(2, 'hang'), call(3, 'hang'));
    await received(1);
    expect(messages).toMatchObject([{ id: 3, error: { code: -32603 } }]);
    await broker.running(2);
    send({ method: 'notifications/cancelled', params: { requestId: 1 } });
    await broker.cancellations(1);
    expect(broker.cancelled).toEqual([1]);
  });
});
