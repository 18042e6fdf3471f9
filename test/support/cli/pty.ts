import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { environment } from './place.ts';
import { screenOf } from './screen.ts';

/**
 * Gives a command a terminal of 100 columns and passes bytes on in both directions. It ends as the
 * command does: 128 and the signal's number where one ended it.
 */
const KEEPER = `
import fcntl, os, pty, select, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 100, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])
watched = [terminal, 0]
while True:
    ready = select.select(watched, [], [])[0]
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            break
        if not shown:
            break
        os.write(1, shown)
    if 0 in ready:
        typed = os.read(0, 65536)
        if typed:
            os.write(terminal, typed)
        else:
            watched.remove(0)
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`;

/** Whether this machine can give a command a terminal: it takes Python's `pty`. */
export const hasTerminal: boolean =
  spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' }).status === 0;

/** What a person types once the terminal shows something. */
export interface Typing {
  /** Text to wait for; only what is shown after the last typing counts. */
  readonly at: string;
  /** Keys as bytes: `y\r` is y and Enter, `\x03` is Ctrl-C. */
  readonly type: string;
}

/** How a command in a terminal ended, and what it left there. */
export interface Shown {
  readonly code: number | null;
  /** The terminal's text, typed answers included, without a newline at its end. */
  readonly screen: string;
}

/** Milliseconds until a command that goes on waiting is ended. */
const GIVE_UP_MS = 45_000;

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/**
 * Runs a command in a terminal to its end, and types what a person would.
 *
 * @throws Error with what is shown so far when the command waits for something else, or ends before
 * everything is typed.
 */
export function runInTerminal(
  words: readonly string[],
  options: {
    /** Set over the surroundings' variables; `undefined` takes one away. */
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly cwd?: string;
    readonly typing?: readonly Typing[];
  } = {},
): Promise<Shown> {
  const child = spawn('python3', ['-c', KEEPER, ...words], {
    env: { ...environment(), TERM: 'xterm', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  alive.add(child);
  const waiting = [...(options.typing ?? [])];
  let raw = '';
  let from = 0;
  child.stdin.on('error', () => {});
  child.stderr.resume();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    raw += text;
    const [next] = waiting;
    if (next === undefined || !screenOf(raw.slice(from)).includes(next.at)) return;
    waiting.shift();
    from = raw.length;
    child.stdin.write(next.type);
  });
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => child.kill('SIGKILL'), GIVE_UP_MS);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(giveUp);
      alive.delete(child);
      const screen = screenOf(raw);
      if (waiting[0] === undefined && code !== null) resolve({ code, screen });
      else reject(new Error(`never shown: ${waiting[0]?.at ?? 'the end'}\n${screen}`));
    });
  });
}
