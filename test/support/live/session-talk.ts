import type { StdioClient } from './stdio-client.ts';

const INFO = { name: 'test', version: '1' };
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': INFO,
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A stdio client of either era in a conversation: requests by method, and the notifications it got. */
export class SessionTalk {
  readonly client: StdioClient;
  readonly era: '2025' | '2026';
  #lastId = 0;

  constructor(client: StdioClient, era: '2025' | '2026') {
    this.client = client;
    this.era = era;
  }

  /** Says hello, as its era does. */
  begin() {
    return this.era === '2025'
      ? this.ask('initialize', {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: INFO,
        })
      : this.ask('server/discover');
  }

  ask(method: string, params: Readonly<Record<string, unknown>> = {}) {
    return this.client.ask({ id: this.nextId(), method, params: this.#withEnvelope(params) });
  }

  /** Opens a `subscriptions/listen`, which is not answered until it ends. @returns its id. */
  listen(notifications: object): number {
    const id = this.nextId();
    void this.client.ask({
      id,
      method: 'subscriptions/listen',
      params: this.#withEnvelope({ notifications }),
    });
    return id;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** What it was told unasked, in order, without the changes of lists of which it was told twice. */
  get told(): readonly { readonly method: string; readonly params?: Record<string, unknown> }[] {
    return this.client.lines
      .map((line) => JSON.parse(line))
      .filter((message) => typeof message.method === 'string' && !('id' in message));
  }

  #withEnvelope(params: Readonly<Record<string, unknown>>) {
    return this.era === '2025' ? params : { ...params, _meta: ENVELOPE };
  }
}
