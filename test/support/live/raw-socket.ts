import { connect, type Socket } from 'node:net';

/** Sends requests one after another over one connection, bytes as given; answers bytes as they came. */
export class RawSocket {
  readonly socket: Socket;
  #received = '';
  #settle: ((answer: string) => void) | undefined;
  #isClosed = false;

  /** @param localAddress where it comes from; loopback has many addresses on Linux. */
  constructor(port: number, localAddress = '127.0.0.1') {
    this.socket = connect({ port, host: '127.0.0.1', localAddress });
    this.socket.setNoDelay(true);
    this.socket.on('error', () => {});
    this.socket.on('data', (part) => {
      this.#received += part.toString('latin1');
      this.#look();
    });
    this.socket.on('close', () => {
      this.#isClosed = true;
      this.#settle?.(this.#received);
    });
  }

  /** Sends a request; resolves with the whole answer, or with what came before the connection ended. */
  ask(bytes: string | Uint8Array): Promise<string> {
    this.#received = '';
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (this.#isClosed) resolve('');
      else this.socket.write(bytes);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.socket.destroy();
  }

  #look(): void {
    const head = this.#received.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1] ?? 0);
    if (this.#received.length >= head + 4 + length) this.#settle?.(this.#received);
  }
}

/** A request's bytes. */
export function requestBytes(
  path: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  body: string,
  method = 'POST',
): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** An answer without its `Date`. */
export const withoutDate = (answer: string): string => answer.replace(/\r\nDate: [^\r]*/i, '');
