import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The entry file of the built product. */
export const TOOLGRANT: string = join(root, 'bin', 'toolgrant.js');
if (!existsSync(join(root, 'dist', 'main.js'))) {
  throw new Error('these tests run the built binary: run `npm run build` first');
}

/** Stand for credentials, written into the configuration and set in the environment: never to be seen. */
export const WRITTEN_SECRET = 'written-canary-71c0f2aa';
export const SET_SECRET = 'set-canary-0e55d19b';

/** How a process ended and all it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run, where that is not the usual way. */
export interface Running {
  /** Set over the surroundings' variables; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Words before the program: `setpriv …`. */
  readonly through?: readonly string[];
  /** The whole of standard input; `/dev/null` when absent. */
  readonly input?: string;
  /** `false` leaves `--config` out. */
  readonly namesConfig?: boolean;
}

/** What brokers obey and what was recorded, as the database holds it. */
export interface Held {
  readonly epoch: number;
  readonly grants: readonly unknown[];
  readonly sessions: readonly unknown[];
  readonly liveBrokers: number;
  /** Codes of the events, oldest first. */
  readonly codes: readonly string[];
}

/** The surroundings' variables without their own TOOLGRANT_ ones, and one that holds a secret. */
export function environment(): Readonly<Record<string, string | undefined>> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(TOOLGRANT_|VITEST|NODE_|npm_)/.test(name),
  );
  return { ...Object.fromEntries(inherited), CANARY: SET_SECRET };
}

/** How many run at once: tests that run beside these must not starve. */
const MOST = 3;
const waiting: (() => void)[] = [];
let free = MOST;

/** Runs any program to its end, when it is its turn. */
export async function runProgram(words: readonly string[], running: Running = {}): Promise<Ended> {
  if (free > 0) free -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await runNow(words, running);
  } finally {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  }
}

function runNow(words: readonly string[], running: Running): Promise<Ended> {
  const { env = {}, cwd, input, through = [] } = running;
  const [command = '', ...rest] = [...through, ...words];
  const child = spawn(command, rest, {
    env: { ...environment(), ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  child.stdin?.on('error', () => {}).end(input);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A grant file's text; members given as `undefined` are left out. */
export function grantText(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const members: Record<string, string | undefined> = {
    id: 'alice-s',
    subject: 'alice',
    purpose: 'a test',
    expires: '2099-12-31T00:00:00Z',
    rules: "\n  - permit: 's/*'",
    ...changes,
  };
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

/** A configuration whose tool server `s` holds both secrets. */
export const configOf = (changes: object = {}): Record<string, unknown> => ({
  listen: '127.0.0.1:0',
  mcpServers: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, which the product resolves
    s: { command: 'true', env: { API_TOKEN: WRITTEN_SECRET, SECOND: '${CANARY}' } },
  },
  ...changes,
});

/** Copies what is in a folder into another. `cpSync` keeps the modes of files, not those of folders. */
export function copyFolder(from: string, to: string): void {
  for (const one of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, one.name), join(to, one.name)];
    if (!one.isDirectory()) cpSync(source, target, { preserveTimestamps: true });
    else {
      mkdirSync(target);
      copyFolder(source, target);
    }
  }
  chmodSync(to, lstatSync(from).mode);
}

const made: Place[] = [];

/** A folder of its own with configuration and grants, and the built product run on it. */
export class Place {
  readonly dir: string;
  readonly config: string;
  readonly grants: string;
  readonly state: string;
  readonly database: string;

  constructor(from?: Place) {
    this.dir = mkdtempSync(join(tmpdir(), 'tg-place-'));
    this.config = join(this.dir, 'mcp.config.json');
    this.grants = join(this.dir, 'grants');
    this.state = join(this.dir, '.toolgrant');
    this.database = join(this.state, 'toolgrant.db');
    made.push(this);
    if (from !== undefined) {
      copyFolder(from.dir, this.dir);
      return;
    }
    mkdirSync(this.grants, { mode: 0o755 });
    this.writeConfig(configOf());
    this.writeGrant('alice-s.yaml', grantText());
  }

  writeConfig(content: object | string | Buffer): void {
    const isRaw = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(this.config, isRaw ? content : JSON.stringify(content), { mode: 0o600 });
  }

  writeGrant(name: string, content: string | Buffer): void {
    writeFileSync(join(this.grants, name), content, { mode: 0o644 });
  }

  /** Runs one command to its end. */
  run(args: readonly string[], running: Running = {}): Promise<Ended> {
    const config = running.namesConfig === false ? [] : ['--config', this.config];
    return runProgram([process.execPath, TOOLGRANT, ...config, ...args], running);
  }

  /** Runs a command that is to succeed and to print JSON. */
  async json<T = unknown>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Every file with type, mode, time of change and content; folders without their times. */
  files(): Readonly<Record<string, string>> {
    const found: Record<string, string> = {};
    const look = (path: string): void => {
      const seen = lstatSync(path);
      const mode = (seen.mode & 0o7777).toString(8);
      const name = relative(this.dir, path);
      if (seen.isDirectory()) {
        found[`${name}/`] = mode;
        for (const inner of readdirSync(path).sort()) look(join(path, inner));
      } else if (seen.isSymbolicLink()) found[name] = `-> ${readlinkSync(path)}`;
      else if (seen.isFile()) {
        const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
        found[name] = `${mode} ${seen.mtimeMs} ${seen.size} ${hash}`;
      } else found[name] = `${mode} special`;
    };
    look(this.dir);
    return found;
  }

  /** What the database holds, read from a copy: nothing of it is touched. */
  held(): Held {
    const copy = mkdtempSync(join(tmpdir(), 'tg-copy-'));
    try {
      for (const part of ['', '-wal']) {
        if (existsSync(this.database + part)) cpSync(this.database + part, join(copy, `db${part}`));
      }
      const db = new Sqlite(join(copy, 'db'), { fileMustExist: true });
      try {
        return {
          epoch: Number(db.prepare('SELECT epoch FROM rights').pluck().get()),
          grants: db.prepare('SELECT * FROM grants ORDER BY 1').all(),
          sessions: db.prepare('SELECT * FROM sessions ORDER BY id').all(),
          liveBrokers: Number(db.prepare('SELECT count(*) FROM live_brokers').pluck().get()),
          codes: db
            .prepare("SELECT json_extract(body, '$.code') FROM events ORDER BY seq")
            .pluck()
            .all() as string[],
        };
      } finally {
        db.close();
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }
}

/** Removes every place this test file made. */
export function removePlaces(): void {
  for (const { dir } of made.splice(0)) rmSync(dir, { recursive: true, force: true });
}

/** A place whose grant is applied, with a session open for alice. */
export async function settledPlace(): Promise<Place> {
  const place = new Place();
  await place.json('grant', 'apply', '--yes');
  await place.json('session', 'open', '--subject', 'alice');
  return place;
}
