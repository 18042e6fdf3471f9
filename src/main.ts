import { readFileSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { basename, join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { askTerminal } from './ask-terminal.ts';
import type { CliDeps, OpenedAdmin } from './cli/cli-deps.ts';
import { EXIT } from './cli/exit-code.ts';
import { runCli } from './cli/run-cli.ts';
import { CLIENTS } from './client-config/clients.ts';
import type { OpenState } from './compose.ts';
import { BrokerError } from './domain/errors.ts';
import { killAllGroups } from './mcp-client/process-group.ts';
import { secretPlaceAt } from './secret-place-at.ts';
import { systemClock } from './system.ts';

/** Runs one command line; sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort());
  }
  process.on('exit', killAllGroups);
  let isOutputLost = false;
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    stop.abort();
    // A reader that went away (`| head`) is no failure of ours; a disk that is full is.
    if (isOutputLost || code === 'EPIPE' || code === 'ECONNRESET') return;
    isOutputLost = true;
    process.exitCode = EXIT.failed;
    process.stderr.write(`error: standard output cannot be written: ${code ?? 'unknown error'}\n`);
  });
  const exitCode = await runCli(argv, await cliDeps(argv, stop.signal));
  if (!isOutputLost) process.exitCode = exitCode;
  // Whatever still holds the event loop must not hold the exit: everything is recorded by now.
  setTimeout(() => process.exit(), 2000).unref();
}

/** Commands whose change is an event with its actor; any other is recorded as a command. */
const HAS_OWN_EVENT: ReadonlySet<string> = new Set([
  'audit checkpoint',
  'client revoke',
  'connect',
  'disconnect',
  'grant apply',
  'grant create',
  'grant revoke',
  'halt',
  'keys rotate',
  'secret remove',
  'secret set',
  'session open',
  'session resume',
  'session revoke',
  'session suspend',
  'token',
  'tools approve',
  'tools quarantine',
]);

/** Loaded by the commands that need it: to any other it would be most of its time. */
const compose = () => import('./compose.ts');
const faces = () => import('./run-faces.ts');

async function cliDeps(argv: readonly string[], signal: AbortSignal): Promise<CliDeps> {
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'),
  ) as { version: string };
  const face = { version, signal };
  const states = new WeakMap<OpenedAdmin, OpenState>();
  function opened(admin: OpenedAdmin): OpenState {
    const found = states.get(admin);
    if (found === undefined) throw new BrokerError('ERR_INTERNAL', 'no opened state');
    return found;
  }
  const secretsAt = (configDir: string) => secretPlaceAt(configDir, process.env);
  const cliPath = await realpath(process.argv[1] ?? '');
  const ask = (question: string, options: { readonly isHidden?: boolean } = {}) =>
    askTerminal(question, { input: process.stdin, output: process.stderr, signal, ...options });
  return {
    async openAdmin(options) {
      const { openState } = await compose();
      const its = await openState({ ...options, version });
      if (!HAS_OWN_EVENT.has(options.command)) {
        await its.stores.admission.record({ code: 'TG6001', actor: its.context.actor });
      }
      const admin = { ...its, close: async () => its.close() };
      states.set(admin, its);
      return admin;
    },
    openReview: async ({ configPath }) =>
      (await import('./open-review.ts')).openReview(configPath, process.env, systemClock),
    async readOffer(admin, server) {
      const { readOffer } = await compose();
      return readOffer(opened(admin), server, version, signal);
    },
    async readMonitorSettings(path) {
      const { readMonitorFile } = await import('./config/read-config-file.ts');
      const { readMonitor } = await import('./config/read-monitor.ts');
      return readMonitor(readMonitorFile(path));
    },
    secretPlaceAt: secretsAt,
    async clientFiles(admin) {
      // Parsers of every client's format: only the commands that need them wait for them.
      const { clientFilesOf } = await import('./open-clients.ts');
      const { env, platform } = process;
      return clientFilesOf(opened(admin), { home: homedir(), env, platform });
    },
    async openInit({ configPath }) {
      const { openInit } = await import('./open-init.ts');
      const { env, platform } = process;
      const uid = process.getuid?.();
      const person = { home: homedir(), userName: userName() };
      return openInit({ configPath, env, platform, uid, ...person, secretPlaceAt: secretsAt });
    },
    async mintToken(context, session) {
      const { mintToken } = await import('./authenticate/mint-token.ts');
      return mintToken(context.keys, session, systemClock.now());
    },
    async runServe({ apply, acceptRollback: acceptsRollback, ...options }) {
      const { runServe } = await import('./run-serve.ts');
      const asked = { ...options, appliesAll: apply, acceptsRollback };
      return runServe({ ...asked, ...face, command: 'serve' });
    },
    async runStdio({ acceptRollback: acceptsRollback, ...options }) {
      const { runStdio } = await faces();
      return runStdio({ ...options, ...face, command: 'stdio', acceptsRollback });
    },
    async runCall(options) {
      const { runCall } = await faces();
      return runCall({ ...options, ...face, command: 'call' });
    },
    async runDoctor(options) {
      const { runDoctor } = await import('./compose-doctor.ts');
      return runDoctor({ ...options, ...face });
    },
    clients: CLIENTS,
    knownWords: async (config) =>
      (await import('./known-words.ts')).readKnownWords(config, process.env),
    invokedAs: `${invokedAs(cliPath)}${configOf(argv)}`,
    version,
    cwd: process.cwd(),
    nodePath: process.execPath,
    cliPath,
    stdout: (text) => void process.stdout.write(text),
    // An error is the stream's own: whoever reads may be gone.
    handOn: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
    stderr: (text) => void process.stderr.write(text),
    isTerminal: {
      stdin: process.stdin.isTTY === true,
      stdout: process.stdout.isTTY === true,
      stderr: process.stderr.isTTY === true,
    },
    env: process.env,
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
    readTextFile: (path) => readFile(path, 'utf8'),
    now: systemClock.now,
    confirm: async (question) => /^y(es)?$/i.test((await ask(`${question} [y/N]`))?.trim() ?? ''),
    askLine: (question) => ask(question),
    askHidden: (question) => ask(question, { isHidden: true }),
    wait: (ms, waitSignal) =>
      delay(ms, undefined, { signal: waitSignal }).then(
        () => undefined,
        () => undefined,
      ),
    signal,
  };
}

/** Empty where the system does not say. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}

/** How the person started us, ready to be typed again. */
function invokedAs(cliPath: string): string {
  if (process.env.npm_command === 'exec') return 'npx toolgrant';
  const typed = process.argv[1] ?? cliPath;
  if (basename(typed) === 'toolgrant') return 'toolgrant';
  const near = relative(process.cwd(), cliPath);
  return near.startsWith('..') ? cliPath : `./${near}`;
}

/** The configuration the person named, so that a command printed back means the same one. */
function configOf(argv: readonly string[]): string {
  const at = argv.indexOf('--config');
  const path =
    at === -1 ? argv.find((word) => word.startsWith('--config='))?.slice(9) : argv[at + 1];
  if (path === undefined) return '';
  return ` --config ${/^[\w./~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`}`;
}
