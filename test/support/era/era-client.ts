import type { Message, Wire } from './wire.ts';

/** Which form of the protocol a client or a tool server speaks. */
export type Era = '2025' | '2026';

/** What an exchange came to, in words both eras share. */
export interface Seen {
  /** Notifications of the request, its own progress token replaced. */
  readonly told: readonly Message[];
  /** What was asked of the client meanwhile. */
  readonly asked: readonly Message[];
  /** `undefined`: the request was cancelled. */
  readonly result?: Message;
  readonly error?: Message;
}

/** What a client answers when it is asked. */
const ANSWERS: Readonly<Record<string, Message>> = {
  'elicitation/create': { action: 'accept', content: { name: 'Ada', color: 'red', ok: true } },
  'sampling/createMessage': {
    role: 'assistant',
    content: { type: 'text', text: 'a completion' },
    model: 'none',
    stopReason: 'endTurn',
  },
  'roots/list': { roots: [{ uri: 'file:///work', name: 'work' }] },
};

/** What the clients say they can do. */
const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

/** Milliseconds after which an exchange shows as one without an answer. */
const PATIENCE_MS = 30_000;

const INFO = { name: 'era-client', version: '1.0.0' };

const REVISION = { '2025': '2025-11-25', '2026': '2026-07-28' } as const;

/** The revision a client of an era speaks. */
export const revisionOf = (era: Era): string => REVISION[era];

interface Running {
  readonly told: Message[];
  readonly asked: Message[];
  onTold(): void;
  settle(message: Message | undefined): void;
}

/** A hand-made client: everything it was sent, as it was sent. */
export class EraClient {
  readonly #era: Era;
  readonly #wire: Wire;
  readonly #running = new Map<number, Running>();
  readonly #news: Message[] = [];
  #lastId = 0;
  #listening: number | undefined;

  constructor(era: Era, wire: Wire) {
    this.#era = era;
    this.#wire = wire;
    wire.onMessage = (message) => this.#take(message);
  }

  /** What came that no request owns, oldest first; taken away by looking. */
  takeNews(): readonly Message[] {
    return this.#news.splice(0);
  }

  /** The handshake's result, or that of `server/discover`; afterwards news can come. */
  async start(): Promise<Message> {
    if (this.#era === '2026') return (await this.ask('server/discover')).result ?? {};
    const { result } = await this.ask('initialize', {
      protocolVersion: REVISION['2025'],
      capabilities: CAPABILITIES,
      clientInfo: INFO,
    });
    this.#wire.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    await this.#wire.openNews();
    return result ?? {};
  }

  /** Asks for news of all lists and some resources; what of it the other side agreed to. */
  async listen(uris: readonly string[]): Promise<Message> {
    if (this.#era === '2025') {
      for (const uri of uris) await this.ask('resources/subscribe', { uri });
      return {};
    }
    const notifications = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: uris,
    };
    this.#listening = this.#lastId + 1;
    const acknowledged = Promise.withResolvers<Message>();
    this.#onAcknowledged = acknowledged.resolve;
    const refused = this.ask('subscriptions/listen', { notifications });
    return Promise.race([acknowledged.promise, refused]);
  }

  #onAcknowledged: (params: Message) => void = () => undefined;

  /** Asks once more without news of a resource. */
  async leave(uri: string): Promise<void> {
    if (this.#era === '2025') await this.ask('resources/unsubscribe', { uri });
    else {
      if (this.#listening !== undefined) this.#wire.cancel(this.#listening);
      await this.listen([]);
    }
  }

  /** Asks, answers what it is asked meanwhile, and goes on until there is an answer. */
  async ask(method: string, params: Message = {}, meta: Message = {}): Promise<Seen> {
    const told: Message[] = [];
    const asked: Message[] = [];
    let more: Message = {};
    for (let rounds = 0; ; rounds += 1) {
      if (rounds > 8) throw new Error(`${method} asks without end`);
      const reply = await this.#once(method, { ...params, ...more }, meta, { told, asked }).reply;
      if (reply?.result?.resultType !== 'input_required') {
        return {
          told,
          asked,
          ...(reply?.result === undefined ? {} : { result: reply.result }),
          ...(reply?.error === undefined ? {} : { error: reply.error }),
        };
      }
      const { inputRequests = {}, requestState } = reply.result;
      asked.push(...Object.values<Message>(inputRequests));
      const inputResponses = Object.fromEntries(
        Object.entries<Message>(inputRequests).map(([key, one]) => [key, ANSWERS[one.method]]),
      );
      more = { inputResponses, ...(requestState === undefined ? {} : { requestState }) };
    }
  }

  /** Asks, and takes the request back at the first notification. */
  async askAndCancel(method: string, params: Message): Promise<Seen> {
    const told: Message[] = [];
    const { id, reply } = this.#once(method, params, {}, { told, asked: [] }, () => {
      this.#wire.cancel(id);
      this.#running.get(id)?.settle(undefined);
    });
    await reply;
    return { told, asked: [] };
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  #once(
    method: string,
    params: Message,
    meta: Message,
    kept: Pick<Running, 'told' | 'asked'>,
    onTold: () => void = () => undefined,
  ) {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise: reply, resolve: settle } = Promise.withResolvers<Message | undefined>();
    this.#running.set(id, { ...kept, onTold, settle });
    if (method !== 'subscriptions/listen') {
      const giveUp = setTimeout(() => settle({ error: { message: 'no answer' } }), PATIENCE_MS);
      void reply.then(() => clearTimeout(giveUp));
    }
    const envelope =
      this.#era === '2025'
        ? {}
        : {
            'io.modelcontextprotocol/protocolVersion': REVISION['2026'],
            'io.modelcontextprotocol/clientInfo': INFO,
            'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
          };
    const isUse = /^(tools\/call|prompts\/get|resources\/read)$/.test(method);
    const _meta = { ...envelope, ...(isUse ? { progressToken: id } : {}), ...meta };
    this.#wire.send({
      jsonrpc: '2.0',
      id,
      method,
      params: Object.keys(_meta).length > 0 ? { ...params, _meta } : params,
    });
    return { id, reply };
  }

  #take(message: Message): void {
    if (message.method === undefined) {
      this.#running.get(message.id)?.settle(message);
      this.#running.delete(message.id);
    } else if (message.id !== undefined) {
      const { method, params = {} } = message;
      this.#latest()?.asked.push({ method, params });
      this.#wire.send({ jsonrpc: '2.0', id: message.id, result: ANSWERS[method] ?? {} });
    } else if (message.method === 'notifications/subscriptions/acknowledged') {
      this.#onAcknowledged(message.params.notifications);
    } else if (/progress$|message$/.test(message.method)) {
      const running = this.#running.get(message.params.progressToken) ?? this.#latest();
      const { progressToken: _own, ...params } = message.params;
      running?.told.push({ method: message.method, params });
      running?.onTold();
    } else {
      const { _meta, ...params } = message.params ?? {};
      const tag = _meta?.['io.modelcontextprotocol/subscriptionId'];
      if (tag === this.#listening) this.#news.push({ method: message.method, params });
    }
  }

  /** A client of the tests makes one request at a time, beside one that listens. */
  #latest(): Running | undefined {
    return [...this.#running].findLast(([id]) => id !== this.#listening)?.[1];
  }
}
