import { describe, expect, it } from 'vitest';
import { member } from '../../src/domain/json.ts';
import {
  callTool,
  isAlive,
  jsonOf,
  SERVERS,
  stdioSpec,
  textOf,
} from '../support/tool-servers/harness.ts';
import { until } from '../support/until.ts';
import { connect, logged, raw } from './stdio-connection.ts';

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
    await until(() => !isAlive(pid));
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
    await until(() => logged.some((line) => line.startsWith('line 40')));
    expect(logged[0]).toBe('\uFFFD[31mred\uFFFD');
    expect(logged[1]).toBe('y'.repeat(2_048));
    await connection.close();
    expect(logged.filter((line) => line.startsWith('line ')).length).toBe(48);
  });
});
