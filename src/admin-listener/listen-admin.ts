import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { BrokerError } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';

/** Bounds: whoever scrapes asks for little, and seldom. */
const MAX_CONNECTIONS = 32;
const MAX_HEADER_BYTES = 8_192;
const RECEIVE_MS = 5_000;
const IDLE_MS = 5_000;

/** What the listener is made of. `port` 0 takes a free one. */
export interface AdminListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Names it is reached by beyond loopback, in lower case. */
  readonly hosts: readonly string[];
  /** What `/metrics` answers, and its media type. */
  readonly metrics: () => string;
  readonly contentType: string;
  /** What `/healthz` answers: whether calls are taken at all. */
  readonly isHealthy: () => boolean;
  readonly log: Log;
}

/** A listener for those who watch the broker. */
export interface AdminListener {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Answers `GET /metrics` and `GET /healthz`, and nothing else: no MCP is ever spoken here, and nothing can
 * be changed. It asks nobody who they are, so it is for this machine unless an admin says otherwise.
 *
 * @throws BrokerError `ERR_UNREACHABLE` when the port cannot be had.
 */
export async function listenAdmin(options: AdminListenerOptions): Promise<AdminListener> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: RECEIVE_MS,
      requestTimeout: RECEIVE_MS,
      connectionsCheckingInterval: RECEIVE_MS,
      keepAliveTimeout: IDLE_MS,
      // Ours answers 403 to a request without Host, as to one with a wrong one.
      requireHostHeader: false,
      // Intentionally said: NODE_OPTIONS could switch on a parser that takes what can be read in two ways.
      insecureHTTPParser: false,
    },
    (request, response) => answer(request, response, options),
  );
  server.maxConnections = MAX_CONNECTIONS;
  // Node would answer these by itself.
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (request, response) => answer(request, response, options));
  }
  const port = await listen(server, options);
  server.on('error', (error) => options.log.error({ error }, 'the admin listener failed'));
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Said {
  readonly status: number;
  readonly text: string;
  readonly type?: string;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: AdminListenerOptions,
): void {
  const { status, text, type = 'text/plain; charset=utf-8' } = said(request, options);
  response.writeHead(status, {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(status === 405 ? { Allow: 'GET' } : {}),
    // A body is never read: what follows it on the connection could be anything.
    ...(hasBody(request) ? { Connection: 'close' } : {}),
  });
  response.end(text);
}

function said(request: IncomingMessage, options: AdminListenerOptions): Said {
  if (!isAddressed(request, options))
    return { status: 403, text: 'not addressed to this broker\n' };
  const [path] = (request.url ?? '').split('?', 1);
  if (path !== '/metrics' && path !== '/healthz') return { status: 404, text: 'not found\n' };
  if (request.method !== 'GET') return { status: 405, text: 'GET alone\n' };
  if (hasBody(request)) return { status: 400, text: 'no body\n' };
  try {
    if (path === '/metrics') {
      return { status: 200, text: options.metrics(), type: options.contentType };
    }
    return options.isHealthy()
      ? { status: 200, text: 'ok\n' }
      : { status: 503, text: 'no calls are taken\n' };
  } catch (error) {
    options.log.error({ error }, 'the admin listener could not answer');
    return { status: 500, text: 'failed\n' };
  }
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

const HOST = /^(?<name>[A-Za-z0-9.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;

/**
 * Whether a request means this listener, and no page sent it. Attack: DNS rebinding, a page whose name is
 * made to resolve to this machine reads which tools are used. An address is nobody's name.
 */
function isAddressed(
  { headersDistinct }: IncomingMessage,
  { host, hosts }: Pick<AdminListenerOptions, 'host' | 'hosts'>,
): boolean {
  const [named, ...more] = headersDistinct.host ?? [];
  if (named === undefined || more.length > 0 || headersDistinct.origin !== undefined) return false;
  const name = HOST.exec(named)?.groups?.name?.toLowerCase();
  if (name === undefined) return false;
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true;
  return name === 'localhost' || name === host.toLowerCase() || hosts.includes(name);
}

function listen(server: Server, { host, port }: AdminListenerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const isTaken = cause.code === 'EADDRINUSE';
      const problem = isTaken ? 'is in use' : `cannot be listened on (${cause.code ?? 'unknown'})`;
      reject(
        new BrokerError('ERR_UNREACHABLE', `admin.listen: port ${port} on ${host} ${problem}`, {
          cause,
          hint: isTaken
            ? 'give each serve an admin.listen of its own, or stop what uses the port'
            : 'name an address of this machine in admin.listen',
        }),
      );
    };
    server.once('error', onError);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
