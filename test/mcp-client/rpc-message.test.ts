import { describe, expect, it } from 'vitest';
import { parseJsonRpc } from '../../src/mcp-client/rpc-message.ts';

const REPLY = '"jsonrpc":"2.0","id":7,"result":{"a":1}';

describe('a message of a tool server', () => {
  it.each([
    ['a member given twice', `{${REPLY},"result":{}}`],
    [
      'a member given twice, deep inside',
      '{"jsonrpc":"2.0","id":7,"result":{"a":[{"b":1,"\\u0062":2}]}}',
    ],
    ['its id given twice, the same', `{"id":7,${REPLY}}`],
    [
      'nesting beyond the limit',
      `{"jsonrpc":"2.0","id":7,"result":${'['.repeat(600)}${']'.repeat(600)}}`,
    ],
    ['what is cut off', '{"jsonrpc":"2.0","id":7,"result":{"a":'],
    ['a disguised member', `{${REPLY},"Result":{}}`],
    ['a disguised member of another letter', `{${REPLY},"reſult":{}}`],
    ['a disguised id', `{${REPLY},"İd":8}`],
    ['a disguised method', `{${REPLY},"Method":"ping"}`],
    ['a method besides', `{${REPLY},"method":"ping"}`],
    ['result and error', `{${REPLY},"error":{"code":1,"message":""}}`],
    ['a result that is none', '{"jsonrpc":"2.0","id":7,"result":"no object"}'],
  ])('fails the request it answers: %s', (_, text) => {
    expect(parseJsonRpc(text)).toEqual({ kind: 'nonsense', id: 7 });
  });

  it.each([
    [
      'a notification with a member twice',
      '{"jsonrpc":"2.0","method":"notifications/x","params":{"a":1,"a":2}}',
    ],
    [
      'a notification with a disguised member',
      '{"jsonrpc":"2.0","method":"notifications/x","Params":{}}',
    ],
    ['two ids', `{"id":8,${REPLY}}`],
    ['an id inside the result only', '{"jsonrpc":"2.0","result":{"id":7,"a":1,"a":1}}'],
    ['a line of a log', '{"level":30,"id":7,"id":7,"msg":"jsonrpc"}'],
    ['a batch', `[{${REPLY}}]`],
    ['another version', '{"jsonrpc":"1.0","id":7,"result":{}}'],
    ['a lone value', '7'],
    ['an id as text', '{"jsonrpc":"2.0","id":"7","result":{}}'],
    ['an id beyond 2^53', '{"jsonrpc":"2.0","id":12345678901234567890,"result":{}}'],
    ['an id of null', '{"jsonrpc":"2.0","id":null,"result":{}}'],
    ['an id in a list', '{"jsonrpc":"2.0","id":[7],"result":{}}'],
  ])('answers nothing: %s', (_, text) => {
    expect(parseJsonRpc(text)).toEqual({ kind: 'nonsense' });
  });

  it.each([1.5, -7, 1e15])(
    'gives a reply to the id %d as it stands, for its owner to know',
    (id) => {
      const reply = parseJsonRpc(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
      expect(reply).toMatchObject({ kind: 'reply', id });
    },
  );

  it('leaves out what nobody knows of the envelope', () => {
    expect(parseJsonRpc(`{${REPLY},"extra":true,"__proto__":{"x":1}}`)).toEqual({
      kind: 'reply',
      id: 7,
      reply: { kind: 'result', result: { a: 1 } },
    });
  });
});
