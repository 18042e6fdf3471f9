import type { IncomingMessage } from 'node:http';

/** A request's body, or why there is none. */
export type Body =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'aborted' };

/** Reads a body up to a limit, whether its length was declared or not. Never throws. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    return Promise.resolve({ kind: 'too_large' });
  }
  // Gone before anybody listened: no event will come.
  if (request.destroyed) return Promise.resolve({ kind: 'aborted' });
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    const done = (body: Body): void => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onGone);
      resolve(body);
    };
    const onData = (part: Buffer): void => {
      size += part.length;
      if (size > maxBytes) done({ kind: 'too_large' });
      else parts.push(part);
    };
    const onEnd = (): void => done({ kind: 'body', bytes: Buffer.concat(parts, size) });
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
