import { startCountingServer } from '../../test/support/live/counting-server.ts';
import { controlledEntry, Home } from '../../test/support/live/home.ts';
import { childrenOf } from '../../test/support/live/processes.ts';
import { RawSocket, requestBytes } from '../../test/support/live/raw-socket.ts';

/** S1: requests without a valid token. */
export async function noToken(figure, { requests }) {
  const counting = await startCountingServer();
  const at = new Home({
    servers: ({ journalPath }) => ({
      s: controlledEntry(journalPath),
      http: { type: 'http', url: counting.url },
    }),
  });
  await at.applyGrants();
  const served = await at.serve();
  const { token } = await at.open();
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const json = { 'Content-Type': 'application/json' };
  const [head, claims, signature] = token.split('.');
  const kinds = [
    requestBytes('/mcp', json, body),
    requestBytes(`/mcp?access_token=${token}`, json, body),
    requestBytes('/mcp', { ...json, Authorization: 'Bearer junk' }, body),
    requestBytes('/mcp/s', { ...json, Authorization: `Basic ${token}` }, body),
    requestBytes(
      '/mcp',
      { ...json, Authorization: `Bearer ${head}.${claims}.${signature.toUpperCase()}` },
      body,
    ),
  ];
  let sent = 0;
  let refused = 0;
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      const socket = new RawSocket(served.port);
      while (sent < requests) {
        const bytes = kinds[sent % kinds.length];
        sent += 1;
        if ((await socket.ask(bytes)).startsWith('HTTP/1.1 401 ')) refused += 1;
      }
      socket.close();
    }),
  );
  const tookMs = performance.now() - beganMs;
  figure('S1', 'requests without a valid token', sent);
  figure('S1', 'answered other than 401', sent - refused, 0);
  figure('S1', 'processes started', childrenOf(served.pid).length + at.journal().length, 0);
  figure('S1', 'connections to the HTTP tool server', counting.connections(), 0);
  figure('S1', 'requests a second', Math.round((sent / tookMs) * 1000));
  await served.end('SIGTERM');
  const events = await at.events('--code', 'TG2001');
  const summed = events
    .flatMap(({ detail }) => Object.values(detail.failures))
    .reduce((sum, one) => sum + one, 0);
  figure('S1', 'failures missing from the sums in the log', sent - summed, 0);
  figure('S1', 'events they were summed in', events.length);
  await at.remove();
  await counting.close();
}
