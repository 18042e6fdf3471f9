import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from '../domain/broker.ts';
import { BrokerError } from '../domain/errors.ts';
import type { Log } from '../domain/log.ts';
import { type Address, addressRules } from './http-address.ts';
import { answerFaults } from './http-faults.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { HttpRequests, httpOrigin } from './http-requests.ts';
import { Shares } from './shares.ts';

/** What the HTTP face is made of. `port` 0 takes a free one. */
export interface HttpFaceOptions extends Address {
  readonly broker: Broker;
  readonly port: number;
  readonly log: Log;
  readonly limits?: Partial<HttpLimits>;
}

/** A listening HTTP face. */
export interface HttpFace {
  /** The port it listens on. */
  readonly port: number;
  /** Stops accepting, cancels what is in flight, waits for it (bounded) and ends. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves clients over Streamable HTTP on `/mcp` and `/mcp/<server>`, both eras: 2026 statelessly, 2025 in
 * transport sessions.
 *
 * @throws BrokerError `ERR_CONFIG` for an address beyond loopback without https; `ERR_UNREACHABLE`
 * when the port cannot be had.
 */
export async function listenHttp(options: HttpFaceOptions): Promise<HttpFace> {
  const { broker, host, port, log } = options;
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const requests = new HttpRequests(broker, addressRules(options), limits, log);
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.receiveMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, 5000),
      keepAliveTimeout: limits.idleMs,
      // Ours answers 403 to a request without Host, as to one with a wrong one.
      requireHostHeader: false,
      // Intentionally said: NODE_OPTIONS could switch on a parser that takes what can be read in two ways.
      insecureHTTPParser: false,
    },
    (request, response) => void requests.serve(request, response),
  );
  // Node would answer these by itself, with a 100 before the gate or a 417 without a record.
  for (const event of ['checkContinue', 'checkExpectation']) {
    server.on(event, (request, response) => void requests.serve(request, response));
  }
  answerFaults(server, (remote, reason) => broker.noteRefusal(httpOrigin(remote), reason));
  boundConnections(server, limits, broker);
  const bound = await listen(server, host, port);
  server.on('error', (error) => log.error({ error }, 'the http server failed'));
  let closing: Promise<void> | undefined;
  return {
    port: bound,
    close: () => {
      closing ??= close(server, requests, limits.settleMs);
      return closing;
    },
  };
}

/** Drops connections beyond the bounds, in all and of one remote address; recorded per source. */
function boundConnections(server: Server, limits: HttpLimits, broker: Broker): void {
  const shares = new Shares<string>(limits.maxConnections, limits.maxConnectionsPerAddress);
  server.on('connection', (socket: Socket) => {
    const remote = socket.remoteAddress;
    const room = shares.hold(remote ?? '');
    socket.once('close', () => room.release());
    if (room.take(1)) return;
    socket.destroy();
    const origin = { transport: 'http', ...(remote === undefined ? {} : { remote }) } as const;
    void broker.noteRefusal(origin, 'too_many');
  });
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const inUse = cause.code === 'EADDRINUSE';
      const problem = inUse ? 'is in use' : `cannot be listened on (${cause.code ?? 'unknown'})`;
      reject(
        new BrokerError('ERR_UNREACHABLE', `port ${port} on ${host} ${problem}`, {
          cause,
          hint: 'choose another with --port, or stop what uses it',
        }),
      );
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function close(server: Server, requests: HttpRequests, settleMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  requests.close();
  await within(settleMs, requests.inFlights.whenIdle());
  server.closeIdleConnections();
  // An answer just given may still be on its way.
  await within(Math.min(settleMs, 500), closed);
  server.closeAllConnections();
  await closed;
}

async function within(waitMs: number, work: Promise<void>): Promise<void> {
  const stop = new AbortController();
  const tooLong = delay(waitMs, undefined, { signal: stop.signal }).catch(() => {});
  await Promise.race([work, tooLong]);
  stop.abort();
}
