import { describe, expect, it } from 'vitest';
import { ownToEra, replyToEra } from '../../src/respond/reply-era.ts';

const serverInfo = { name: 'them', version: '2' };
const said = (code: number, more: object = {}) =>
  ({ kind: 'error', error: { code, message: 'said', ...more } }) as const;
const data = { uri: 'a:b' };

describe('replyToEra', () => {
  it.each([
    ['a 2025 server, a 2026 client', '2025', '2026', said(-32002, { data }), -32602],
    ['a 2026 server, a 2025 client', '2026', '2025', said(-32602, { data }), -32002],
    ['servers that still use the old code', '2026', '2025', said(-32002), -32002],
    ['a 2026 server that means another parameter', '2026', '2025', said(-32602), -32602],
    ['one era', '2025', '2025', said(-32002, { data }), -32002],
  ] as const)('translates that a resource is not there: %s', (_title, from, to, reply, code) => {
    expect(replyToEra({ reply, method: 'resources/read', from, to, serverInfo })).toEqual({
      kind: 'error',
      error: { ...reply.error, code },
    });
  });

  it('leaves the code of anything but a resource alone', () => {
    const reply = said(-32002, { data });
    expect(
      replyToEra({ reply, method: 'tools/call', from: '2025', to: '2026', serverInfo }),
    ).toEqual(reply);
  });

  it.each([-32020, -32021, -32022])(
    'keeps what a tool server says of its own hop from the client: %i',
    (code) => {
      for (const from of ['2025', '2026'] as const) {
        expect(
          replyToEra({
            reply: said(code, { data: { supported: ['x'] } }),
            method: 'tools/call',
            from,
            to: '2026',
            serverInfo,
          }),
        ).toEqual({ kind: 'error', error: { code: -32603, message: 'Internal error' } });
      }
    },
  );

  it('gives a result the form of the client', () => {
    expect(
      replyToEra({
        reply: { kind: 'result', result: { messages: [] } },
        method: 'prompts/get',
        from: '2025',
        to: '2026',
        serverInfo,
      }),
    ).toMatchObject({ result: { messages: [], resultType: 'complete' } });
  });

  it('gives a refusal that is a result the form of the client too', () => {
    const refusal = { kind: 'result', result: { content: [], isError: true } } as const;
    expect(ownToEra(refusal, 'tools/call', '2026', serverInfo)).toMatchObject({
      result: { isError: true, resultType: 'complete' },
    });
    expect(ownToEra(refusal, 'tools/call', '2025', serverInfo)).toEqual(refusal);
    const ended = { kind: 'session_ended' } as const;
    expect(ownToEra(ended, 'tools/call', '2026', serverInfo)).toBe(ended);
  });
});
