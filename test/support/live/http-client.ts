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
  ask(message: { readonly id: string | number; readonly [more: string]: unknown }) {
    return new Promise<Answer | undefined>((resolve) => {
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
          answer.on('error', () => resolve(undefined));
          answer.on('end', () => resolve(answer.statusCode === 200 ? read(body) : undefined));
        },
      );
      sent.on('error', () => resolve(undefined));
      sent.end(JSON.stringify({ jsonrpc: '2.0', ...message }));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

const read = (body: string): Answer | undefined => {
  try {
    return JSON.parse(body) as Answer;
  } catch {
    return undefined;
  }
};
