import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Adds a token to whatever is sent to its URL. */
export interface Shim {
  /** Where a client without a token sends its requests, path included. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Stands between a client that cannot send a token and a broker on loopback. `Host` and `Origin` stay as
 * the client wrote them, and both ways stream, so that the broker judges the client and not the shim.
 */
export async function startShim(port: number, path: string, token: string): Promise<Shim> {
  const server = createServer((incoming, outgoing) => {
    const forwarded = send({
      host: '127.0.0.1',
      port,
      path,
      method: incoming.method,
      headers: { ...incoming.headers, authorization: `Bearer ${token}` },
    });
    forwarded.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
