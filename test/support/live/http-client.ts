import { Agent, request } from 'node:http';
import type { Answer } from './stdio-client.ts';

/** A hand-made HTTP client: many requests at once, connections kept. */
export class HttpClient {
  readonly #port: number;
  readonly #token: string;
  readonly #path: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(port: number, token: string, path = '/mcp') {
    this.#port = port;
    this.#token = token;
    this.#path = path;
  }

  /**
   * Sends a request; `undefined` when it ended without an answer in JSON-RPC: a 401, or a connection
   * that broke.
   */
  async ask(message: { readonly id: string | number; readonly [more: string]: unknown }) {
    const { status, body } = await this.#post({ jsonrpc: '2.0', ...message });
    return status === 200 ? (read(body) as Answer | undefined) : undefined;
  }

  /** Sends a message; every message that came back, in order: those of a stream, or the one answer. */
  async exchange(message: object): Promise<readonly unknown[]> {
    const { body } = await this.#post({ jsonrpc: '2.0', ...message });
    const streamed = body.split('\n').filter((line) => line.startsWith('data: '));
    const texts = streamed.length > 0 ? streamed.map((line) => line.slice(6)) : [body];
    return texts.map(read).filter((one) => one !== undefined);
  }

  #post(message: object): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve) => {
      const broken = (): void => resolve({ status: 0, body: '' });
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          path: this.#path,
          method: 'POST',
          agent: this.#agent,
          headers: {
            authorization: `Bearer ${this.#token}`,
            'content-type': 'application/json',
            accept: 'application/json, text/event-stream',
          },
        },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8');
          answer.on('data', (part: string) => {
            body += part;
          });
          answer.on('error', broken);
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
        },
      );
      sent.on('error', broken);
      sent.end(JSON.stringify(message));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const read = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
