import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathWithToolgrant } from '../cli/installed.ts';
import { copyFolder, type Ended, environment, runProgram } from '../cli/place.ts';
import { endWithUs } from '../live/processes.ts';
import { type Block, commandsOf } from './read-page.ts';

const installed = (path: string): string =>
  fileURLToPath(new URL(`../../../node_modules/${path}`, import.meta.url));
const FILESYSTEM = installed('@modelcontextprotocol/server-filesystem/dist/index.js');

/** `sqlite3 <file> <statement>`, of the SQLite that is installed here. */
const SQLITE3 = `new (require("${installed('better-sqlite3')}"))(process.argv[1]).exec(process.argv[2])`;

/** The file of a client, as somebody has it before. */
const FOUND = `{
  // by hand
  "mcpServers": {
    "files": {
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/me/project"],
    },
  },
}`;

const made: string[] = [];

/** Removes every home that was walked in. */
export function removeHomes(): void {
  for (const home of made.splice(0)) rmSync(home, { recursive: true, force: true });
}

/**
 * A home, with a folder `project` and one client, in which a page is read and typed. Everything is run as it stands, but for: `/home/me` is this
 * home, `ses_…` is the session last named, `serve` takes any free port and is stopped at the
 * next heading, `-f` is interrupted, and `npx` and `sqlite3` are what is installed for the tests.
 */
export class Walk {
  readonly home: string = mkdtempSync(join(tmpdir(), 'tg-walk-'));
  /** How many commands were run. */
  ran = 0;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #running: { readonly end: () => Promise<Ended> }[] = [];
  #session = '';
  #heading = '';

  /** @param before where this one goes on; absent for an empty home. */
  constructor(before?: Walk) {
    made.push(this.home);
    const bin = mkdtempSync(join(tmpdir(), 'tg-walk-bin-'));
    made.push(bin);
    const path = pathWithToolgrant(bin);
    const program = (name: string, words: string): void => {
      const text = `#!/bin/sh\n${words}\n`;
      writeFileSync(join(bin, 'bin', name), text, { mode: 0o755 });
    };
    program('npx', `shift 2; exec node '${FILESYSTEM}' "$@"`);
    program('sqlite3', `exec node -e '${SQLITE3}' "$@"`);
    // Where these lead is somebody's real home.
    const elsewhere = ['XDG_CONFIG_HOME', 'APPDATA', 'CLAUDE_CONFIG_DIR', 'CODEX_HOME'];
    const unset = Object.fromEntries(elsewhere.map((name) => [name, undefined]));
    this.#env = { ...unset, PATH: path, HOME: this.home };
    if (before === undefined) {
      mkdirSync(join(this.home, 'project'));
      this.#write('~/.cursor/mcp.json', FOUND);
      return;
    }
    copyFolder(before.home, this.home);
    this.#session = before.#session;
  }

  /** Types a block's commands, or writes its file. Throws what a command said when it ended otherwise. */
  async follow(block: Block): Promise<void> {
    if (block.heading !== this.#heading) await this.end();
    this.#heading = block.heading;
    if (block.skip !== undefined) return;
    if (block.file !== undefined) this.#write(block.file, block.text);
    if (block.language !== 'sh') return;
    for (const { line, text, exitCode } of commandsOf(block)) {
      this.ran += 1;
      const ended = await this.#type(text);
      if (ended === undefined || ended.code === exitCode) continue;
      throw new Error(
        `line ${line} ended with ${ended.code}, not ${exitCode}: ${text}\n${ended.stdout}${ended.stderr}`,
      );
    }
  }

  /** Stops what still serves. */
  async end(): Promise<void> {
    for (const { end } of this.#running.splice(0)) {
      const { code, stderr } = await end();
      if (code !== 0) throw new Error(`serve ended with ${code}: ${stderr}`);
    }
  }

  #here(text: string): string {
    return text.replaceAll('/home/me', this.home).replaceAll('ses_…', this.#session);
  }

  #write(file: string, text: string): void {
    const path = this.#here(file).replace(/^~/, this.home);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${this.#here(text)}\n`, { mode: 0o600 });
  }

  /** `undefined` for what goes on in the background. */
  async #type(text: string): Promise<Ended | undefined> {
    const line = this.#here(text);
    if (/^toolgrant serve\b/.test(line)) return this.#serve(line);
    if (/^toolgrant .* -f\b/.test(line)) return this.#interrupt(line);
    const ended = await runProgram(['sh', '-c', line], { cwd: this.home, env: this.#env });
    const named = `${ended.stdout}\n${ended.stderr}`.match(/\bses_[0-9a-z]{32}\b/g);
    this.#session = named?.at(-1) ?? this.#session;
    return ended;
  }

  #start(line: string) {
    const child = spawn('sh', ['-c', `exec ${line}`], {
      cwd: this.home,
      env: { ...environment(), ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithUs(child);
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    const ended = closed.then(([code, signal]) => ({ code, signal, ...said }));
    return { child, said, ended };
  }

  async #serve(line: string): Promise<Ended | undefined> {
    const { child, said, ended } = this.#start(line.replace('serve', 'serve --port 0'));
    const listens = new Promise<undefined>((resolve) => {
      child.stderr.on('data', () => said.stderr.includes('"listening"') && resolve(undefined));
    });
    const early = await Promise.race([listens, ended]);
    if (early !== undefined) return early;
    const end = () => {
      child.kill('SIGTERM');
      return ended;
    };
    this.#running.push({ end });
    return undefined;
  }

  async #interrupt(line: string): Promise<Ended> {
    const { child, ended } = this.#start(line);
    child.stdout.once('data', () => child.kill('SIGINT'));
    return ended;
  }
}
