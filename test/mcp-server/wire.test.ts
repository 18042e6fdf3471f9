import { describe, expect, it } from 'vitest';
import { readJson } from '../../src/mcp-server/wire.ts';

const read = (text: string | Uint8Array) => readJson(Buffer.from(text as string), 20_000);

describe('readJson', () => {
  it('reads JSON', () => {
    expect(read('{"a":{"b":1}}')).toEqual({ value: { a: { b: 1 } } });
  });

  it.each([
    ['a member given twice', '{"a":{"b":1,"b":1}}'],
    ['a byte order mark', '\ufeff{}'],
    ['what is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['half a character of UTF-16 in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a text that ends too early', '{"a":'],
    ['braces without end', '{'.repeat(10_000)],
    ['objects that nest too deeply', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`],
  ])('refuses %s', (_, text) => {
    expect(read(text)).toBe('malformed');
  });

  it('refuses more members than are taken, whether the rest is JSON or not', () => {
    expect(read(`[${'0,'.repeat(20_000)}`)).toBe('too_large');
  });
});
