import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { serveStdio } from '../../src/mcp-server/stdio-face.ts';
import type { StdioLimits } from '../../src/mcp-server/stdio-limits.ts';
import { FakeBroker, principalOf } from './fake-broker.ts';

const _meta = {
  [ENVELOPE_KEYS.protocolVersion]: '2026-07-28',
  [ENVELOPE_KEYS.clientCapabilities]: {},
};
const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';
const INITIALIZE: JsonObject = {
  id: 'init',
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: { elicitation: {} } },
};
const asks = (id: string): JsonObject => ({ id, method: 'tools/call', params: { name: 'asks' } });
const listen = (id: string | number, notifications: JsonObject): JsonObject => ({
  id,
  method: 'subscriptions/listen',
  params: { notifications, _meta },
});

const opened: ReturnType<typeof serveStdio>[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((face) => face.close()));
});

/** A face and a client that reads: messages are taken one after another. */
function serving(limits: Partial<StdioLimits> = {}) {
  const broker = new FakeBroker();
  const input = new PassThrough();
  const output = new PassThrough();
  const face = serveStdio({
    broker,
    credential: { kind: 'token', token: 'token-a' },
    input,
    output,
    log: SILENT_LOG,
    limits,
  });
  opened.push(face);
  const messages: JsonObject[] = [];
  let wake = (): void => {};
  let rest = '';
  output.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) messages.push(JSON.parse(line));
    wake();
  });
  const next = async (): Promise<JsonObject> => {
    for (;;) {
      const message = messages.shift();
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const send = (message: JsonObject) =>
    void input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  return {
    broker,
    face,
    input,
    messages,
    next,
    send,
    /** Asks for an answer, so that whatever was sent before has been dealt with. */
    pinged: async () => {
      send({ id: 'ping', method: 'ping' });
      return next();
    },
    initialized: async () => {
      send(INITIALIZE);
      return next();
    },
  };
}

const told = (message: JsonObject): unknown =>
  JSON.parse(((message.result as JsonObject).content as { text: string }[])[0]?.text ?? '');

describe('a question to a client over stdio', () => {
  it('is a request of ours, and its answer goes to whoever asked', async () => {
    const { send, next, initialized } = serving();
    await initialized();
    send(asks('call'));
    const question = await next();
    expect(question).toMatchObject({ jsonrpc: '2.0', method: 'elicitation/create' });
    send({ id: question.id as number, result: { action: 'accept', content: { name: 'Al' } } });
    expect(told(await next())).toEqual({
      kind: 'result',
      result: { action: 'accept', content: { name: 'Al' } },
    });
  });

  it('may be answered with an error', async () => {
    const { send, next, initialized } = serving();
    await initialized();
    send(asks('call'));
    const { id } = await next();
    send({ id: id as number, error: { code: -1, message: 'no', data: { why: 1 } } });
    expect(told(await next())).toEqual({
      kind: 'error',
      error: { code: -1, message: 'no', data: { why: 1 } },
    });
  });

  it('is answered by ourselves when the answer says nothing', async () => {
    const { send, next, initialized } = serving();
    await initialized();
    send(asks('call'));
    const { id } = await next();
    send({ id: id as number, result: 'yes' });
    expect(told(await next())).toMatchObject({ kind: 'error', error: { code: -32600 } });
  });

  it('is told to be void when whoever asked gives up, and its late answer is recorded', async () => {
    const { broker, send, next, initialized, pinged } = serving();
    await initialized();
    send(asks('call'));
    const { id } = await next();
    broker.giveUp();
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: id },
    });
    expect(told(await next())).toEqual({ kind: 'cancelled' });
    send({ id: id as number, result: { action: 'accept' } });
    await pinged();
    expect(broker.refused).toEqual([['response_unasked', 'subject-a']]);
  });

  it('is void when the client cancels the request it belongs to', async () => {
    const { send, next, initialized, pinged } = serving();
    await initialized();
    send(asks('call'));
    const { id } = await next();
    send({ method: 'notifications/cancelled', params: { requestId: 'call' } });
    expect(await next()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: id },
    });
    expect(await pinged()).toMatchObject({ id: 'ping' });
  });

  it('is asked of no client that never said initialize', async () => {
    const { send, next } = serving();
    send(asks('call'));
    expect(await next()).toMatchObject({ id: 'call', result: { isError: true } });
  });

  it('is asked of no client in 2026', async () => {
    const { send, next } = serving();
    send({ id: 'call', method: 'tools/call', params: { name: 'asks', _meta } });
    expect(await next()).toMatchObject({ id: 'call', result: { isError: true } });
  });

  it('is not sent beyond the bound of those that wait', async () => {
    const { send, next, initialized } = serving({ maxQuestions: 1 });
    await initialized();
    send(asks('one'));
    await next();
    send(asks('two'));
    const answer = await next();
    expect(answer).toMatchObject({ id: 'two' });
    expect(told(answer)).toMatchObject({ kind: 'error', error: { code: -32603 } });
  });
});

describe('news over stdio', () => {
  it('reach a client that said initialize', async () => {
    const { broker, next, initialized } = serving();
    await initialized();
    const channel = broker.watched.get(principalOf('a').sessionId);
    expect([...(channel?.wants ?? [])]).toEqual(['tools', 'prompts', 'resources']);
    channel?.tell({ kind: 'list_changed', of: 'prompts' });
    channel?.tell({ kind: 'resource_updated', params: { uri: 'a:b' } });
    channel?.tell({
      kind: 'notification',
      notification: { jsonrpc: '2.0', method: 'notifications/message', params: { data: 1 } },
    });
    expect([await next(), await next(), await next()]).toEqual([
      { jsonrpc: '2.0', method: 'notifications/prompts/list_changed' },
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'a:b' } },
      { jsonrpc: '2.0', method: 'notifications/message', params: { data: 1 } },
    ]);
  });

  it('are wanted by no client in 2026', async () => {
    const { broker, send, next } = serving();
    send({ id: 1, method: 'tools/list', params: { _meta } });
    await next();
    expect(broker.watched.get(principalOf('a').sessionId)?.wants.size).toBe(0);
  });
});

describe('subscriptions/listen over stdio', () => {
  it('is acknowledged first, and every message carries its own id', async () => {
    const { broker, send, next } = serving();
    send(listen(7, { toolsListChanged: true, promptsListChanged: true, early: true }));
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true }, _meta: { [SUBSCRIPTION_ID]: 7 } },
    });
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/tools/list_changed',
      params: { _meta: { [SUBSCRIPTION_ID]: 7 } },
    });
    for (const { tell } of broker.listening) {
      const foreign = { uri: 'a:b', _meta: { [SUBSCRIPTION_ID]: 'theirs', other: 1 } };
      tell({ kind: 'resource_updated', params: foreign });
    }
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/resources/updated',
      params: { uri: 'a:b', _meta: { [SUBSCRIPTION_ID]: 7, other: 1 } },
    });
  });

  it('ends without a word when the client cancels it', async () => {
    const { broker, send, next, pinged } = serving();
    send(listen('s', { toolsListChanged: true }));
    await next();
    const [open] = broker.listening;
    send({ method: 'notifications/cancelled', params: { requestId: 's' } });
    expect(await pinged()).toMatchObject({ id: 'ping' });
    expect(broker.listening.size).toBe(0);
    open?.tell({ kind: 'list_changed', of: 'tools' });
    expect(await pinged()).toMatchObject({ id: 'ping' });
  });

  it('ends with a result when the face closes', async () => {
    const { broker, face, send, next } = serving();
    send(listen('s', { toolsListChanged: true }));
    await next();
    await face.close();
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      id: 's',
      result: { resultType: 'complete', _meta: { [SUBSCRIPTION_ID]: 's' } },
    });
    expect(broker.listening.size).toBe(0);
  });

  it('does not keep the face when the client leaves', async () => {
    const { face, input, send, next } = serving({ graceMs: 600_000 });
    send(listen('s', { toolsListChanged: true }));
    await next();
    input.end();
    expect(await face.exitCode).toBe(0);
  });

  it('ends with a result when the broker ends it', async () => {
    const { broker, send, next } = serving();
    send(listen('s', { toolsListChanged: true }));
    await next();
    for (const { tell } of broker.listening) tell({ kind: 'ended' });
    expect(await next()).toMatchObject({ id: 's', result: { resultType: 'complete' } });
  });

  it('is over at once when nothing of it is honoured', async () => {
    const { broker, send, next } = serving();
    send(listen('s', { promptsListChanged: true }));
    expect(member((await next()).params, 'notifications')).toEqual({});
    expect(await next()).toMatchObject({ id: 's', result: { resultType: 'complete' } });
    expect(broker.listening.size).toBe(0);
  });

  it('is answered as the broker answers when it is refused', async () => {
    const { send, next } = serving();
    send({ id: 's', method: 'subscriptions/listen', params: { _meta } });
    expect(await next()).toMatchObject({ id: 's', error: { code: -32602 } });
  });

  it('is refused beyond the bound of those that are open', async () => {
    const { broker, send, next } = serving({ maxSubscriptions: 1 });
    send(listen(1, { toolsListChanged: true }));
    await next();
    send(listen(2, { toolsListChanged: true }));
    expect(await next()).toMatchObject({ id: 2, error: { code: -32603 } });
    expect(broker.refused).toEqual([['too_many', 'subject-a']]);
    expect(broker.listening.size).toBe(1);
  });
});
