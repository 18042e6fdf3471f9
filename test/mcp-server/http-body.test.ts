import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readBody } from '../../src/mcp-server/http-body.ts';

/** A request of which these parts have come, and no end. */
function unended(headers: Readonly<Record<string, string>>, ...parts: readonly string[]) {
  const request = Object.assign(new PassThrough(), { headers });
  for (const part of parts) request.write(part);
  return request;
}
const read = (request: PassThrough, makeRoom = (_: number) => true) =>
  readBody(request as unknown as IncomingMessage, 100, makeRoom);

describe('a body', () => {
  it('is read at once when all that was declared has come', () => {
    const body = read(unended({ 'content-length': '10' }, 'hello', 'world'));
    expect(body).toEqual({ kind: 'body', bytes: Buffer.from('helloworld') });
  });

  it('is not taken at once either when there is no room for it', () => {
    const asked: number[] = [];
    const request = unended({ 'content-length': '10' }, 'helloworld');
    expect(read(request, (bytes) => asked.push(bytes) === 0)).toEqual({ kind: 'no_room' });
    expect(asked).toEqual([10]);
  });

  it('is whole with the last byte of its declared length', async () => {
    const request = unended({ 'content-length': '10' }, 'hello');
    const body = read(request);
    request.write('world');
    expect(await body).toEqual({ kind: 'body', bytes: Buffer.from('helloworld') });
  });

  it.each([{ 'content-length': '11' }, {}])('is not before its end: %o', async (headers) => {
    const request = unended(headers, 'hello', 'world');
    const body = read(request);
    request.on('data', () => setImmediate(() => request.destroy()));
    expect(await body).toEqual({ kind: 'aborted' });
  });
});
