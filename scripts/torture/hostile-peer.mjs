// One hostile peer, in a thread of its own so that it takes no turn of the client that is measured.
import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { HttpClient } from '../../test/support/live/http-client.ts';
import { RawSocket, requestBytes } from '../../test/support/live/raw-socket.ts';
import { openTransportSession } from '../../test/support/live/transport-session.ts';

const MIB = 1024 * 1024;

let calls = 0;
const callOf = (name, args) => {
  calls += 1;
  const params = { name, arguments: args, _meta: { progressToken: calls } };
  return { id: `c${calls}`, method: 'tools/call', params };
};
const bytesOf = (token, session, body) =>
  requestBytes(
    '/mcp',
    {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      ...(session === undefined ? {} : { 'Mcp-Session-Id': session }),
    },
    body,
  );
const bodyOf = (name, args) => JSON.stringify({ jsonrpc: '2.0', ...callOf(name, args) });

/** Asks the same over and over until told to stop, a connection each. */
function asking(bytes, connections) {
  return (port, token) => {
    let isOver = false;
    const sockets = Array.from({ length: connections }, () => new RawSocket(port));
    const opened = openTransportSession(port, `Bearer ${token}`);
    const loops = sockets.map(async (socket) => {
      const request = bytes(token, await opened);
      while (!isOver && !socket.isClosed) await socket.ask(request);
    });
    return async () => {
      isOver = true;
      for (const socket of sockets) socket.close();
      await Promise.all(loops);
    };
  };
}

/** Calls a hostile tool again and again, in one session after another: hardly any back-off holds it. */
const calling = (action) => (port, _token, tokens) => {
  let isOver = false;
  let used = 0;
  let client;
  const loop = (async () => {
    while (!isOver) {
      client = new HttpClient(port, tokens[used % tokens.length]);
      used += 1;
      await client.ask(callOf('h__t', { do: action }));
      client.close();
    }
  })();
  return async () => {
    isOver = true;
    client?.close();
    await loop;
  };
};

/** Clients that ask for what they never read; each comes back when it is dropped. */
const unreading = (connections, mib) => (port, token) => {
  let isOver = false;
  const sockets = new Set();
  const opened = openTransportSession(port, `Bearer ${token}`);
  const begin = async () => {
    const bytes = bytesOf(token, await opened, bodyOf('h__t', { do: 'big', bytes: mib * MIB }));
    if (isOver) return;
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    sockets.add(socket);
    socket.pause();
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (!isOver) begin();
    });
  };
  for (let n = 0; n < connections; n += 1) begin();
  return async () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  };
};

/** Opens connections and says nothing on them. */
const silent = (connections) => (port) => {
  let isOver = false;
  const sockets = new Set();
  const begin = () => {
    const socket = connect(port, '127.0.0.1');
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      if (!isOver) setTimeout(begin, 100);
    });
  };
  for (let n = 0; n < connections; n += 1) begin();
  return async () => {
    isOver = true;
    for (const socket of sockets) socket.destroy();
  };
};

const text = 'a word '.repeat(580_000);
const many = Array.from({ length: 9_900 }, () => 0);
/** Each starts one hostile peer and answers how to stop it. */
export const PEERS = {
  nobody: () => async () => {},
  'calls with 4 MiB of text': asking(
    (token, session) => bytesOf(token, session, bodyOf('s__echo', { nonce: 'x', text })),
    1,
  ),
  'calls with as many members as may be': asking(
    (token, session) => bytesOf(token, session, bodyOf('s__echo', { nonce: 'x', many })),
    1,
  ),
  'bodies of 2,000,000 members': asking(
    (token, session) => bytesOf(token, session, `[${'0,'.repeat(2_000_000)}0]`),
    1,
  ),
  'small calls without a pause': asking(
    (token, session) => bytesOf(token, session, bodyOf('s__echo', { nonce: 'x' })),
    4,
  ),
  'requests without a token': asking(() => bytesOf('junk', undefined, bodyOf('s__echo', {})), 4),
  '500 silent connections': silent(500),
  'results of 6 MiB, not read': unreading(4, 6),
  'a line without end': calling('a line'),
  'progress without end': calling('progress'),
  'pings without end': calling('pings'),
  'diagnostics without end': calling('diagnostics'),
};

if (parentPort !== null) {
  const { peer, port, tokens } = workerData;
  const stop = PEERS[peer](port, tokens[0], tokens);
  parentPort.once('message', async () => {
    await stop();
    parentPort.close();
  });
}
