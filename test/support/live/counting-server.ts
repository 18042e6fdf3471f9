import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP tool server that answers nothing and counts who came. */
export interface CountingServer {
  readonly url: string;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function startCountingServer(): Promise<CountingServer> {
  let connections = 0;
  const server = createServer((_, response) => response.writeHead(500).end());
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    connections: () => connections,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
