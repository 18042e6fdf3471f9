import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { isAlive } from '../tool-servers/harness.ts';

/** How a process ended and all it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process with its output kept. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything on standard error so far. */
  stderr(): string;
  readonly ended: Promise<Ended>;
}

const alive = new Set<ChildProcess>();
// Whatever a test that broke off did not end must not outlive it.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Has a process end when this one does, at the latest. */
export function endWithUs(child: ChildProcess): void {
  alive.add(child);
  child.once('exit', () => alive.delete(child));
}

/** Starts the built product on this Node, without the surroundings' own TOOLGRANT_ variables. */
export function startProcess(
  entry: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly stdin?: 'pipe';
    readonly cwd?: string;
    /** What goes before the command, a tracer for instance; it must not put a process in between. */
    readonly under?: readonly string[];
  } = {},
): Running {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(TOOLGRANT_|VITEST|NODE_)/.test(name),
  );
  const [command = process.execPath, ...rest] = [
    ...(options.under ?? []),
    process.execPath,
    entry,
    ...args,
  ];
  const child = spawn(command, rest, {
    env: { ...Object.fromEntries(inherited), ...options.env },
    stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  endWithUs(child);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, pid: child.pid ?? -1, stderr: () => stderr, ended };
}

/** A command run to its end. */
export const toEnd = (running: Running): Promise<Ended> => running.ended;

/** A `serve` that listens. */
export interface Served extends Running {
  readonly port: number;
  /** Sends a signal, unless it has ended, and waits for its end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
}

/** How `serve` is run, where that is not the usual way. */
export interface ServeOptions {
  /** Options of every command, such as `--log-level`. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What goes before the command; see `startProcess`. */
  readonly under?: readonly string[];
}

/** Starts `serve` on a free port; resolves once it listens. */
export async function serve(
  entry: string,
  config: string,
  { options = [], env = {}, under = [] }: ServeOptions = {},
): Promise<Served> {
  const words = ['--config', config, ...options, 'serve', '--port', '0'];
  const running = startProcess(entry, words, { env, under });
  const { child, ended } = running;
  const port = await new Promise<number>((resolve, reject) => {
    const look = () => {
      const found = /"url":"http:\/\/[^"]*:(\d+)\/mcp"/.exec(running.stderr());
      if (found !== null) resolve(Number(found[1]));
    };
    child.stderr?.on('data', look);
    ended.then(({ stderr }) => reject(new Error(`serve ended: ${stderr}`)), reject);
  });
  return {
    ...running,
    port,
    end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
  };
}

/** The log lines of a broker. */
export const logLines = (stderr: string): readonly Record<string, unknown>[] =>
  stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Processes whose parent is `pid`; Linux only, empty elsewhere. */
export function childrenOf(pid: number): readonly number[] {
  if (process.platform !== 'linux') return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((one) => {
    try {
      const stat = readFileSync(`/proc/${one}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid && isAlive(one);
    } catch {
      return false;
    }
  });
}

/** The most memory a process ever held, MiB; Linux only, 0 elsewhere. */
export function peakMemoryOf(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
