import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { createEventStreamReader } from '../../src/mcp-client/event-stream.ts';
import { encodeFieldValue, paramHeaders } from '../../src/mcp-client/http-headers.ts';
import { createLineSplitter } from '../../src/mcp-client/line-splitter.ts';
import { parseJsonRpc } from '../../src/mcp-client/rpc-message.ts';
import { runs } from '../support/runs.ts';

/** Cuts bytes at the given places. */
function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...places, bytes.length].map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
}

describe('the line splitter', () => {
  it('finds the same lines wherever the bytes are cut', () => {
    const line = fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((text) => text.replaceAll('\n', ''));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), (lines, cuts) => {
        const found: string[] = [];
        const split = createLineSplitter(1_000, {
          onLine: (bytes) => found.push(bytes.toString('utf8')),
          onTooLong: () => found.push('too long'),
        });
        const text = lines.map((each) => `${each}\n`).join('');
        for (const chunk of chunksOf(Buffer.from(text), cuts)) split(chunk);
        expect(found).toEqual(lines.map((each) => Buffer.from(each).toString('utf8')));
      }),
      runs(),
    );
  });

  it('stops for good at a line that is too long', () => {
    const found: string[] = [];
    const split = createLineSplitter(3, {
      onLine: (line) => found.push(line.toString()),
      onTooLong: () => found.push('too long'),
    });
    for (const chunk of ['abc\nab', 'cd', '\nx\n']) split(Buffer.from(chunk));
    expect(found).toEqual(['abc', 'too long']);
  });
});

describe('the event stream reader', () => {
  function read(text: string, cuts: readonly number[], maxBytes = 1_000): unknown[] {
    const found: unknown[] = [];
    const reader = createEventStreamReader(maxBytes, (data) => found.push(data));
    for (const chunk of chunksOf(Buffer.from(text), cuts)) {
      const fault = reader.push(chunk);
      if (fault !== undefined) return [...found, { fault }];
    }
    return found;
  }

  it('finds the same events wherever the bytes are cut', () => {
    const text =
      '\uFEFF: comment\r\n\r\ndata: a\ndata:b\n\nid: 1\rdata: ü€😀\r\revent: other\ndata: no\n\nevent: message\r\ndata\r\n\r\ndata: cut off';
    fc.assert(
      fc.property(fc.array(fc.nat()), (cuts) => {
        expect(read(text, cuts)).toEqual(['a\nb', 'ü€😀', '']);
      }),
      runs(),
    );
  });

  it('stops at an event that is too long', () => {
    expect(read(`data: ok\n\ndata: ${'x'.repeat(100)}\n\n`, [], 50)).toEqual([
      'ok',
      { fault: 'too_long' },
    ]);
    expect(read(`data: ${'x'.repeat(100)}`, [10, 20, 30], 50)).toEqual([{ fault: 'too_long' }]);
  });

  it('stops at bytes that are no text', () => {
    const reader = createEventStreamReader(100, () => undefined);
    expect(reader.push(Buffer.from([0x64, 0xff]))).toBe('not_utf8');
  });
});

describe('a message of a tool server', () => {
  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"jsonrpc":"1.0","id":1,"result":{}}',
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"2.0","id":{},"method":"x"}',
    '{"jsonrpc":"2.0","id":null,"method":"x"}',
    '{"jsonrpc":"2.0","method":1}',
    '{"jsonrpc":"2.0","id":"1","result":{}}',
    '[{"jsonrpc":"2.0","id":1,"result":{}}]',
  ])('is nonsense: %s', (text) => {
    expect(parseJsonRpc(text)).toEqual({ kind: 'nonsense' });
  });

  it.each([
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"result":[]}',
    '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":"x"}}',
    '{"jsonrpc":"2.0","id":1,"error":"x"}',
  ])('is a malformed answer: %s', (text) => {
    expect(parseJsonRpc(text)).toEqual({ kind: 'nonsense', id: 1 });
  });

  it('never throws', () => {
    const key = fc.constantFrom('jsonrpc', 'id', 'method', 'params', 'result', 'error');
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('2.0', 1));
    fc.assert(
      fc.property(fc.dictionary(key, value), fc.string(), (message, text) => {
        parseJsonRpc(JSON.stringify({ jsonrpc: '2.0', ...message }));
        parseJsonRpc(text);
      }),
      runs(),
    );
  });
});

describe('header values', () => {
  it.each([
    ['add', 'add'],
    ['a b\tc', 'a b\tc'],
    ['', '=?base64??='],
    [' a', '=?base64?IGE=?='],
    ['=?base64?YQ==?=', '=?base64?PT9iYXNlNjQ/WVE9PT89?='],
    ['a\r\nb', '=?base64?YQ0KYg==?='],
    ['ü', '=?base64?w7w=?='],
  ])('write %j as %j', (value, written) => {
    expect(encodeFieldValue(value)).toBe(written);
  });

  it('can hold any text and give it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const sent = new Headers({ x: encodeFieldValue(value) }).get('x') ?? '';
        const coded = /^=\?base64\?(.*)\?=$/.exec(sent)?.[1];
        const back = coded === undefined ? sent : Buffer.from(coded, 'base64').toString('utf8');
        expect(back).toBe(value.toWellFormed());
      }),
      runs(),
    );
  });

  const tool = (properties: JsonObject): JsonObject => ({ inputSchema: { properties } });

  it('are none when a declaration is malformed or ambiguous', () => {
    const args = { a: 'x', b: 'y' };
    const a = { type: 'string', 'x-mcp-header': 'A' };
    for (const b of [
      { type: 'string', 'x-mcp-header': 'a' },
      { type: 'string', 'x-mcp-header': 'no token' },
      { type: 'string', 'x-mcp-header': 1 },
      { type: 'object', 'x-mcp-header': 'B' },
    ]) {
      expect(paramHeaders(tool({ a, b }), args)).toEqual({});
    }
  });

  it('leave out what is absent, null, not plain, or inherited', () => {
    const declared = (name: string): JsonObject => ({ type: 'string', 'x-mcp-header': name });
    const definition = tool({
      a: declared('A'),
      b: declared('B'),
      c: declared('C'),
      toString: declared('D'),
      e: declared('E'),
    });
    const args = { b: null, c: [1], e: true };
    expect(paramHeaders(definition, args)).toEqual({ 'Mcp-Param-E': 'true' });
  });
});
