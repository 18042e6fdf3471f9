import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/domain/json.ts';

/** One request as a test server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly message: JsonObject;
}

/** A hand-written HTTP tool server. */
export interface TestHttpServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** Answers one request of a test. */
export type Answer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** Listens on loopback and hands each request, body parsed, to `answer`. */
export async function listen(answer: Answer): Promise<TestHttpServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      const message = (body === '' ? {} : JSON.parse(body)) as JsonObject;
      const entry = { method: request.method ?? '', headers: request.headers, message };
      seen.push(entry);
      void answer(entry, response);
    });
  });
  return { seen, ...(await listening(server)) };
}

/** Puts any server on a loopback port. */
export async function listening(
  server: Server,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with a JSON body. */
export function json(response: ServerResponse, value: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** Answers with an event stream of these messages; `isOpen` leaves it open. */
export function stream(response: ServerResponse, messages: unknown[], isOpen = false): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(': hello\n\n');
  for (const message of messages)
    response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  if (!isOpen) response.end();
}

const TOOL = { name: 'echo', inputSchema: { type: 'object' } };

/** A 2025-era server with one tool; `onCall` answers its calls. */
export const legacy =
  (onCall: Answer, more: { readonly sessionId?: string } = {}): Answer =>
  (request, response) => {
    const { id, method } = request.message as { id?: number; method?: string };
    const reply = (result: unknown) => json(response, { jsonrpc: '2.0', id, result });
    if (request.method === 'DELETE') response.writeHead(200).end();
    else if (method === 'initialize') {
      const result = {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'old', version: '1' },
      };
      const headers = more.sessionId === undefined ? {} : { 'mcp-session-id': more.sessionId };
      json(response, { jsonrpc: '2.0', id, result }, 200, headers);
    } else if (method === 'tools/list') reply({ tools: [TOOL] });
    else if (method === 'tools/call') void onCall(request, response);
    else if (method === 'server/discover') {
      json(response, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'no' } }, 400);
    } else response.writeHead(202).end();
  };

/** A 2026-era server with one tool; `onCall` answers its calls. */
export const modern =
  (onCall: Answer, tool: object = TOOL): Answer =>
  (request, response) => {
    const { id, method } = request.message as { id?: number; method?: string };
    const reply = (result: unknown) => json(response, { jsonrpc: '2.0', id, result });
    if (method === 'server/discover') {
      reply({
        supportedVersions: ['2026-07-28'],
        capabilities: { tools: {} },
        resultType: 'complete',
      });
    } else if (method === 'tools/list') reply({ tools: [tool], resultType: 'complete', ttlMs: 5 });
    else void onCall(request, response);
  };
