import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Address } from './sdk-clients.ts';

const own = (name: string): string =>
  fileURLToPath(new URL(`../tool-servers/${name}`, import.meta.url));
const official = (name: string): string =>
  fileURLToPath(
    new URL(`../../../node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url),
  );

const FILES = {
  everything: official('server-everything'),
  files: official('server-filesystem'),
  memory: official('server-memory'),
  raw: own('odd-raw.mjs'),
  modern: own('modern-server.mjs'),
};

/** The tool servers behind the broker: over stdio, and `remote` and `far` over HTTP. */
export const SERVERS = ['everything', 'files', 'memory', 'raw', 'modern', 'remote', 'far'] as const;

/** One of the tool servers. */
export type ServerName = (typeof SERVERS)[number];

/** The tools the grant gives, by server. */
export const GRANTED: Readonly<Record<ServerName, readonly string[]>> = {
  everything: [
    'echo',
    'get-annotated-message',
    'get-resource-links',
    'get-structured-content',
    'get-sum',
    'get-tiny-image',
    'trigger-long-running-operation',
  ],
  files: ['list_directory', 'read_text_file'],
  memory: ['read_graph', 'search_nodes'],
  raw: [
    'as_received',
    'cancellations',
    'hold',
    'odd_error',
    'odd_result',
    'plain',
    'positive_error',
    'steps',
  ],
  modern: ['add', 'cancellations', 'fail', 'grüße', 'hold', 'steps'],
  remote: ['echo', 'get-sum', 'trigger-long-running-operation'],
  far: ['add', 'cancellations', 'fail', 'grüße', 'hold', 'steps'],
};

/** A tool each server has and nobody is granted. */
export const UNGRANTED: Readonly<Record<ServerName, string>> = {
  everything: 'get-env',
  files: 'write_file',
  memory: 'delete_entities',
  raw: 'secret_tool',
  modern: 'secret_tool',
  remote: 'get-env',
  far: 'secret_tool',
};

/** Who may do what. `get-env` is under a permitted glob and denied. */
export const GRANT = `id: alice-interop
subject: alice
purpose: Reach every kind of tool server
expires: 2099-12-31T23:59:59Z
rules:
  - permit: everything/{echo,get-annotated-message,get-env,get-s*,get-tiny-image,get-resource-links}
  - permit: "{everything,remote}/trigger-long-running-operation"
  - permit: files/{read_text_file,list_directory}
  - permit: memory/{read_graph,search_nodes}
  - permit: raw/{odd_*,positive_error,as_received,plain,steps,hold,cancellations}
  - permit: "{modern,far}/{add,grüße,fail,steps,hold,cancellations}"
  - permit: remote/{echo,get-*}
  - deny: "*/get-env"
  - deny: remote/get-{a,r,t}*
  - deny: remote/get-structured-content
`;

/** Files beside the configuration. */
export const WORKSPACE: Readonly<Record<string, string>> = {
  'workspace/hello.txt': 'hällo\n',
  'workspace/memory.jsonl': `${JSON.stringify({
    type: 'entity',
    name: 'ada',
    entityType: 'person',
    observations: ['wrote the first program'],
  })}\n`,
};

/** How each client sees a tool where several servers share one list, by the design's rule for names. */
export function sharedName(server: string, tool: string): string {
  const plain = `${server}__${tool}`;
  if (/^[A-Za-z0-9_-]{1,48}$/.test(plain)) return plain;
  const hash = createHash('sha256').update(`${server}/${tool}`).digest('hex').slice(0, 8);
  return `${plain.replaceAll(/[^A-Za-z0-9_-]/g, '-').slice(0, 39)}_${hash}`;
}

/** A call and how the audit must name its end. */
export interface SampleCall {
  readonly tool: string;
  readonly args: Record<string, unknown>;
  readonly outcome: 'ok' | 'tool_error' | 'rpc_error';
}

const ok = (tool: string, args: Record<string, unknown> = {}): SampleCall => ({
  tool,
  args,
  outcome: 'ok',
});

/** The calls made of each server, with and without the broker. */
export const sampleCalls = (
  folder: string,
): Readonly<Record<ServerName, readonly SampleCall[]>> => ({
  everything: [
    ok('echo', { message: 'hällo \u{1f44b}' }),
    { tool: 'echo', args: { message: 1 }, outcome: 'tool_error' },
    ok('get-sum', { a: 2, b: 40 }),
    ok('get-structured-content', { location: 'Chicago' }),
    ok('get-annotated-message', { messageType: 'error', includeImage: true }),
    ok('get-resource-links', { count: 2 }),
    ok('get-tiny-image'),
  ],
  files: [
    ok('read_text_file', { path: `${folder}/workspace/hello.txt` }),
    ok('list_directory', { path: `${folder}/workspace` }),
    { tool: 'read_text_file', args: { path: '/etc/hosts' }, outcome: 'tool_error' },
  ],
  memory: [ok('read_graph'), ok('search_nodes', { query: 'ada' })],
  raw: [
    ok('plain'),
    ok('odd_result', { n: 1 }),
    { tool: 'odd_error', args: {}, outcome: 'rpc_error' },
    { tool: 'positive_error', args: {}, outcome: 'rpc_error' },
    ok('as_received', { b: 1, a: ['ä', null, '\u{1f44b}'], '': 0.5 }),
  ],
  modern: [
    ok('add', { a: 1, b: 2.5 }),
    ok('grüße'),
    { tool: 'fail', args: {}, outcome: 'tool_error' },
  ],
  remote: [ok('echo', { message: 'far away' }), ok('get-sum', { a: 2, b: 40 })],
  far: [
    ok('add', { a: -1, b: 2.5 }),
    ok('grüße'),
    { tool: 'fail', args: {}, outcome: 'tool_error' },
  ],
});

/** The HTTP tool servers, running, and how to reach every server directly. */
export interface RunningServers {
  /** The configuration's entries for a project in `folder`. */
  entries(folder: string): Record<string, unknown>;
  /** How a client reaches a server without the broker. */
  direct(server: ServerName, folder: string): Address;
  stop(): Promise<void>;
}

/** Starts the HTTP tool servers. */
export async function startServers(): Promise<RunningServers> {
  const port = await freePort();
  const remote = spawn(process.execPath, [FILES.everything, 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const far = spawn(process.execPath, [FILES.modern, '--http'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const children = [remote, far];
  const [remotePort, farPort] = await Promise.all(children.map(listeningPort));
  const urls = {
    remote: `http://127.0.0.1:${remotePort}/mcp`,
    far: `http://127.0.0.1:${farPort}/mcp`,
  };
  const stdio = (server: string, folder: string) => {
    const args = server === 'files' ? [FILES.files, `${folder}/workspace`] : [];
    const env = { MEMORY_FILE_PATH: `${folder}/workspace/memory.jsonl` };
    return {
      command: process.execPath,
      args: args.length > 0 ? args : [FILES[server as keyof typeof FILES]],
      ...(server === 'memory' ? { env } : {}),
    };
  };
  return {
    entries: (folder) =>
      Object.fromEntries(
        SERVERS.map((server) => [
          server,
          server === 'remote' || server === 'far'
            ? { type: 'http', url: urls[server] }
            : stdio(server, folder),
        ]),
      ),
    direct: (server, folder) =>
      server === 'remote' || server === 'far'
        ? { kind: 'http', url: urls[server] }
        : { kind: 'stdio', ...stdio(server, folder) },
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null) return;
          const ended = once(child, 'exit');
          child.kill('SIGKILL');
          await ended;
        }),
      );
    },
  };
}

/** A port that was free a moment ago: the everything server takes none by itself. */
async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

function listeningPort(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    const port = /listening on port (\d+)/.exec(line)?.[1];
    if (port !== undefined) resolve(Number(port));
  });
  child.once('exit', (code) => reject(new Error(`an HTTP tool server ended with ${code}`)));
  return promise;
}
