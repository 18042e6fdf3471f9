import { connect } from 'node:net';

/** What trying to connect to a socket path showed. */
export type Listening =
  /** Somebody accepted. */
  | 'accepted'
  /** The file is there, nobody listens. */
  | 'refused'
  /** No such file. */
  | 'absent'
  /** None of these within the time, or the connection may not be made. */
  | 'unclear';

const CONNECT_TIMEOUT_MS = 2_000;

/** Tries to connect to a socket path, and disconnects. Never rejects. */
export function isListening(path: string, timeoutMs = CONNECT_TIMEOUT_MS): Promise<Listening> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answer: Listening): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle('unclear'), timeoutMs);
    socket.once('connect', () => settle('accepted'));
    socket.on('error', (error) => settle(listeningFromError(error)));
  });
}

/** What a failed connection says about who listens. */
export function listeningFromError(error: NodeJS.ErrnoException): Listening {
  if (error.code === 'ECONNREFUSED') return 'refused';
  if (error.code === 'ENOENT') return 'absent';
  return 'unclear';
}
