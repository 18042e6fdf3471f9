import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemTimers, type Timers } from '../../src/dispatch/timers.ts';
import type {
  ConnectionEvents,
  ToolServerConnection,
  ToolServerSpec,
} from '../../src/dispatch/tool-server.ts';
import { isJsonObject, type JsonObject, member, stringMember } from '../../src/domain/json.ts';
import { stringifyJson } from '../../src/domain/json-text.ts';
import { createToolServerConnector } from '../../src/mcp-client/connector.ts';
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

const open: ToolServerConnection[] = [];
const logged: string[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((connection) => connection.close()));
  logged.length = 0;
});

async function connect(
  spec: ToolServerSpec,
  more: {
    readonly events?: Partial<ConnectionEvents>;
    readonly knownEra?: '2025' | '2026';
    readonly timers?: Timers;
    readonly signal?: AbortSignal;
  } = {},
): Promise<ToolServerConnection> {
  const connector = createToolServerConnector({
    secrets: [],
    version: '9.9.9',
    log: (_server, line) => logged.push(line),
    timers: more.timers ?? systemTimers,
  });
  const connection = await connector.connect(
    spec,
    {
      onAsk: async () => ({ code: -32601, message: 'Method not found' }),
      onToolsChanged: () => undefined,
      ...more.events,
    },
    {
      signal: more.signal ?? new AbortController().signal,
      ...(more.knownEra === undefined ? {} : { knownEra: more.knownEra }),
    },
  );
  open.push(connection);
  return connection;
}

const raw = (...flags: string[]): ToolServerSpec => stdioSpec(SERVERS.raw, flags);
const methods = (received: unknown): unknown[] =>
  (received as JsonObject[]).map((message) => member(message, 'method'));

describe('agreeing on a revision with a process', () => {
  it('initializes on the same pipe when the probe is refused', async () => {
    const connection = await connect(raw());
    expect(connection.offer).toMatchObject({
      era: '2025',
      revision: '2025-06-18',
      askedWith: {},
      serverInfo: { name: 'raw', version: '1', secretSauce: true },
      capabilities: { tools: { listChanged: true }, experimental: { odd: {} }, future: 1 },
      instructions: 'be careful',
    });
    const received = jsonOf(await callTool(connection, 'received'));
    expect(methods(received)).toEqual([
      'server/discover',
      'initialize',
      'notifications/initialized',
      'tools/list',
      'tools/list',
      'tools/call',
    ]);
  });

  it('spares the probe for a server known to be of the 2025 era', async () => {
    const connection = await connect(raw(), { knownEra: '2025' });
    expect(methods(jsonOf(await callTool(connection, 'received')))[0]).toBe('initialize');
  });

  it('takes silence for the 2025 era', async () => {
    const timers = manualTimers();
    const connecting = connect(raw('--silent'), { timers });
    timers.advance(2_000);
    expect((await connecting).offer.era).toBe('2025');
  });

  it('takes the late answer of a slow server that refuses to initialize', async () => {
    const timers = manualTimers();
    const connecting = connect(raw('--late-2026'), { timers });
    timers.advance(2_000);
    expect((await connecting).offer.era).toBe('2026');
  });

  it('starts a server once more that the probe ended', async () => {
    const connection = await connect(raw('--die-on-probe'));
    expect(methods(jsonOf(await callTool(connection, 'received')))[0]).toBe('initialize');
  });

  it('speaks 2026-07-28 with a server that does', async () => {
    const connection = await connect(stdioSpec(SERVERS.modern));
    const { tools, ...offer } = connection.offer;
    expect(offer).toEqual({
      era: '2026',
      revision: '2026-07-28',
      askedWith: {},
      serverInfo: { name: 'modern', version: '2.0.0' },
      capabilities: { tools: { listChanged: true } },
      instructions: 'modern',
    });
    expect(tools.map((tool) => member(tool, 'name'))).toEqual(['add', 'grüße', 'wait', 'fail']);
    expect(textOf(await callTool(connection, 'add', { a: 1, b: 2 }))).toBe('3');
  });

  it('speaks 2026-07-28 with a server known to', async () => {
    const connection = await connect(stdioSpec(SERVERS.modern), { knownEra: '2026' });
    expect(connection.offer.era).toBe('2026');
  });

  it('reports a command that does not exist without its arguments', async () => {
    const spec = stdioSpec('x', ['--key=canary'], { command: '/no/such/command' });
    await expect(connect(spec)).rejects.toMatchObject({
      code: 'ERR_SERVER_START',
      message: 'tool server s cannot be started: its command or cwd was not found (ENOENT)',
    });
  });

  it('reports arguments that cannot be passed without quoting them', async () => {
    const refusal = connect(stdioSpec('x', ['canary\0']));
    const error = await refusal.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_SERVER_START' });
    expect(inspect(error)).not.toContain('canary');
  });

  it('reports a server that ends before it is ready', async () => {
    await expect(connect(raw('--die'))).rejects.toMatchObject({ code: 'ERR_SERVER_START' });
  });

  it('gives up on a server that is not ready in time', async () => {
    const timers = manualTimers();
    const connecting = connect(raw('--mute'), { timers });
    timers.advance(20_000);
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_SERVER_TIMEOUT' });
  });

  it('gives up when nobody waits any more', async () => {
    const controller = new AbortController();
    const connecting = connect(raw('--mute'), { signal: controller.signal });
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });

  it.each([['--twins'], ['--endless']])('refuses a list that cannot be kept: %s', async (flag) => {
    await expect(connect(raw(flag))).rejects.toMatchObject({ code: 'ERR_SERVER_PROTOCOL' });
  });

  it('bears a banner on standard output', async () => {
    const connection = await connect(raw('--banner'));
    expect(connection.offer.tools).toHaveLength(24);
    expect(logged).toContain('not JSON-RPC on standard output: Welcome!');
  });
});

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
    expect(onAsk.mock.calls).toEqual([['sampling/createMessage']]);
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
    const onToolsChanged = vi.fn();
    const connection = await connect(raw(), { events: { onToolsChanged } });
    const before = receiptFor(connection, 'echo');
    await callTool(connection, 'change');
    expect(onToolsChanged).toHaveBeenCalledTimes(1);
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
    await vi.waitUntil(() => !isAlive(pid));
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

describe('a tool server that misbehaves', () => {
  it('fails its calls when it crashes', async () => {
    const connection = await connect(raw());
    const bystander = callTool(connection, 'hang');
    const calls = await Promise.allSettled([callTool(connection, 'crash'), bystander]);
    expect(calls.map((call) => call.status === 'rejected' && call.reason.code)).toEqual([
      'ERR_SERVER_CLOSED',
      'ERR_SERVER_CLOSED',
    ]);
    await connection.closed;
    await expect(callTool(connection, 'echo')).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });

  it('is killed when it writes without end', async () => {
    const connection = await connect(raw());
    const pid = member(jsonOf(await callTool(connection, 'pid')), 'pid') as number;
    await expect(callTool(connection, 'flood')).rejects.toMatchObject({ code: 'ERR_SERVER_FLOOD' });
    await vi.waitUntil(() => !isAlive(pid));
  });

  it('may send a message of exactly the allowed size and not one byte more', async () => {
    const connection = await connect(stdioSpec(SERVERS.raw, [], { maxMessageBytes: 100_000 }));
    const frame = '{"jsonrpc":"2.0","id":4,"result":{"content":[{"type":"text","text":""}]}}'
      .length;
    const fits = await callTool(connection, 'big', { size: 100_000 - frame });
    expect(textOf(fits)).toHaveLength(100_000 - frame);
    const call = callTool(connection, 'big', { size: 100_000 - frame + 1 });
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_FLOOD' });
  });

  it('is given up when it writes nothing but nonsense', async () => {
    const connection = await connect(raw());
    const call = callTool(connection, 'junk_forever');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_PROTOCOL' });
  });

  it('is forgiven bytes that are no text', async () => {
    const connection = await connect(raw());
    expect(textOf(await callTool(connection, 'not_utf8'))).toBe('after bytes');
  });

  it('fails only the call that it answers with a malformed reply', async () => {
    const connection = await connect(raw());
    const call = callTool(connection, 'malformed');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_PROTOCOL' });
    expect((await callTool(connection, 'echo')).kind).toBe('result');
  });

  it('is killed when it asks without measure', async () => {
    const onAsk = () => new Promise<never>(() => undefined);
    const connection = await connect(raw(), { events: { onAsk } });
    const call = callTool(connection, 'ask_much');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_FLOOD' });
  });

  it('fails its calls when it closes its output', async () => {
    const connection = await connect(raw());
    const call = callTool(connection, 'close_stdout');
    await expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
  });

  it('does not make the broker hold more than 16 MiB for it when it does not read', async () => {
    const connection = await connect(raw());
    await callTool(connection, 'deaf');
    const text = 'x'.repeat(3 * 1024 * 1024);
    const calls = Array.from({ length: 8 }, () => callTool(connection, 'echo', { text }));
    const refused = await Promise.race(calls.map((call) => call.catch((error) => error)));
    expect(refused).toMatchObject({
      code: 'ERR_SERVER_TIMEOUT',
      message: 'tool server s does not read its input',
    });
    await connection.close();
    await Promise.allSettled(calls);
  });

  it('cannot act on the log through its diagnostics, nor fill it', async () => {
    const connection = await connect(raw());
    await callTool(connection, 'stderr');
    await vi.waitUntil(() => logged.some((line) => line.startsWith('line 40')));
    expect(logged[0]).toBe('\uFFFD[31mred\uFFFD');
    expect(logged[1]).toBe('y'.repeat(2_048));
    await connection.close();
    expect(logged.filter((line) => line.startsWith('line ')).length).toBe(48);
  });
});

describe('the process of a tool server', () => {
  it('has exactly the environment and the folder of its entry', async () => {
    const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'toolgrant-')));
    const env = { ONLY: 'this', EMPTY: '' };
    const connection = await connect(stdioSpec(SERVERS.raw, [], { env, cwd }));
    expect(jsonOf(await callTool(connection, 'env'))).toEqual({ env, cwd });
  });

  it('is started without a shell', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'toolgrant-'));
    const connection = await connect(
      stdioSpec(SERVERS.raw, [`$(touch ${folder}/x)`, `; touch ${folder}/x`]),
    );
    expect(connection.offer.tools).toHaveLength(24);
    expect(() => realpathSync(join(folder, 'x'))).toThrow('ENOENT');
  });

  it('is gone after close, with everything it started', async () => {
    const connection = await connect(raw('--leave-child'));
    const { pid, children } = jsonOf(await callTool(connection, 'pid')) as {
      pid: number;
      children: number[];
    };
    await connection.close();
    const all = [pid, ...children];
    await vi.waitUntil(() => !all.some(isAlive));
    expect(all).toHaveLength(2);
  });

  it('takes what it started along when it crashes', async () => {
    const connection = await connect(raw('--leave-child'));
    const { children } = jsonOf(await callTool(connection, 'pid')) as { children: number[] };
    await expect(callTool(connection, 'crash')).rejects.toMatchObject({
      code: 'ERR_SERVER_CLOSED',
    });
    await vi.waitUntil(() => !children.some(isAlive));
    expect(children).toHaveLength(1);
  });

  it('closes twice without harm and fails calls in flight', async () => {
    const connection = await connect(raw());
    const call = callTool(connection, 'hang');
    const failed = expect(call).rejects.toMatchObject({ code: 'ERR_SERVER_CLOSED' });
    await Promise.all([connection.close(), connection.close()]);
    await failed;
  });
});

describe('tool servers in the wild', () => {
  it('lists and calls server-everything', async () => {
    const connection = await connect(stdioSpec(SERVERS.everything, ['stdio']));
    expect(connection.offer.era).toBe('2025');
    expect(connection.offer.tools.length).toBeGreaterThan(8);
    const reply = await callTool(connection, 'echo', { message: 'hi' });
    expect(textOf(reply)).toBe('Echo: hi');
  });

  it('hands on the progress of server-everything', async () => {
    const connection = await connect(stdioSpec(SERVERS.everything, ['stdio']));
    const onProgress = vi.fn();
    const args = { duration: 0.2, steps: 2 };
    await callTool(connection, 'trigger-long-running-operation', args, { onProgress });
    expect(onProgress.mock.calls.map(([params]) => params)).toEqual([
      { progress: 1, total: 2 },
      { progress: 2, total: 2 },
    ]);
  });

  it('lists and calls server-filesystem', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'toolgrant-')));
    writeFileSync(join(folder, 'a.txt'), 'content');
    const connection = await connect(stdioSpec(SERVERS.filesystem, [folder]));
    const reply = await callTool(connection, 'read_text_file', { path: join(folder, 'a.txt') });
    expect(textOf(reply)).toBe('content');
  });

  it('lists and calls server-memory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'toolgrant-'));
    const env = { PATH: process.env.PATH ?? '', MEMORY_FILE_PATH: join(folder, 'memory.jsonl') };
    const connection = await connect(stdioSpec(SERVERS.memory, [], { env }));
    const reply = await callTool(connection, 'read_graph');
    expect(reply.kind === 'result' && isJsonObject(reply.result.structuredContent)).toBe(true);
  });
});
