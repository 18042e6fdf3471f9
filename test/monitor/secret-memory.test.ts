import { describe, expect, it } from 'vitest';
import { findShapes } from '../../src/audit/secret-shapes.ts';
import { DIGEST_KEY_BYTES, keyedDigest } from '../../src/monitor/keyed-digest.ts';
import { SecretMemory } from '../../src/monitor/secret-memory.ts';

const SECRET = 'ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8';
const base64 = (text: string, encoding: BufferEncoding = 'utf8') =>
  Buffer.from(text, encoding).toString('base64');

function remembering(result: unknown, server = 'a') {
  const digest = keyedDigest(new Uint8Array(DIGEST_KEY_BYTES));
  let digested = 0;
  const memory = new SecretMemory((text) => {
    digested += 1;
    return digest(text);
  });
  memory.note(server, result as never, findShapes, 4);
  return { memory, digested: () => digested };
}

describe('a secret of another tool server', () => {
  it.each([
    ['in a long result', { content: [{ text: `${'word '.repeat(100_000)}${SECRET}` }] }],
    ['as the name of a member', { structuredContent: { [SECRET]: true } }],
    ['in a member called data', { structuredContent: { data: SECRET } }],
  ])('is remembered when it stood %s', (_, result) => {
    const { memory } = remembering(result);
    expect(memory.foreignIn('b', { q: SECRET })).toEqual({ count: 1, calls: [4] });
    expect(memory.foreignIn('a', { q: SECRET })).toBeUndefined();
  });

  it.each([
    ['in base64 of UTF-16', { q: base64(`x=${SECRET}`, 'utf16le') }],
    ['with percent signs in base64', { q: base64(SECRET.replaceAll('1', '%31')) }],
    [
      'in letters of full width',
      {
        q: SECRET.replace(/[a-zA-Z0-9]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
      },
    ],
    ['in percent signs of full width', { q: encodeURIComponent(SECRET.replaceAll('1', '１')) }],
    ['behind a path', { q: `/v1/${base64(SECRET)}/x` }],
    [
      'in base64 over two arguments',
      { a: base64(SECRET).slice(0, 25), b: base64(SECRET).slice(25) },
    ],
  ])('is found %s', (_, args) => {
    expect(remembering(SECRET).memory.foreignIn('b', args)).toMatchObject({ count: 1 });
  });

  it('is not what has a few letters in common with it', () => {
    const { memory } = remembering(SECRET);
    expect(
      memory.foreignIn('b', { q: `${SECRET.slice(0, 11)} ${SECRET.slice(-11)}` }),
    ).toBeUndefined();
  });
});

describe('arguments that are made to be slow', () => {
  it('are compared as far as others need not wait, and then taken to hold one', () => {
    const { memory, digested } = remembering('token=aaaab1c2d3e4');
    const before = digested();
    expect(memory.foreignIn('b', { q: 'a'.repeat(2_000_000) })).toEqual({ count: 1, calls: [] });
    expect(digested() - before).toBeLessThanOrEqual(50_000);
  });

  it('are none because a tool server showed secrets without end', () => {
    const { memory, digested } = remembering(SECRET);
    const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
    const starts = Array.from({ length: 30_000 }, (_, at) => {
      const [a, b, c] = [at, at / 36, at / 1_296].map((n) => letters.charAt(n % 36));
      return `${a}${b}${c}${a}`;
    });
    memory.note(
      'flood',
      starts.map((start) => `token=${start}9z8y7x6w`),
      findShapes,
      5,
    );
    const before = digested();
    expect(memory.foreignIn('b', { q: starts.join(' ') })).toBeUndefined();
    expect(digested() - before).toBeLessThan(25_000);
    expect(memory.foreignIn('b', { q: SECRET })).toMatchObject({ calls: [4] });
  });

  it('are taken to hold one when they have more values than are looked at', () => {
    const { memory } = remembering(SECRET);
    const many = Array.from({ length: 100_001 }, () => null);
    expect(memory.foreignIn('b', { many })).toEqual({ count: 1, calls: [] });
    expect(memory.foreignIn('b', { many: many.slice(5) })).toBeUndefined();
  });

  it('do not grow by characters that stand for many', () => {
    const { memory } = remembering(SECRET);
    expect(memory.foreignIn('b', { q: 'ﷺ'.repeat(1_000_000) })).toBeUndefined();
  });
});
