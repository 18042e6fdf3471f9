import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { JsonObject } from '../../src/domain/json.ts';

/** One event of a stream, as it came. */
export interface StreamEvent {
  readonly id?: string;
  readonly retry?: number;
  readonly data: string;
}

/** An event stream that is being read: event by event, for as long as the test likes. */
export class EventStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly #sent: ClientRequest;
  readonly #events: StreamEvent[] = [];
  readonly #waiting: (() => void)[] = [];
  #rest = '';
  /** Everything that came, as text. */
  text = '';
  isOver = false;

  private constructor(sent: ClientRequest, answer: IncomingMessage) {
    this.#sent = sent;
    this.status = answer.statusCode ?? 0;
    this.headers = answer.headers;
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => this.#read(part));
    answer.on('error', () => {});
    answer.on('close', () => {
      this.isOver = true;
      this.#wake();
    });
  }

  /** Opens one by a POST with a body, or a GET without. */
  static open(
    port: number,
    headers: Readonly<Record<string, string>>,
    body?: string,
    path = '/mcp',
  ): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          path,
          method: body === undefined ? 'GET' : 'POST',
          agent: false,
          headers: {
            authorization: 'Bearer token-a',
            accept: 'application/json, text/event-stream',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
        },
        (answer) => resolve(new EventStream(sent, answer)),
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** The next event; `undefined` when the stream is over. */
  async next(): Promise<StreamEvent | undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined || this.isOver) return event;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The next message, events without one left out. */
  async message(): Promise<JsonObject> {
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error('the stream is over');
      if (event.data !== '') return JSON.parse(event.data);
    }
  }

  /** Waits for the end of the stream. */
  async ended(): Promise<void> {
    while (!this.isOver) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Breaks the connection off. */
  leave(): void {
    this.#sent.destroy();
  }

  #read(part: string): void {
    this.text += part;
    const blocks = (this.#rest + part).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
        }),
      );
      const data = fields.get('data');
      if (data === undefined) continue;
      const id = fields.get('id');
      const retry = fields.get('retry');
      this.#events.push({
        data,
        ...(id === undefined ? {} : { id }),
        ...(retry === undefined ? {} : { retry: Number(retry) }),
      });
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
