import {
  Client as Client2,
  StreamableHTTPClientTransport as Http2,
} from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

/** The SDK clients of the tests, and the era each speaks where the other side can. */
export const CLIENTS = ['1.x', '2.x legacy', '2.x modern'] as const;

/** One of the SDK clients. */
export type ClientKind = (typeof CLIENTS)[number];

/** Where a client connects to. */
export type Address =
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly cwd?: string;
    }
  | { readonly kind: 'http'; readonly url: string; readonly token?: string };

/** A reply: as it was on the wire but for its id, and as the SDK hands it to whoever asked. */
export interface Answer {
  readonly wire: unknown;
  readonly handed: unknown;
}

/** A tool's definition as it was on the wire. */
export type Definition = { readonly name: string; readonly [member: string]: unknown };

/** A `tools/list` reply, as far as the tests look into it. */
export interface ToolList {
  readonly result: {
    readonly tools: readonly Definition[];
    readonly ttlMs?: number;
    readonly cacheScope?: string;
  };
}

/** What a call may come with. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: unknown) => void;
}

/** A connected client. */
export interface Talk {
  readonly era: '2025' | '2026';
  /** Pid of the process it started; `undefined` over HTTP. */
  readonly pid: number | undefined;
  /** Everything sent and received so far, in order. */
  readonly wire: readonly WireMessage[];
  /** The last `tools/list` result as it was on the wire. */
  list(): Promise<ToolList['result']>;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<Answer>;
  /** Asks by one of the client's own methods, such as `getPrompt`. */
  ask(verb: string, params?: Record<string, unknown>): Promise<Answer>;
  close(): Promise<void>;
}

/** A message and its way. */
export interface WireMessage {
  readonly way: 'sent' | 'received';
  // biome-ignore lint/suspicious/noExplicitAny: any message either SDK can send or receive
  readonly message: any;
}

interface SdkClient {
  connect(transport: unknown): Promise<void>;
  listTools(): Promise<unknown>;
  callTool(params: unknown, ...more: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

interface SdkTransport {
  onmessage?: (message: unknown) => void;
  send(message: unknown, ...more: unknown[]): Promise<void>;
  readonly pid?: number | null;
}

const INFO = { name: 'interop-client', version: '1.2.3' };

/**
 * Connects a client.
 *
 * @param modern What "2.x modern" insists on: `pin` is the 2026 era or nothing, `auto` whatever the
 * other side speaks.
 */
export async function connect(
  kind: ClientKind,
  address: Address,
  modern: 'pin' | 'auto' = 'pin',
): Promise<Talk> {
  const transport = (kind === '1.x' ? transport1(address) : transport2(address)) as SdkTransport;
  const wire: WireMessage[] = [];
  transport.onmessage = (message) => {
    wire.push({ way: 'received', message: structuredClone(message) });
  };
  const send = transport.send.bind(transport);
  transport.send = (message, ...more) => {
    wire.push({ way: 'sent', message: structuredClone(message) });
    return send(message, ...more);
  };
  const client = makeClient(kind, modern);
  await client.connect(transport);
  let listed: ToolList['result'] | undefined;
  const lastReply = (from: number): unknown => {
    const reply = wire
      .slice(from)
      .findLast(({ way, message }) => way === 'received' && message.method === undefined);
    if (reply === undefined) return undefined;
    const { id: _id, ...others } = reply.message;
    return others;
  };
  const ask = async (run: () => Promise<unknown>): Promise<Answer> => {
    const from = wire.length;
    const handed = await run().then(
      (result) => ({ result }),
      (error: Error & { code?: unknown }) => ({ threw: error.name, code: error.code }),
    );
    return { wire: lastReply(from), handed };
  };
  return {
    get era() {
      if (kind === '1.x') return '2025';
      return (client as unknown as Client2).getNegotiatedProtocolVersion() === '2026-07-28'
        ? '2026'
        : '2025';
    },
    pid: transport.pid ?? undefined,
    wire,
    async list() {
      const answer = await ask(() => client.listTools());
      // A 2026 list may be kept for its `ttlMs`; a client that kept it asks nobody.
      listed = (answer.wire as ToolList | undefined)?.result ?? listed;
      if (listed === undefined) throw new Error(`no list: ${JSON.stringify(answer)}`);
      return listed;
    },
    call(name, args = {}, options = {}) {
      const params = { name, arguments: args };
      return ask(() =>
        kind === '1.x'
          ? client.callTool(params, undefined, options)
          : client.callTool(params, options),
      );
    },
    ask(verb, params) {
      const verbs = client as unknown as Record<string, (params?: unknown) => Promise<unknown>>;
      return ask(async () => verbs[verb]?.(params));
    },
    close: () => client.close(),
  };
}

function makeClient(kind: ClientKind, modern: 'pin' | 'auto'): SdkClient {
  if (kind === '1.x') return new Client1(INFO) as unknown as SdkClient;
  const mode =
    kind === '2.x legacy' ? 'legacy' : modern === 'auto' ? 'auto' : { pin: '2026-07-28' };
  return new Client2(INFO, { versionNegotiation: { mode } }) as unknown as SdkClient;
}

function transport1(address: Address): unknown {
  return address.kind === 'stdio'
    ? new Stdio1(stdioParameters(address))
    : new Http1(new URL(address.url), withToken(address.token));
}

function transport2(address: Address): unknown {
  return address.kind === 'stdio'
    ? new Stdio2(stdioParameters(address))
    : new Http2(new URL(address.url), withToken(address.token));
}

const stdioParameters = (address: Address & { readonly kind: 'stdio' }) => ({
  command: address.command,
  args: [...address.args],
  env: { ...address.env },
  stderr: 'ignore' as const,
  ...(address.cwd === undefined ? {} : { cwd: address.cwd }),
});

const withToken = (token: string | undefined) =>
  token === undefined ? {} : { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
