import { PassThrough } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import { serveStdio } from '../../src/mcp-server/stdio-face.ts';
import { FakeBroker } from '../mcp-server/fake-broker.ts';
import { EventStream } from '../mcp-server/http-stream-client.ts';
import { ask, call, rpc } from '../mcp-server/raw-http.ts';
import { openTransportSession } from '../support/live/transport-session.ts';

let face: HttpFace | undefined;
afterEach(() => face?.close());

/** Answers to a question with this id that are none, as JSON texts. */
const strays = (id: number): readonly string[] => [
  rpc({ id: id + 1, result: { forged: true } }),
  rpc({ id: -id, result: { forged: true } }),
  rpc({ id: String(id), result: { forged: true } }),
  `{"jsonrpc":"2.0","id":${id}.5,"result":{"forged":true}}`,
  `{"jsonrpc":"2.0","id":[${id}],"result":{"forged":true}}`,
  '{"jsonrpc":"2.0","id":null,"result":{"forged":true}}',
  '{"jsonrpc":"2.0","result":{"forged":true}}',
  '{"jsonrpc":"2.0","id":12345678901234567890,"result":{"forged":true}}',
  `{"jsonrpc":"2.0","id":${id},"result":{"forged":true},"error":{"code":1,"message":""}}`,
  `{"jsonrpc":"2.0","id":${id},"result":{"forged":true},"Result":{}}`,
  `{"jsonrpc":"2.0","id":${id},"result":{"forged":true},"result":{}}`,
  `{"jsonrpc":"2.0","id":${id},"ID":${id},"result":{"forged":true}}`,
  `{"jsonrpc":"1.0","id":${id},"result":{"forged":true}}`,
  `[{"jsonrpc":"2.0","id":${id},"result":{"forged":true}}]`,
];

it('S22: what is no answer to a question answers none over HTTP, and is refused and recorded', async () => {
  const broker = new FakeBroker();
  face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG });
  const { port } = face;
  const open = async (token: string) => {
    const params = { protocolVersion: '2025-11-25', capabilities: {} };
    const id = await openTransportSession(port, `Bearer ${token}`, '/mcp', params);
    return { authorization: `Bearer ${token}`, 'mcp-session-id': id ?? '' };
  };
  const [hers, alsoHers, his] = [
    await open('token-a'),
    await open('token-a'),
    await open('token-b'),
  ];
  const stream = await EventStream.open(port, hers, call(1, 'asks'));
  const id = (await stream.message()).id as number;
  const answer = (headers: Record<string, string>, body: string) =>
    ask(port, { asIs: true, headers, body });
  for (const body of strays(id)) {
    expect([body, (await answer(hers, body)).status]).toEqual([body, 400]);
  }
  // Whole and with its id, out of any other session of hers or anybody's.
  const whole = rpc({ id, result: { forged: true } });
  for (const headers of [alsoHers, his]) expect((await answer(headers, whole)).status).toBe(400);
  expect((await answer({ ...his, 'mcp-session-id': hers['mcp-session-id'] }, whole)).status).toBe(
    404,
  );
  expect(broker.refused).toHaveLength(strays(id).length + 3);

  expect((await answer(hers, rpc({ id, result: { mine: true } }))).status).toBe(202);
  const reply = JSON.stringify(await stream.message());
  expect(reply).toContain('mine');
  expect(reply).not.toContain('forged');
});

it('S22: what is no answer to a question answers none over stdio, and is recorded', async () => {
  const broker = new FakeBroker();
  const input = new PassThrough();
  const output = new PassThrough();
  const credential = { kind: 'token', token: 'token-a' } as const;
  const stdio = serveStdio({ broker, credential, input, output, log: SILENT_LOG });
  const messages: JsonObject[] = [];
  output.on('data', (part: Buffer) => {
    for (const line of part.toString().trim().split('\n')) messages.push(JSON.parse(line));
  });
  const until = (holds: (message: JsonObject) => boolean) =>
    expect.poll(() => messages.find(holds)).toBeDefined();
  input.write(`${rpc({ id: 0, method: 'initialize', params: {} })}\n`);
  await until(({ id, result }) => id === 0 && result !== undefined);
  input.write(`${call('mine', 'asks')}\n`);
  await until(({ method }) => method === 'elicitation/create');
  const id = messages.find(({ method }) => method !== undefined)?.id as number;
  input.write(`${strays(id).join('\n')}\n${rpc({ id, result: { mine: true } })}\n`);
  await until((message) => message.id === 'mine');
  const reply = JSON.stringify(messages.find((message) => message.id === 'mine'));
  expect(reply).toContain('mine\\":true');
  expect(reply).not.toContain('forged');
  expect(broker.refused).toHaveLength(strays(id).length);
  await stdio.close();
});
