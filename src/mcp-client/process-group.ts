import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Timers } from '../dispatch/timers.ts';
import { BrokerError } from '../domain/errors.ts';
import { watchGroups } from './watchdog.ts';

/** What to run: no shell, exactly this environment. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A tool server's process and all it starts, as one group. */
export interface ProcessGroup {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process could not be started or has ended, and its group was killed. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends input, then asks, then kills. Settles when the leader is gone. */
  stop(): Promise<void>;
  /** Kills the whole group now. */
  kill(): void;
}

/** How a process ended. */
export type ProcessEnd =
  | { readonly kind: 'not_started'; readonly errno: string }
  | { readonly kind: 'exited'; readonly code: number | null; readonly signal: string | null };

/** Milliseconds a tool server has to leave after its input ended, and again after it was asked to. */
const GRACE_MS = 1_000;

const isWindows = process.platform === 'win32';
const liveGroups = new Set<number>();

/**
 * Kills every group still alive, synchronously: the last thing the broker does, from `exit`.
 * Attack: a tool server outlives the broker that governed it.
 */
export function killAllGroups(): void {
  for (const pid of liveGroups) signalGroup(pid, 'SIGKILL');
  liveGroups.clear();
}

/**
 * Starts a process as leader of its own group, so that what it starts can be ended with it.
 *
 * @throws BrokerError `ERR_SERVER_START` when the arguments cannot be passed to a process. The cause
 * is left out: it quotes them.
 */
export function startProcessGroup(spec: ProcessSpec, timers: Timers): ProcessGroup {
  let child: ChildProcessByStdio<Writable, Readable, Readable>;
  try {
    child = spawn(spec.command, [...spec.args], {
      cwd: spec.cwd,
      env: { ...spec.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      shell: false,
      detached: !isWindows,
      windowsHide: true,
    });
  } catch {
    throw new BrokerError('ERR_SERVER_START', `tool server ${spec.name} cannot be started`);
  }
  const { pid } = child;
  if (pid !== undefined) {
    liveGroups.add(pid);
    watchGroups(liveGroups);
  }

  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (pid === undefined) resolve({ kind: 'not_started', errno: error.code ?? 'unknown' });
    });
    child.once('exit', (code, signal) => {
      // The leader is gone; what it left behind has nobody to answer to.
      if (pid !== undefined) {
        signalGroup(pid, 'SIGKILL');
        liveGroups.delete(pid);
        watchGroups(liveGroups);
      }
      resolve({ kind: 'exited', code, signal });
    });
  });

  const isGone = (): boolean => pid === undefined || !liveGroups.has(pid);
  const kill = (): void => {
    if (pid !== undefined && !isGone()) signalGroup(pid, 'SIGKILL');
  };
  const leavesInTime = (): Promise<boolean> =>
    new Promise((resolve) => {
      const cancel = timers.after(GRACE_MS, () => resolve(false));
      void ended.then(() => {
        cancel();
        resolve(true);
      });
    });

  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    kill,
    async stop() {
      child.stdin.end();
      if (isGone() || (await leavesInTime())) return;
      if (pid !== undefined) signalGroup(pid, 'SIGTERM');
      if (await leavesInTime()) return;
      kill();
      await ended;
    },
  };
}

function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (isWindows) {
    spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)], { windowsHide: true });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nobody is left in the group.
  }
}
