import { Agent, request } from 'node:http';
import type { Answer } from './stdio-client.ts';
import { openTransportSession } from './transport-session.ts';

/**
 * A hand-made HTTP client: many requests at once, connections kept. It opens one transport session
 * before its first 2025 message other than `initialize`, and another when that one is gone.
 */
export class HttpClient {
  readonly #port: number;
  readonly #token: string;
  readonly #path: string;
  readonly #agent = new Agent({ keepAlive: true });
  #session: Promise<string | undefined> | undefined;

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
    return status === 200 ? (messagesOf(body).at(-1) as Answer | undefined) : undefined;
  }

  /** As `ask`; an answer in HTTP alone becomes an error that has its status as code. */
  async askByStatus(message: { readonly id: string | number; readonly [more: string]: unknown }) {
    const { status, body } = await this.#post({ jsonrpc: '2.0', ...message });
    if (status !== 200) return { error: { code: status, message: body } } satisfies Answer;
    return messagesOf(body).at(-1) as Answer | undefined;
  }

  /** Sends a message; every message that came back, in order: those of a stream, or the one answer. */
  async exchange(message: object): Promise<readonly unknown[]> {
    return messagesOf((await this.#post({ jsonrpc: '2.0', ...message })).body);
  }

  /** Sends a notification or a response; the status it is answered with. */
  async tell(message: object): Promise<number> {
    return (await this.#post({ jsonrpc: '2.0', ...message })).status;
  }

  async #post(message: object): Promise<{ readonly status: number; readonly body: string }> {
    const text = JSON.stringify(message);
    const isInitialize = 'method' in message && message.method === 'initialize';
    if (isInitialize || text.includes('io.modelcontextprotocol/protocolVersion')) {
      return this.#send(text, undefined);
    }
    this.#session ??= openTransportSession(this.#port, `Bearer ${this.#token}`, this.#path);
    const session = this.#session;
    const answer = await this.#send(text, await session);
    if (answer.status !== 404 || this.#session !== session) return answer;
    this.#session = undefined;
    return answer;
  }

  #send(
    text: string,
    session: string | undefined,
  ): Promise<{ readonly status: number; readonly body: string }> {
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
            ...(session === undefined ? {} : { 'mcp-session-id': session }),
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
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The messages of an event stream, or the one of a JSON body. */
function messagesOf(body: string): readonly unknown[] {
  const streamed = body.split('\n').filter((line) => line.startsWith('data: '));
  const texts = streamed.length > 0 ? streamed.map((line) => line.slice(6)) : [body];
  return texts.map(read).filter((one) => one !== undefined);
}

const read = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
