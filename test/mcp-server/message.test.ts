import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/domain/json-text.ts';
import { readMessage } from '../../src/mcp-server/message.ts';

const kindOf = (text: string): string => readMessage(parseJson(text)).kind;

describe('readMessage', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"a"}', 'request'],
    ['{"jsonrpc":"2.0","id":"","method":"a","params":{}}', 'request'],
    ['{"jsonrpc":"2.0","method":"a"}', 'notification'],
    ['{"jsonrpc":"2.0","id":1,"result":{}}', 'response'],
    ['{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}', 'response'],
  ])('reads %s as a %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });

  it.each([
    'null',
    '7',
    '"x"',
    '12345678901234567890123',
    '{}',
    '{"id":1,"method":"a"}',
    '{"jsonrpc":"1.0","id":1,"method":"a"}',
    '{"jsonrpc":"2.0","id":null,"method":"a"}',
    '{"jsonrpc":"2.0","id":1.5,"method":"a"}',
    '{"jsonrpc":"2.0","id":12345678901234567890,"method":"a"}',
    '{"jsonrpc":"2.0","id":{},"method":"a"}',
    '{"jsonrpc":"2.0","id":1,"method":7}',
    '{"jsonrpc":"2.0","id":1,"method":""}',
    '{"jsonrpc":"2.0","id":1,"method":"a","params":[]}',
    '{"jsonrpc":"2.0","id":1,"method":"a","params":null}',
    '{"jsonrpc":"2.0","id":1,"method":"a","params":12345678901234567890123}',
    '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
    '{"jsonrpc":"2.0","id":1,"method":"a","Method":"b"}',
    '{"jsonrpc":"2.0","id":1,"method":"a","paramſ":{}}',
    '{"jsonrpc":"2.0","id":1,"method":"a","İd":2}',
    '{"jsonrpc":"2.0","id":1,"method":"a","ｍethod":"b"}',
    '{"jsonrpc":"2.0","id":1,"method":"a","method\u0301":"b"}',
    '{"jsonrpc":"2.0","id":1,"method":"a","met\u200bhod":"b"}',
    '{"jsonrpc":"2.0","method":"a","Params":{}}',
    '{"jsonrpc":"2.0","id":1,"Method":"a"}',
    '{"Jsonrpc":"2.0","id":1,"method":"a"}',
    '{"jsonrpc":"2.0","id":1,"result":{},"Error":{}}',
    '{"jsonrpc":"2.0","id":1,"reſult":{}}',
    '{"jsonrpc":"2.0","id":1,"result":{},"params":{}}',
    '{"jsonrpc":"2.0","id":-0,"method":"a"}',
    '{"jsonrpc":"2.0","id":true,"method":"a"}',
    '{"jsonrpc":"2.0","id":[1],"method":"a"}',
    '{"jsonrpc":"2.0","id":9007199254740992,"method":"a"}',
    '{"jsonrpc":"2.0","id":1e999,"method":"a"}',
    '{"jsonrpc":"2.0","id":1,"method":"a","result":{}}',
    '{"jsonrpc":"2.0","id":1,"method":"a","__proto__":{}}',
    '[{"jsonrpc":"2.0","id":1,"method":"a"}]',
    '[]',
  ])('refuses %s', (text) => {
    expect(readMessage(parseJson(text))).toMatchObject({
      kind: 'invalid',
      error: { code: -32600 },
    });
  });

  it('keeps the id of a refused message when it can be told', () => {
    expect(readMessage(parseJson('{"jsonrpc":"2.0","id":"x","method":7}'))).toMatchObject({
      id: 'x',
    });
  });
});
