import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Keeps the last whole line it was told, the groups that live, and kills them when its input ends.
 * A constant: nothing of anybody's is ever part of it. It leaves only when its input ends.
 */
const SCRIPT = `trap '' HUP INT TERM
groups=
while read -r line; do groups=$line; done
for group in $groups; do kill -s KILL -- "-$group"; done`;

type WatchdogProcess = ChildProcessByStdio<Writable, null, null>;
let running: WatchdogProcess | undefined;

/**
 * Tells which groups live, so that they die with the broker even when it is killed with `SIGKILL`: a
 * process of the system's `sh` waits at a pipe whose other end only the broker holds. It runs while
 * there is a group, in a session of its own and with no environment.
 *
 * Attack: a tool server that ignores the end of its input survives the broker that governed it.
 *
 * Where there is no `/bin/sh` (Windows, some containers) nothing watches; `SECURITY.md` says so.
 *
 * @param groups process group ids.
 */
export function watchGroups(groups: ReadonlySet<number>): void {
  if (groups.size > 0) running ??= startWatchdog();
  // One line, far below what a pipe takes at once: it arrives whole or not at all.
  running?.stdin.write(`${[...groups].join(' ')}\n`);
  if (groups.size > 0) return;
  running?.stdin.end();
  running = undefined;
}

function startWatchdog(): WatchdogProcess | undefined {
  if (process.platform === 'win32') return undefined;
  let child: WatchdogProcess;
  try {
    child = spawn('/bin/sh', ['-c', SCRIPT], {
      cwd: '/',
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
  } catch {
    // No process to spare: tried again at the next start or end of a group.
    return undefined;
  }
  const forget = (): void => {
    if (running === child) running = undefined;
  };
  child.once('error', forget);
  child.once('exit', forget);
  // Without a file to spare there is no pipe, only an `error`.
  const stdin: (Writable & { unref?(): void }) | undefined = child.stdin;
  if (stdin === undefined) return undefined;
  stdin.on('error', forget);
  // It must not hold the broker's own end.
  child.unref();
  stdin.unref?.();
  return child;
}
