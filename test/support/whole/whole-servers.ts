import type {
  CallHooks,
  DispatchReply,
  ToolServerConnection,
  ToolServerConnector,
} from '../../../src/dispatch/tool-server.ts';
import type { ServerOffer } from '../../../src/domain/catalog-record.ts';
import type { Era } from '../../../src/domain/era.ts';
import { BrokerError } from '../../../src/domain/errors.ts';
import type { IntentReceipt } from '../../../src/domain/intent-receipt.ts';
import { type JsonObject, member, stringMember } from '../../../src/domain/json.ts';

/** What one tool server in memory has; every member may change while it runs. */
export interface WholeServer {
  readonly era: Era;
  tools: readonly JsonObject[];
  prompts: readonly JsonObject[];
  templates: readonly JsonObject[];
  /** Whole entries of `resources/list`. */
  resources: readonly JsonObject[];
  capabilities: JsonObject;
  instructions?: string;
  /** Resources on a page of its list. */
  pageSize: number;
  /** Does not start. */
  isBroken: boolean;
  /** Answers instead of what it would. */
  answer?: (method: string, params: JsonObject) => DispatchReply | undefined;
  /** Sees a use before it is answered, with what it may tell and ask. */
  onCall?: (method: string, hooks: CallHooks) => Promise<void> | void;
}

/** A use that reached a tool server. */
export interface Reached {
  readonly server: string;
  readonly method: string;
  readonly params: JsonObject;
  /** The intent it was sent under. */
  readonly intent: number;
}

const CAPABILITIES: JsonObject = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  completions: {},
  logging: {},
};

/** A server with two of everything, named after it. */
export const wholeServer = (name: string, more: Partial<WholeServer> = {}): WholeServer => ({
  era: '2025',
  tools: ['read', 'write'].map((tool) => ({
    name: tool,
    description: `${tool} of ${name}`,
    inputSchema: { type: 'object' },
  })),
  prompts: ['triage', 'review'].map((prompt) => ({
    name: prompt,
    description: `${prompt} of ${name}`,
    arguments: [{ name: 'topic' }],
  })),
  templates: ['item', 'other'].map((kind) => ({
    uriTemplate: `${name}://${kind}/{id}`,
    name: `${kind} of ${name}`,
  })),
  resources: ['item/1', 'other/1'].map((path) => ({
    uri: `${name}://${path}`,
    name: `${path} of ${name}`,
  })),
  capabilities: CAPABILITIES,
  instructions: `Use ${name} with care.`,
  pageSize: 100,
  isBroken: false,
  ...more,
});

/** Tool servers of every surface, without processes: the connector's port in memory. */
export class WholeServers {
  readonly reached: Reached[] = [];
  /** Tasks the broker cancelled of its own accord. */
  readonly cancelled: string[] = [];
  /** Servers in the order they were started. */
  readonly starts: string[] = [];
  readonly #servers: ReadonlyMap<string, WholeServer>;

  constructor(servers: Readonly<Record<string, WholeServer>>) {
    this.#servers = new Map(Object.entries(servers));
  }

  of(name: string): WholeServer {
    const found = this.#servers.get(name);
    if (found === undefined) throw new Error(`no server ${name}`);
    return found;
  }

  connector(): ToolServerConnector {
    return {
      connect: async ({ name }) => {
        this.starts.push(name);
        if (this.of(name).isBroken) throw new BrokerError('ERR_SERVER_START', 'broken');
        const { promise: closed, resolve } = Promise.withResolvers<void>();
        const connection: ToolServerConnection = {
          offer: offerOf(name, this.of(name)),
          closed,
          call: (receipt, params, hooks) => this.#call(name, receipt, params, hooks),
          unsubscribe: async () => {},
          cancelTask: async (id) => void this.cancelled.push(id),
          refresh: async () => offerOf(name, this.of(name)),
          close: async () => resolve(),
        };
        return connection;
      },
    };
  }

  async #call(
    server: string,
    receipt: IntentReceipt,
    params: JsonObject,
    hooks: CallHooks,
  ): Promise<DispatchReply> {
    const { method } = receipt;
    if (receipt.target.server !== server) throw new Error('a use went astray');
    if (!hooks.mayWrite()) return { kind: 'not_sent' };
    this.reached.push({ server, method, params, intent: receipt.seq });
    const it = this.of(server);
    await it.onCall?.(method, hooks);
    return it.answer?.(method, params) ?? answerOf(server, it, method, params);
  }
}

const offerOf = (name: string, it: WholeServer): ServerOffer => ({
  era: it.era,
  revision: it.era === '2025' ? '2025-11-25' : '2026-07-28',
  askedWith: {},
  serverInfo: { name, version: '1' },
  capabilities: it.capabilities,
  tools: it.tools,
  prompts: it.prompts,
  templates: it.templates,
  ...(it.instructions === undefined ? {} : { instructions: it.instructions }),
});

function answerOf(
  name: string,
  it: WholeServer,
  method: string,
  params: JsonObject,
): DispatchReply {
  const form = it.era === '2026' ? { resultType: 'complete' } : {};
  const result = (more: JsonObject): DispatchReply => ({
    kind: 'result',
    result: { ...form, ...more },
  });
  const text = `${name} answers ${method}`;
  switch (method) {
    case 'tools/call':
      return result({ content: [{ type: 'text', text }] });
    case 'prompts/get':
      return result({ messages: [{ role: 'user', content: { type: 'text', text } }] });
    case 'completion/complete':
      return result({ completion: { values: [text] } });
    case 'resources/list': {
      const from = Number(stringMember(params, 'cursor') ?? 0);
      const page = it.resources.slice(from, from + it.pageSize);
      const next = from + it.pageSize;
      return result({
        resources: page,
        ...(next < it.resources.length ? { nextCursor: String(next) } : {}),
      });
    }
    case 'resources/read': {
      const uri = stringMember(params, 'uri') ?? '';
      if (it.resources.some((resource) => member(resource, 'uri') === uri)) {
        return result({ contents: [{ uri, text }] });
      }
      const code = it.era === '2025' ? -32002 : -32602;
      return {
        kind: 'error',
        error: { code, message: 'Resource not found', data: { uri } },
      };
    }
    default:
      return result({});
  }
}
