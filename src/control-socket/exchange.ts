import { connect } from 'node:net';
import { listeningFromError } from './reach-socket.ts';

/** What came of asking: a whole line, nothing in time or too much, or no connection. */
export type Exchanged = { readonly line: string } | 'silent' | 'refused' | 'absent' | 'broken';

/** Sends one line to a broker's control socket and waits for one back. Never rejects. */
export function exchange(
  path: string,
  word: string,
  { timeoutMs, maxBytes }: { readonly timeoutMs: number; readonly maxBytes: number },
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const received: string[] = [];
    let length = 0;
    const socket = connect(path, () => socket.write(`${word}\n`));
    const settle = (answer: Exchanged): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => settle('silent'), timeoutMs);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      received.push(chunk);
      length += chunk.length;
      if (length > maxBytes) settle('silent');
      else if (chunk.endsWith('\n')) settle({ line: received.join('') });
    });
    socket.on('error', (error) => {
      const found = listeningFromError(error);
      settle(found === 'refused' || found === 'absent' ? found : 'broken');
    });
    socket.on('close', () => settle('broken'));
  });
}
