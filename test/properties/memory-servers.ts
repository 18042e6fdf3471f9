import { hashDefinition } from '../../src/catalog/definition-hash.ts';
import type {
  CallHooks,
  ConnectionEvents,
  DispatchReply,
  ToolServerConnection,
  ToolServerConnector,
  ToolServerSpec,
} from '../../src/dispatch/tool-server.ts';
import type { ServerOffer } from '../../src/domain/catalog-record.ts';
import { BrokerError } from '../../src/domain/errors.ts';
import type { IntentReceipt } from '../../src/domain/intent-receipt.ts';
import { type JsonObject, stringMember } from '../../src/domain/json.ts';

/** A tool's definition at a version: another version is another text, as a rug pull has it. */
export const definitionOf = (server: string, tool: string, version: number): JsonObject => ({
  name: tool,
  description: `${tool} of ${server}, version ${version}`,
  inputSchema: { type: 'object' },
});

/** One call that reached a tool server. */
export interface Sent {
  readonly server: string;
  readonly tool: string;
  /** The intent it was sent under. */
  readonly intent: number;
}

/**
 * Tool servers without processes: the connector's port in memory. What they offer can change while
 * they run, and everything that reaches them is written down.
 */
export class MemoryServers {
  readonly sent: Sent[] = [];
  /** Servers in the order they were started. */
  readonly starts: string[] = [];
  readonly #offered = new Map<string, Map<string, number>>();
  readonly #live = new Set<MemoryConnection>();
  readonly #pause: (what: string) => Promise<void>;

  /** @param pause where a start or an answer takes its time. */
  constructor(pause: (what: string) => Promise<void> = async () => {}) {
    this.#pause = pause;
  }

  /** Tools and their versions, as a server started now would offer them. */
  offered(server: string): ReadonlyMap<string, number> {
    return this.#offered.get(server) ?? new Map();
  }

  /** Sets a tool's version, or takes it away with `undefined`. Nobody is told. */
  offer(server: string, tool: string, version: number | undefined): void {
    const tools = new Map(this.offered(server));
    if (version === undefined) tools.delete(tool);
    else tools.set(tool, version);
    this.#offered.set(server, tools);
  }

  /** Has every running process of a server say that its list changed. */
  announce(server: string): void {
    for (const connection of this.#live) if (connection.server === server) connection.announce();
  }

  read(server: string): ServerOffer {
    const tools = [...this.offered(server)];
    return {
      era: '2025',
      revision: '2025-11-25',
      askedWith: {},
      serverInfo: { name: server, version: '1' },
      capabilities: { tools: { listChanged: true } },
      prompts: [],
      templates: [],
      tools: tools.map(([tool, version]) => definitionOf(server, tool, version)),
    };
  }

  /** The port, as one broker has it. */
  connector(): ToolServerConnector {
    return {
      connect: async (spec, events, { signal }) => {
        await this.#pause(`start ${spec.name}`);
        if (signal.aborted) throw new BrokerError('ERR_SERVER_CLOSED', 'start given up');
        this.starts.push(spec.name);
        const connection = new MemoryConnection(this, spec, events, this.#pause);
        this.#live.add(connection);
        void connection.closed.then(() => this.#live.delete(connection));
        return connection;
      },
    };
  }
}

class MemoryConnection implements ToolServerConnection {
  offer: ServerOffer;
  readonly closed: Promise<void>;
  readonly server: string;
  readonly #servers: MemoryServers;
  readonly #events: ConnectionEvents;
  readonly #pause: (what: string) => Promise<void>;
  readonly #close: () => void;
  #isStale = false;

  constructor(
    servers: MemoryServers,
    spec: ToolServerSpec,
    events: ConnectionEvents,
    pause: (what: string) => Promise<void>,
  ) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#close = resolve;
    this.server = spec.name;
    this.#servers = servers;
    this.#events = events;
    this.#pause = pause;
    this.offer = servers.read(spec.name);
  }

  announce(): void {
    this.#isStale = true;
    this.#events.onListChanged('tools');
  }

  async unsubscribe(): Promise<void> {}

  async cancelTask(): Promise<void> {}

  async refresh(): Promise<ServerOffer> {
    if (this.#isStale) {
      await this.#pause(`read ${this.server}`);
      this.#isStale = false;
      this.offer = this.#servers.read(this.server);
    }
    return this.offer;
  }

  /** As the real connection: reads a stale list first, compares, looks once more, writes. */
  async call(
    receipt: IntentReceipt,
    params: JsonObject,
    { signal, mayWrite, onProgress }: CallHooks,
  ): Promise<DispatchReply> {
    const { target } = receipt;
    const { server, tool } = target.kind === 'tool' ? target : { server: '', tool: '' };
    if (server !== this.server || params.name !== tool) throw new Error('a call went astray');
    if (this.#isStale) await this.refresh();
    const found = this.offer.tools.find((each) => stringMember(each, 'name') === tool);
    if (found === undefined || hashDefinition(found) !== receipt.definitionHash)
      return { kind: 'not_sent' };
    if (signal.aborted) return { kind: 'cancelled' };
    if (!mayWrite()) return { kind: 'not_sent' };
    this.#servers.sent.push({ server, tool, intent: receipt.seq });
    onProgress?.({ progress: 1, message: nonceOf(receipt) });
    // Once more, cancelled meanwhile or not: a tool server says what it likes when it likes.
    void this.#pause('progress').then(() => onProgress?.({ progress: 2 }));
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await Promise.race([this.#pause(`answer of ${server}`), aborted]);
    if (signal.aborted) return { kind: 'cancelled' };
    return { kind: 'result', result: { content: [{ type: 'text', text: nonceOf(receipt) }] } };
  }

  async close(): Promise<void> {
    this.#close();
  }
}

/** What only the answer to one intent holds. */
export const nonceOf = ({ seq }: { readonly seq: number }): string => `nonce-${seq}-`;
