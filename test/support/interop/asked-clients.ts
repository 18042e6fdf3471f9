import {
  Client as Client2,
  StreamableHTTPClientTransport as Http2,
} from '@modelcontextprotocol/client';
import { StdioClientTransport as Stdio2 } from '@modelcontextprotocol/client/stdio';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as Stdio1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as Http1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Address, ClientKind } from './sdk-clients.ts';

/** What an SDK client was asked, by its handlers. */
export interface Asked {
  readonly method: string;
  // biome-ignore lint/suspicious/noExplicitAny: any question either SDK can hand over
  readonly params: any;
}

/** An SDK client that can be asked everything, and says yes. */
export interface AskedClient {
  /** What it was asked since the last look. */
  takeAsked(): readonly Asked[];
  /** The text of a tool's result, or the code of the error it came to. */
  call(name: string, args?: Record<string, unknown>): Promise<string>;
  close(): Promise<void>;
}

const INFO = { name: 'asked-client', version: '1.0.0' };
const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

/** What the client answers, by method. */
const ANSWERS = {
  'elicitation/create': {
    action: 'accept',
    content: { name: 'Ada', check: true, firstLine: 'x', email: 'ada@example.com' },
  },
  'sampling/createMessage': {
    role: 'assistant',
    content: { type: 'text', text: 'sampled by the client' },
    model: 'none',
  },
  'roots/list': { roots: [{ uri: 'file:///work', name: 'work' }] },
} as const;

const SCHEMAS = {
  'elicitation/create': ElicitRequestSchema,
  'sampling/createMessage': CreateMessageRequestSchema,
  'roots/list': ListRootsRequestSchema,
} as const;

/** Connects an SDK client whose handlers answer what they are asked. */
export async function connectAsked(kind: ClientKind, address: Address): Promise<AskedClient> {
  const asked: Asked[] = [];
  const handle =
    (method: keyof typeof ANSWERS) =>
    async ({ params }: { params?: unknown }) => {
      asked.push({ method, params });
      return ANSWERS[method];
    };
  const methods = Object.keys(ANSWERS) as (keyof typeof ANSWERS)[];
  // biome-ignore lint/suspicious/noExplicitAny: two SDKs, one use
  let client: any;
  if (kind === '1.x') {
    client = new Client1(INFO, { capabilities: CAPABILITIES });
    for (const method of methods) client.setRequestHandler(SCHEMAS[method], handle(method));
  } else {
    const mode = kind === '2.x legacy' ? 'legacy' : { pin: '2026-07-28' };
    client = new Client2(INFO, {
      capabilities: CAPABILITIES,
      versionNegotiation: { mode: mode as 'legacy' },
    });
    for (const method of methods) client.setRequestHandler(method, handle(method));
  }
  await client.connect(transportOf(kind, address));
  return {
    takeAsked: () => asked.splice(0),
    async call(name, args = {}) {
      try {
        const result = await client.callTool({ name, arguments: args });
        return (result.content as { text?: string }[]).map(({ text }) => text ?? '').join('\n');
      } catch (error) {
        return `error ${(error as { code?: unknown }).code}`;
      }
    },
    close: () => client.close(),
  };
}

function transportOf(kind: ClientKind, address: Address): unknown {
  if (address.kind === 'stdio') {
    const { command, args, env = {}, cwd } = address;
    const parameters = {
      command,
      args: [...args],
      env: { ...env },
      stderr: 'ignore' as const,
      ...(cwd === undefined ? {} : { cwd }),
    };
    return kind === '1.x' ? new Stdio1(parameters) : new Stdio2(parameters);
  }
  const headers = address.token === undefined ? {} : { Authorization: `Bearer ${address.token}` };
  const options = { requestInit: { headers } };
  return kind === '1.x'
    ? new Http1(new URL(address.url), options)
    : new Http2(new URL(address.url), options);
}
