import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { type HttpFace, listenHttp } from '../../src/mcp-server/http-face.ts';
import { serveStdio } from '../../src/mcp-server/stdio-face.ts';
import { FakeBroker } from '../mcp-server/fake-broker.ts';
import { ask, modern, rpc } from '../mcp-server/raw-http.ts';

/** Requests with a member that a tool server less strict than we are could take for another. */
const DISGUISED: readonly string[] = [
  ...[
    'Name',
    'NAME',
    'ｎame',
    'nаme',
    'namé',
    'na\u200bme',
    'Arguments',
    'argumentſ',
    'Task',
    '_Meta',
  ].map((name) => rpc({ id: 1, method: 'tools/call', params: { name: 'echo', [name]: 'other' } })),
  rpc({ id: 1, method: 'tools/call', params: { Name: 'echo' } }),
  ...Object.values(ENVELOPE_KEYS).map((key) =>
    rpc({
      id: 1,
      method: 'ping',
      params: {
        _meta: { [key.replace(/\/./, (first) => first.toUpperCase())]: 'x' },
      },
    }),
  ),
  rpc({ id: 1, method: 'tools/call', params: { name: 'echo', _meta: { ProgressToken: 7 } } }),
  rpc({ id: 1, method: 'tools/call', params: { name: 'echo', RequestState: 'x' } }),
  rpc({ id: 1, method: 'tools/call', params: { name: 'echo', inputResponseſ: {} } }),
  rpc({ id: 1, method: 'prompts/get', params: { name: 'one', Name: 'other' } }),
  rpc({ id: 1, method: 'resources/read', params: { uri: 'a:b', Uri: 'a:c' } }),
  rpc({ id: 1, method: 'resources/subscribe', params: { uri: 'a:b', URI: 'a:c' } }),
  rpc({ id: 1, method: 'resources/unsubscribe', params: { uri: 'a:b', urı: 'a:c' } }),
  rpc({ id: 1, method: 'completion/complete', params: { ref: {}, Ref: {} } }),
  rpc({ id: 1, method: 'completion/complete', params: { ref: { name: 'one', Name: 'other' } } }),
  rpc({ id: 1, method: 'completion/complete', params: { ref: { uri: 'a:b', Uri: 'a:c' } } }),
  rpc({ id: 1, method: 'resources/list', params: { Cursor: 'x' } }),
  rpc({ id: 1, method: 'tasks/get', params: { taskId: 'one', TaskId: 'other' } }),
];

/** Members nobody knows, that look like none we read. */
const UNKNOWN: readonly string[] = [
  rpc({
    id: 1,
    method: 'tools/call',
    params: { name: 'echo', arguments: { Name: 1, ARGUMENTS: 2, nаme: 3 } },
  }),
  rpc({
    id: 1,
    method: 'tools/call',
    params: { name: 'echo', title: 1, übrig: 2, 名前: 3, _meta: { Name: 1 } },
  }),
  rpc({ id: 1, method: 'resources/list', params: { Name: 1, Uri: 2 } }),
];

describe('a member in disguise, over HTTP', () => {
  const broker = new FakeBroker();
  let face: HttpFace;
  beforeAll(async () => {
    face = await listenHttp({ broker, host: '127.0.0.1', port: 0, log: SILENT_LOG });
  });
  beforeEach(() => {
    broker.refused.length = 0;
    broker.handled.length = 0;
  });
  afterAll(() => face.close());

  it.each(DISGUISED)('has the call refused and recorded: %s', async (body) => {
    const answer = await ask(face.port, { body });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      400,
      { id: 1, error: { code: -32600 } },
    ]);
    expect([broker.refused, broker.handled]).toEqual([[['invalid_message', 'subject-a']], []]);
  });

  it('has a 2026 request refused, with its envelope whole besides', async () => {
    const _meta = { 'io.modelcontextprotocol/ProtocolVersion': '2026-07-28' };
    const answer = await ask(face.port, modern('tools/call', { name: 'echo', _meta }));
    expect([answer.status, broker.handled]).toEqual([400, []]);
  });

  it.each(UNKNOWN)('is not what nobody knows: %s', async (body) => {
    expect((await ask(face.port, { body })).status).toBe(200);
    expect(broker.handled.map(({ request }) => request.params)).toEqual([JSON.parse(body).params]);
  });

  it.each([rpc({ id: 1, result: {} }), rpc({ id: 'x', error: { code: 1, message: '' } })])(
    'is no answer to anything we asked: %s',
    async (body) => {
      const answer = await ask(face.port, { body });
      expect([answer.status, broker.refused]).toEqual([400, [['response_unasked', 'subject-a']]]);
    },
  );
});

describe('a member in disguise, over stdio', () => {
  it('has the request refused and recorded, and the next one served', async () => {
    const broker = new FakeBroker();
    const input = new PassThrough();
    const output = new PassThrough();
    const face = serveStdio({
      broker,
      credential: { kind: 'token', token: 'token-a' },
      input,
      output,
      log: SILENT_LOG,
    });
    const unasked = rpc({ id: 1, result: {} });
    input.end(
      [...DISGUISED, unasked, `[${DISGUISED[0]}]`, rpc({ id: 2, method: 'ping' }), ''].join('\n'),
    );
    expect(await face.exitCode).toBe(0);
    const answers = String(output.read())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.filter(({ error }) => error?.code === -32600)).toHaveLength(
      DISGUISED.length + 1,
    );
    expect(answers.at(-1)).toEqual({ jsonrpc: '2.0', id: 2, result: {} });
    expect(broker.refused.map(([reason]) => reason)).toEqual([
      ...DISGUISED.map(() => 'invalid_message'),
      'response_unasked',
      'invalid_message',
    ]);
    expect(broker.handled).toHaveLength(1);
  });
});
