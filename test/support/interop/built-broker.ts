import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EventFilter } from '../../../src/audit/event-store.ts';
import { type OpenState, openState } from '../../../src/compose.ts';
import type { AuditEvent } from '../../../src/domain/event.ts';
import { openSessionOn } from '../open-session.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The built binary's entry file. */
export const CLI = join(root, 'bin', 'toolgrant.js');

if (!existsSync(join(root, 'dist', 'main.js'))) {
  throw new Error('these tests run the built binary: run `npm run build` first');
}

/** What a command printed and how it ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A broker over HTTP. */
export interface Serving {
  /** Ends in `/mcp`. */
  readonly url: string;
  readonly pid: number;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** A configuration with its state in a folder of its own. */
export interface Project {
  readonly folder: string;
  readonly configPath: string;
  run(...args: string[]): Promise<Ran>;
  /** Runs a command that prints JSON; throws what it said when it did not end with 0. */
  json<T>(...args: string[]): Promise<T>;
  openSession(subject: string): Promise<{ readonly id: string; readonly token: string }>;
  /** Events that meet the conditions, oldest first. */
  events(filter: EventFilter): Promise<readonly AuditEvent[]>;
  serve(): Promise<Serving>;
  remove(): Promise<void>;
}

/** Lays out configuration, grants and a workspace in a new folder only its owner can read. */
export async function createProject(layout: {
  readonly mcpServers: (folder: string) => Record<string, unknown>;
  readonly grants: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'toolgrant-interop-'));
  const configPath = join(folder, 'mcp.config.json');
  await mkdir(join(folder, 'grants'), { mode: 0o700 });
  await mkdir(join(folder, 'workspace'), { mode: 0o700 });
  for (const [name, text] of Object.entries(layout.files ?? {})) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
  for (const [name, text] of Object.entries(layout.grants)) {
    await writeFile(join(folder, 'grants', name), text, { mode: 0o600 });
  }
  const config = { listen: '127.0.0.1:0', mcpServers: layout.mcpServers(folder) };
  await writeFile(configPath, JSON.stringify(config, null, 2), { mode: 0o600 });
  const running = new Set<ChildProcess>();
  let state: Promise<OpenState> | undefined;
  const opened = (): Promise<OpenState> => {
    state ??= openState({ configPath, command: 'test', logLevel: 'silent' });
    return state;
  };

  async function run(...args: string[]): Promise<Ran> {
    const child = spawn(process.execPath, [CLI, '--config', configPath, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stdout, stderr };
  }

  async function json<T>(...args: string[]): Promise<T> {
    const ran = await run(...args);
    if (ran.code !== 0) throw new Error(`${args.join(' ')} ended with ${ran.code}: ${ran.stderr}`);
    return JSON.parse(ran.stdout) as T;
  }

  return {
    folder,
    configPath,
    run,
    json,
    openSession: async (subject) => openSessionOn(await opened(), subject),
    events: async (filter) => (await opened()).context.events.query(filter),
    async serve() {
      const child = spawn(process.execPath, [CLI, '--config', configPath, 'serve', '--port', '0'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      running.add(child);
      const url = await listeningUrl(child);
      return {
        url,
        pid: child.pid ?? -1,
        async stop() {
          running.delete(child);
          if (child.exitCode !== null) return child.exitCode;
          const ended = once(child, 'exit');
          child.kill('SIGTERM');
          const [code] = (await ended) as [number | null];
          return code;
        },
      };
    },
    async remove() {
      for (const child of running) child.kill('SIGKILL');
      (await state)?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function listeningUrl(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    said.push(line);
    if (!line.includes('"listening"')) return;
    resolve((JSON.parse(line) as { url: string }).url);
  });
  child.once('exit', (code) => {
    reject(new Error(`serve ended with ${code}: ${said.join('\n')}`));
  });
  return promise;
}
