import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { ENVELOPE_KEYS } from '../../src/domain/era.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { sessionFor } from '../support/live/transport-session.ts';

/** An HTTP answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * What to send; by default a `POST /mcp` of JSON by session `a`. `undefined` takes a header off. A 2025
 * message that names no transport session gets one opened for it, once per token and path, unless
 * `asIs` is said.
 */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
  readonly asIs?: true;
}

/** Sends one request and reads the whole answer. */
export async function ask(port: number, what: RawRequest = {}): Promise<RawAnswer> {
  const headers: Record<string, string | readonly string[] | undefined> = {
    authorization: 'Bearer token-a',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...what.headers,
  };
  if (what.asIs === undefined && (what.method ?? 'POST') === 'POST') {
    headers['mcp-session-id'] ??= await sessionFor(port, what.path ?? '/mcp', headers, what.body);
  }
  for (const [name, value] of Object.entries(headers))
    if (value === undefined) delete headers[name];
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method: what.method ?? 'POST',
        path: what.path ?? '/mcp',
        headers: headers as OutgoingHttpHeaders,
        agent: false,
        ...(what.signal === undefined ? {} : { signal: what.signal }),
      },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          body += part;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(what.body);
  });
}

/** A JSON-RPC body. */
export const rpc = (message: JsonObject): string => JSON.stringify({ jsonrpc: '2.0', ...message });

/** A `tools/call` body. */
export const call = (id: string | number, name: string, more: JsonObject = {}): string =>
  rpc({ id, method: 'tools/call', params: { name, ...more } });

/** A 2026 request: the body with its envelope and the headers that repeat it. */
export function modern(
  method: string,
  params: JsonObject = {},
  revision = '2026-07-28',
): RawRequest {
  const _meta = {
    ...(params._meta as JsonObject | undefined),
    [ENVELOPE_KEYS.protocolVersion]: revision,
    [ENVELOPE_KEYS.clientCapabilities]: {},
  };
  return {
    body: rpc({ id: 1, method, params: { ...params, _meta } }),
    headers: {
      'mcp-protocol-version': revision,
      'mcp-method': method,
      ...(typeof params.name === 'string' ? { 'mcp-name': params.name } : {}),
    },
  };
}

/** Writes bytes to a socket and reads until the other side closes it. */
export function askRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (part) => {
      text += part.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

/** The messages of an event stream. */
export const events = (body: string): JsonObject[] =>
  body
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)) as JsonObject);
