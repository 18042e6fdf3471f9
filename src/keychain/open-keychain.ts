import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Keychain, KeychainAnswer } from '../domain/secret-place.ts';

/** What is asked of the keychain's process, on its standard input. */
export type KeychainQuestion =
  | { readonly ask: 'read' | 'has'; readonly names: readonly string[] }
  | { readonly ask: 'write'; readonly name: string; readonly value: string }
  | { readonly ask: 'remove'; readonly name: string };

/** What opening a keychain needs of the process. */
export interface KeychainOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The process's user; `undefined` on Windows. */
  readonly uid: number | undefined;
  /** Milliseconds an answer may take: somebody may have to unlock the keychain. */
  readonly waitMs?: number;
  /** The script that asks; our own unless a test puts another in its place. */
  readonly script?: string;
}

const WAIT_MS = 20_000;
const MAX_ANSWER_BYTES = 4_194_304;

/**
 * Opens the operating system's keychain, which nobody touches before it is asked.
 *
 * Each question is a process of its own: the platform's calls block, may wait for a person, and cannot
 * be cut short in ours. A value travels through the process's standard input and output, never through
 * an argument or a variable.
 */
export function openKeychain(options: KeychainOptions): Keychain {
  const {
    waitMs = WAIT_MS,
    script = join(import.meta.dirname, `keychain-answer${extname(import.meta.filename)}`),
  } = options;

  function ask(question: KeychainQuestion): KeychainAnswer<unknown> {
    const { error, status, stdout } = spawnSync(process.execPath, [script], {
      input: JSON.stringify(question),
      env: environment(options),
      timeout: waitMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_ANSWER_BYTES,
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (code === 'ETIMEDOUT') {
      return { ok: false, why: `it did not answer within ${Math.ceil(waitMs / 1000)} s` };
    }
    if (error !== undefined) return { ok: false, why: `it cannot be asked: ${code ?? 'unknown'}` };
    if (status !== 0) return { ok: false, why: 'the process that asks it ended without an answer' };
    return parseAnswer(stdout.toString('utf8'));
  }

  return {
    read(names) {
      const answer = ask({ ask: 'read', names });
      return answer.ok ? { ok: true, value: textsIn(answer.value) } : answer;
    },
    has(names) {
      const answer = ask({ ask: 'has', names });
      return answer.ok ? { ok: true, value: new Set(textsIn(answer.value).keys()) } : answer;
    },
    write(name, value) {
      const answer = ask({ ask: 'write', name, value });
      return answer.ok ? { ok: true, value: true } : answer;
    },
    remove(name) {
      const answer = ask({ ask: 'remove', name });
      return answer.ok ? { ok: true, value: answer.value === true } : answer;
    },
  };
}

/**
 * Our environment, with the session bus where the system always puts it: desktop clients start us with
 * a short list of variables, and without the bus there is no Secret Service.
 */
function environment({ env, uid }: KeychainOptions): Record<string, string | undefined> {
  const { NODE_OPTIONS: _, ...rest } = env;
  const bus = `/run/user/${uid}/bus`;
  if (process.platform !== 'linux' || rest.DBUS_SESSION_BUS_ADDRESS !== undefined) return rest;
  return existsSync(bus) ? { ...rest, DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}` } : rest;
}

function parseAnswer(text: string): KeychainAnswer<unknown> {
  let answer: { readonly ok?: unknown; readonly value?: unknown; readonly why?: unknown };
  try {
    answer = JSON.parse(text) ?? {};
  } catch {
    // Intentionally without the cause: what a parser says quotes what it read.
    return { ok: false, why: 'the process that asks it gave no answer' };
  }
  if (answer.ok === true) return { ok: true, value: answer.value };
  return { ok: false, why: typeof answer.why === 'string' ? answer.why : 'unknown' };
}

function textsIn(value: unknown): ReadonlyMap<string, string> {
  if (typeof value !== 'object' || value === null) return new Map();
  return new Map(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}
