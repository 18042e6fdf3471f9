// What is measured side by side. Each side has HTTP processes that are started once, `http(tools, n)` that
// says where the nth client goes for a server of so many tools, and `stdio(tools)` that starts one for itself.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { grantText, Home, TOOLGRANT } from '../../../test/support/live/home.ts';
import { fill } from './filled.mjs';

const script = (name) => join(import.meta.dirname, name);
const TOOL_SERVER = script('tool-server.mjs');
/** How many tools the tool servers have. Calls go to the one with a single tool, which costs least. */
export const SIZES = [1, 10, 100, 1000];

const alive = new Set();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a program on this Node; its standard error is given to `look`. */
function start(args, { look = () => {}, env = process.env } = {}) {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  child.stderr.setEncoding('utf8').on('data', look);
  return child;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resume) => child.once('exit', resume));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await ended;
  clearTimeout(timer);
}

/** The tool server itself, or the gateway: programs of ours with one set of options. */
async function program(name, title, file) {
  let said = '';
  const { promise: port, resolve: found } = Promise.withResolvers();
  const look = (text) => {
    said += text;
    const match = /listening on port (\d+)/.exec(said);
    if (match !== null) found(Number(match[1]));
  };
  const child = start([file, '--http'], { look });
  child.once('exit', () => found(undefined));
  const to = { port: await port };
  if (to.port === undefined) throw new Error(`${name} ended: ${said}`);
  return {
    name,
    title,
    eras: ['2026', '2025'],
    pid: child.pid,
    http: (tools) => ({ ...to, path: `/${tools}` }),
    stdio: async (tools) => ({ child: start([file, '--tools', String(tools)]) }),
    end: () => end(child),
  };
}

export const direct = () => program('direct', '2.x SDK server, reached directly', TOOL_SERVER);
export const gateway = () =>
  program('gateway', 'gateway of SDK Server + Client', script('gateway.mjs'));

/**
 * The broker, with everything on: every call's grant has a condition, inspection and monitor are as by default, and
 * two records are durable. Clients of a size are a subject of their own, which is granted the tools of one tool
 * server; each has its own session.
 *
 * @param sizes how many tools its tool servers have.
 * @param holds what its state holds beside: `grants`, `sessions`, `events`.
 */
export async function broker(durability, { sizes = SIZES, holds, env = {} } = {}) {
  const grants = sizes.map((tools) => {
    const rules = [`permit: t${tools}/text\n    when: args.size < 10000000`];
    if (tools > 1) rules.push(`permit: t${tools}/look_at_file_*`);
    return [`g${tools}.yaml`, grantText(`g${tools}`, `user${tools}`, rules)];
  });
  const entry = (tools) => ({
    command: process.execPath,
    args: [TOOL_SERVER, '--tools', String(tools)],
    toolgrant: { isolation: 'shared', idleMs: 3_600_000 },
  });
  const home = new Home({
    grants: Object.fromEntries(grants),
    servers: () => Object.fromEntries(sizes.map((tools) => [`t${tools}`, entry(tools)])),
    more: { audit: { durability } },
  });
  const approve = async (tools) => {
    const pinned = await home.run(['tools', 'approve', `t${tools}`, '--yes']);
    if (pinned.code !== 0) throw new Error(`tools approve: ${pinned.stderr}`);
  };
  await Promise.all(sizes.map(approve));
  await home.applyGrants();
  if (holds !== undefined) await fill(await home.state(), holds, `t${sizes[0]}`);
  const served = await home.serve({ env });
  const tokens = new Map();
  /** The session of the nth client that is there at once. */
  const token = async (tools, n) => {
    const name = `${tools} ${n}`;
    if (!tokens.has(name)) tokens.set(name, (await home.open(`user${tools}`)).token);
    return tokens.get(name);
  };
  return {
    name: durability,
    title: `Toolgrant, ${durability}-safe`,
    eras: ['2026', '2025'],
    pid: served.pid,
    home,
    http: async (tools, n) => ({
      ...{ port: served.port, path: '/mcp' },
      ...{ token: await token(tools, n), prefix: `t${tools}__` },
    }),
    stdio: async (tools) => {
      const own = { ...process.env, ...env, TOOLGRANT_TOKEN: await token(tools, 0) };
      const child = start([TOOLGRANT, '--config', home.config, 'stdio'], { env: own });
      return { child, prefix: `t${tools}__` };
    },
    end: async () => {
      await served.end('SIGTERM');
      await home.remove();
    },
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((resume) => server.listen(0, '127.0.0.1', resume));
  const { port } = server.address();
  await new Promise((resume) => server.close(resume));
  return port;
}

const LISTENS_MS = 15_000;
async function listens(url) {
  const until = performance.now() + LISTENS_MS;
  while (performance.now() < until) {
    try {
      await fetch(url, { method: 'OPTIONS' });
      return true;
    } catch {
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
  return false;
}

/** Programs of others that do something like it; they have one tool server each, of one tool. */
const PEERS = {
  'mcp-proxy': {
    entry: 'dist/bin/mcp-proxy.mjs',
    eras: ['2026', '2025'],
    args: (port) => [
      ...['--host', '127.0.0.1', '--port', String(port), '--server', 'stream'],
      ...['--', process.execPath, TOOL_SERVER],
    ],
  },
  supergateway: {
    entry: 'dist/index.js',
    eras: ['2025'],
    args: (port) => [
      ...['--port', String(port), '--outputTransport', 'streamableHttp', '--stateful'],
      ...['--logLevel', 'none', '--stdio', `"${process.execPath}" "${TOOL_SERVER}"`],
    ],
  },
};

/** Those of the peers that are installed under `folder`, kept to loopback whatever they listen on. */
export async function peers(folder) {
  if (folder === undefined) return [];
  const found = [];
  for (const [name, { entry, eras, args }] of Object.entries(PEERS)) {
    const file = join(resolve(folder), 'node_modules', name, entry);
    if (!existsSync(file)) continue;
    const port = await freePort();
    const child = start(['--import', script('loopback-only.mjs'), file, ...args(port)]);
    child.stdout.resume();
    if (await listens(`http://127.0.0.1:${port}/mcp`)) {
      found.push({
        ...{ name, title: name, eras, pid: child.pid, isPeer: true },
        http: () => ({ port, path: '/mcp' }),
        end: () => end(child),
      });
    } else {
      console.error(`${name} does not listen: left out`);
      await end(child);
    }
  }
  return found;
}
