import type { IncomingMessage } from 'node:http';
import { GrowingBytes } from '../domain/growing-bytes.ts';

/** A request's body, or why there is none. */
export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  /** There was no room for it beside those of others. */
  | { readonly kind: 'no_room' }
  | { readonly kind: 'aborted' };

/**
 * Reads a body up to a limit, whether its length was declared or not; at once where all that was declared
 * has come with the headers. Never throws.
 *
 * Attack: a declared length takes no memory; only what arrives does.
 *
 * @param makeRoom asked before memory is taken, with how many bytes more; `false` ends the reading.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  makeRoom: (bytes: number) => boolean,
): Body | Promise<Body> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBytes) return { kind: 'too_large' };
  // Gone before anybody listened: no event will come.
  if (request.destroyed) return { kind: 'aborted' };
  if (declared > 0 && request.readableLength === declared) {
    // The stream is not read on to its end, which would be told in callbacks that nobody waits for.
    return makeRoom(declared) ? { kind: 'body', bytes: request.read() } : { kind: 'no_room' };
  }
  return new Promise((resolve) => {
    const body = new GrowingBytes();
    const done = (end: Body): void => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onGone);
      resolve(end);
    };
    const onData = (part: Buffer): void => {
      if (body.size + part.length > maxBytes) {
        done({ kind: 'too_large' });
        return;
      }
      const growth = body.growthFor(part.length);
      if (growth > 0 && !makeRoom(growth)) done({ kind: 'no_room' });
      else body.append(part);
      // Its end is told in another callback, which would have to look at the state anew.
      if (body.size === declared) onEnd();
    };
    const onEnd = (): void => done({ kind: 'body', bytes: body.bytes() });
    const onGone = (): void => done({ kind: 'aborted' });
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onGone);
    request.on('error', onGone);
  });
}

/**
 * Lets an unread body pass by, so that the client gets to read its refusal, and cuts the connection
 * when there is more of it than the limit.
 */
export function discardBody(request: IncomingMessage, maxBytes: number): void {
  let size = 0;
  request.on('error', () => {});
  request.on('data', (part: Buffer) => {
    size += part.length;
    if (size > maxBytes) request.destroy();
  });
  request.resume();
}
