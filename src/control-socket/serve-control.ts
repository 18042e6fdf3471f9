import { chmodSync, lstatSync, rmSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { BrokerError } from '../domain/errors.ts';
import { type Log, SILENT_LOG } from '../domain/log.ts';
import { bindablePath } from './control-path.ts';
import { isListening } from './reach-socket.ts';

const MAX_LINE_BYTES = 64;
const MAX_CONNECTIONS = 32;
/** A peer that says nothing for so long is dropped. */
const IDLE_MS = 10_000;

/** How a broker's control socket is served. */
export interface ControlOptions {
  /** Where to listen; too long a path is replaced by a shorter one. See `controlSocketPath`. */
  readonly path: string;
  /** Re-reads rights and cancels what they no longer cover; answers how many calls. */
  readonly onDrain: () => Promise<number>;
  /** What it sees of the sessions it watches: names and counts. */
  readonly onWatch?: () => object;
  readonly log?: Log;
  /** Where the shorter path goes; default the system's temporary folder. */
  readonly temporary?: string;
}

/** A control socket that listens. */
export interface ControlSocket {
  /** Where it really listens: what the broker registers. */
  readonly path: string;
  /** Stops listening and removes the socket. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves a broker's control socket, 0600. A peer sends the line `drain` and gets the line
 * `{"cancelled":n}` once the broker has re-read state and cancelled. The message carries no
 * authority: it asks the broker to look again at what it is bound by anyway. The line `watch` is answered
 * with one line of JSON: what the broker sees of the sessions it watches.
 *
 * When draining fails there is no answer, so that who asked does not take it for done. A socket file
 * in the way is removed only when nobody listens on it.
 *
 * @throws BrokerError `ERR_STATE_UNSAFE` when the path is taken or cannot be bound.
 */
export async function serveControl(options: ControlOptions): Promise<ControlSocket> {
  const log = options.log ?? SILENT_LOG;
  const { path, madeFolder } = bindablePath(options.path, options.temporary);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveOne(socket, options, log);
  });
  server.maxConnections = MAX_CONNECTIONS;

  try {
    await listen(server, path);
    if (process.platform !== 'win32') chmodSync(path, 0o600);
  } catch (error) {
    server.close();
    if (madeFolder !== undefined) rmSync(madeFolder, { recursive: true, force: true });
    throw cannotListen(path, error);
  }
  server.on('error', (error) => log.warn({ error }, 'the control socket failed'));

  let closing: Promise<void> | undefined;
  return {
    path,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => {
          if (madeFolder !== undefined) rmSync(madeFolder, { recursive: true, force: true });
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      });
      return closing;
    },
  };
}

function serveOne(socket: Socket, { onDrain, onWatch }: ControlOptions, log: Log): void {
  let received = '';
  let isAsked = false;
  socket.setEncoding('latin1');
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    received += chunk;
    const line = received.split('\n', 1)[0] ?? '';
    if (isAsked || received.length > MAX_LINE_BYTES) return void socket.destroy();
    if (line.length === received.length) return;
    const answer =
      received === 'drain\n'
        ? async () => ({ cancelled: await onDrain() })
        : received === 'watch\n' && onWatch !== undefined
          ? async () => onWatch()
          : undefined;
    if (answer === undefined) return void socket.destroy();
    isAsked = true;
    socket.setTimeout(0);
    answer().then(
      (said) => socket.end(`${JSON.stringify(said)}\n`),
      (error: unknown) => {
        log.error({ error }, 'a question at the control socket was not answered');
        socket.destroy();
      },
    );
  });
}

async function listen(server: Server, path: string): Promise<void> {
  try {
    await listenOnce(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (process.platform === 'win32' || !lstatSync(path).isSocket()) throw error;
    if ((await isListening(path)) !== 'refused') throw error;
    unlinkSync(path);
    await listenOnce(server, path);
  }
}

const listenOnce = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });

function cannotListen(path: string, error: unknown): BrokerError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new BrokerError('ERR_STATE_UNSAFE', `the control socket ${path} cannot be bound: ${code}`);
}
