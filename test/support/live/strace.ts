import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Home } from './home.ts';

/** A failure of the disk, made by `strace`: the kernel's answer, not the product's word for it. */
export interface DiskFault {
  readonly step: keyof typeof CALLS;
  readonly error: 'EIO' | 'ENOSPC';
  /** The k-th call of this kind fails, counted from 1 on each thread. */
  readonly at: number;
  /** Whether every later one fails as well. */
  readonly isLasting?: boolean;
  /** Only the database file itself, which is written when the WAL is carried over. */
  readonly isDatabaseOnly?: boolean;
}

const CALLS = {
  write: 'write,pwrite64,pwritev',
  sync: 'fsync,fdatasync',
  truncate: 'ftruncate',
} as const;

/**
 * `strace` counts calls by thread. Commits are synced on a thread of Node's pool: where it has only one, the
 * k-th is the k-th.
 */
export const ONE_SYNC_THREAD = { UV_THREADPOOL_SIZE: '1' } as const;

/** A `strace` at work. */
export interface Tracing {
  /** How many calls to the system it has made fail so far. */
  injected(): number;
  /** Lets the process alone again. */
  detach(): Promise<void>;
}

/** Why processes cannot be traced here; `undefined` when they can. */
export async function straceProblem(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'strace is for Linux';
  if (spawnSync('strace', ['-V']).error !== undefined) return 'strace is not installed';
  const other = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    const { detach } = await attach(other.pid ?? -1, ['-e', 'trace=none']);
    await detach();
    return undefined;
  } catch {
    return 'strace may not attach to processes here';
  } finally {
    other.kill('SIGKILL');
  }
}

/** Makes the disk fail under the state of a broker that runs. */
export const failUnder = (home: Home, pid: number, fault: DiskFault): Promise<Tracing> =>
  attach(pid, faultArgs(home, fault));

/** What goes before a command so that it runs on a failing disk from its start. */
export const straceCommand = (home: Home, fault: DiskFault, output: string): readonly string[] => [
  'strace',
  ...['-f', '-D', '--seccomp-bpf', '-o', output],
  ...faultArgs(home, fault),
];

/** How many calls to the system failed, by what `strace` wrote. */
export const injectedIn = (output: string): number =>
  readFileSync(output, 'utf8').split('(INJECTED)').length - 1;

function faultArgs(home: Home, fault: DiskFault): readonly string[] {
  const database = join(home.dir, '.toolgrant', 'toolgrant.db');
  const files = fault.isDatabaseOnly ? [''] : ['', '-wal', '-shm'];
  const calls = CALLS[fault.step];
  const when = `${fault.at}${fault.isLasting ? '+' : ''}`;
  return [
    ...files.flatMap((end) => ['-P', `${database}${end}`]),
    ...['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${fault.error}:when=${when}`],
  ];
}

async function attach(pid: number, args: readonly string[]): Promise<Tracing> {
  const folder = mkdtempSync(join(tmpdir(), 'tg-strace-'));
  const output = join(folder, 'calls');
  const strace = spawn('strace', ['-f', '-p', String(pid), '-o', output, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => strace.once('close', () => resolve()));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/ attached/.test(said)) resolve();
    });
    ended.then(() => reject(new Error(`strace: ${said}`)));
  });
  let failed: number | undefined;
  return {
    injected: () => failed ?? injectedIn(output),
    async detach() {
      strace.kill('SIGINT');
      await ended;
      failed = injectedIn(output);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
