import type { ServerResponse } from 'node:http';
import { reuse } from '../domain/utf8.ts';

/** A whole HTTP answer. */
export interface Answer {
  readonly status: number;
  /** Bytes are of `utf8Bytes`, and nobody else's: their memory is used again once they are sent. */
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default `application/json`. */
  readonly type?: string;
}

const text = (status: number, body: string, headers: Record<string, string> = {}): Answer => ({
  status,
  body: `${body}\n`,
  headers,
  type: 'text/plain; charset=utf-8',
});

/** One body for every 401, so that it does not tell which check a token failed. */
const UNAUTHORIZED =
  'a valid session token is needed: `toolgrant session open --subject <subject>` prints one, ' +
  'send it as `Authorization: Bearer <token>`';

/** No credential. It names no `resource_metadata`: clients would start OAuth and drop their header. */
export const noCredential = (): Answer => text(401, UNAUTHORIZED, { 'WWW-Authenticate': 'Bearer' });

/** A bad, expired, revoked or foreign token: one answer for all. */
export const invalidToken = (): Answer =>
  text(401, UNAUTHORIZED, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });

/** HTTP of a version we do not speak, or that can be read in two ways. */
export const badRequest = (): Answer => text(400, 'bad request', { Connection: 'close' });

/** `Host` or `Origin` is not ours. */
export const forbidden = (): Answer => text(403, 'this Host or Origin is not served');

/** No such path, server or transport session; the same for what is not granted. */
export const notFound = (): Answer => text(404, 'not found');

/** A method that we do not take; in 2026, any but POST. */
export const methodNotAllowed = (isModern: boolean): Answer =>
  isModern
    ? text(405, 'only POST', { Allow: 'POST' })
    : text(405, 'only POST, GET and DELETE', { Allow: 'POST, GET, DELETE' });

/** A client that takes no event stream asks for one. */
export const notAcceptable = (): Answer => text(406, 'Accept must name text/event-stream');

/** A GET or DELETE of no transport session, or of a stream that cannot be gone on with. */
export const badSession = (what: string): Answer => text(400, what);

/** A transport session has been ended. */
export const ended = (): Answer => ({ status: 200, body: '' });

/** A body that is not plain JSON. */
export const unsupportedMediaType = (): Answer => text(415, 'the body must be application/json');

/** A body beyond the limit. */
export const tooLarge = (): Answer => text(413, 'the body is too large');

/** A URL beyond the limit. */
export const uriTooLong = (): Answer => text(414, 'the URL is too long');

/** More header lines than the limit. */
export const tooManyHeaders = (): Answer => text(431, 'too many headers');

/** Shutting down, or more in flight than is allowed. */
export const busy = (): Answer => text(503, 'try again', { 'Retry-After': '1' });

/** A notification or a response: taken, nothing to say. */
export const accepted = (): Answer => ({ status: 202, body: '' });

/** A JSON-RPC message as the whole body. */
export const json = (
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({ status, body, headers });

/**
 * Sends a whole answer. A client that does not take it within `drainMs` is cut off, so that it does
 * not hold the answer in memory.
 */
export function send(response: ServerResponse, answer: Answer, drainMs: number): void {
  if (response.headersSent || response.destroyed) return;
  const { body, headers = {} } = answer;
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const lines = bytes === 0 ? [] : ['Content-Type', answer.type ?? 'application/json'];
  lines.push('Content-Length', `${bytes}`, 'Cache-Control', 'no-store');
  lines.push('X-Content-Type-Options', 'nosniff');
  for (const [name, value] of Object.entries(headers)) lines.push(name, value);
  response.writeHead(answer.status, lines);
  endWithin(response, drainMs, body, bytes === body.length ? 'latin1' : 'utf8');
}

/** Ends a response, and the connection if the client does not read it to its end in time. */
export function endWithin(
  response: ServerResponse,
  drainMs: number,
  last: string | Buffer = '',
  encoding: 'utf8' | 'latin1' = 'utf8',
): void {
  response.end(last, encoding);
  if (response.writableLength === 0) {
    // The system has a copy of all of it.
    if (typeof last !== 'string') reuse(last);
    return;
  }
  const timer = setTimeout(() => response.destroy(), drainMs);
  timer.unref();
  response.once('close', () => clearTimeout(timer));
}
