import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyFromDisk } from '../../../src/admin/apply-grants.ts';
import { type OpenState, openState } from '../../../src/compose.ts';
import type { AuditEvent } from '../../../src/domain/event.ts';
import { openSessionOn } from '../open-session.ts';
import { until } from '../until.ts';
import {
  type Ended,
  type Served,
  type ServeOptions,
  serve,
  startProcess,
  toEnd,
} from './processes.ts';
import { StdioClient } from './stdio-client.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The entry file of the built product. */
export const TOOLGRANT: string = here('../../../bin/toolgrant.js');
if (!existsSync(here('../../../dist/main.js'))) {
  throw new Error('dist/main.js is missing: run `npm run build` first');
}

const CONTROLLED = here('../tool-servers/controlled.mjs');

/** A line the controlled tool server wrote about what reached it. */
export interface Noted {
  readonly kind: 'start' | 'call' | 'cancelled';
  readonly tool?: string;
  readonly nonce?: string;
  readonly pid: number;
  /** Epoch milliseconds, by the clock of the machine. */
  readonly at: number;
}

/** A grant file's text. */
export const grantText = (
  id: string,
  subject: string,
  rules: readonly string[] = ["permit: 's/*'"],
  expires = '2099-12-31T00:00:00Z',
): string =>
  `id: ${id}\nsubject: ${subject}\npurpose: a test\nexpires: ${expires}\nrules:\n${rules
    .map((rule) => `  - ${rule}\n`)
    .join('')}`;

/** The entry of the controlled tool server, writing its journal to `journal`. */
export const controlledEntry = (journal: string, isolation = 'shared') => ({
  command: process.execPath,
  args: [CONTROLLED, journal],
  toolgrant: { isolation },
});

/** A folder of its own with configuration, grants and state, and the built product run on it. */
export class Home {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'tg-live-'));
  readonly config: string = join(this.dir, 'mcp.config.json');
  readonly journalPath: string = join(this.dir, 'journal.jsonl');
  readonly #ends: (() => Promise<unknown>)[] = [];
  #state: Promise<OpenState> | undefined;

  constructor(
    options: {
      /** Grant files by name; one that permits alice everything when absent. */
      readonly grants?: Readonly<Record<string, string>>;
      /** Tool servers; the controlled one as `s` when absent. */
      readonly servers?: (home: Home) => object;
      readonly more?: object;
    } = {},
  ) {
    mkdirSync(join(this.dir, 'grants'));
    const grants = options.grants ?? { 'alice.yaml': grantText('alice-all', 'alice') };
    for (const [name, text] of Object.entries(grants)) {
      writeFileSync(join(this.dir, 'grants', name), text);
    }
    const mcpServers = options.servers?.(this) ?? { s: controlledEntry(this.journalPath) };
    writeFileSync(this.config, JSON.stringify({ mcpServers, ...options.more }));
  }

  /** Runs one command to its end. */
  run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    under: readonly string[] = [],
  ): Promise<Ended> {
    return toEnd(startProcess(TOOLGRANT, ['--config', this.config, ...args], { env, under }));
  }

  /** Starts `serve` on a free port and waits until it listens. */
  async serve(options?: ServeOptions): Promise<Served> {
    const served = await serve(TOOLGRANT, this.config, options);
    this.#ends.push(() => served.end('SIGKILL'));
    return served;
  }

  /** Starts `stdio` with a token; says nothing yet. */
  stdio(token: string | undefined, options: readonly string[] = []): StdioClient {
    const client = new StdioClient(
      startProcess(TOOLGRANT, ['--config', this.config, ...options, 'stdio'], {
        env: token === undefined ? {} : { TOOLGRANT_TOKEN: token },
        stdin: 'pipe',
      }),
    );
    this.#ends.push(() => client.end('SIGKILL'));
    return client;
  }

  /** Starts `stdio` as a client with a profile; says nothing yet. */
  profile(name: string): StdioClient {
    const client = new StdioClient(
      startProcess(TOOLGRANT, ['--config', this.config, 'stdio', '--profile', name], {
        stdin: 'pipe',
      }),
    );
    this.#ends.push(() => client.end('SIGKILL'));
    return client;
  }

  /** The state, opened in this process: another one than any broker's. */
  state(): Promise<OpenState> {
    this.#state ??= openState({ configPath: this.config, command: 'test', logLevel: 'silent' });
    return this.#state;
  }

  /** Applies the grant files, as the first start of a broker does. */
  async applyGrants(): Promise<void> {
    await applyFromDisk((await this.state()).context, 'first-start');
  }

  /** Opens a session as `session open` does. */
  async open(subject = 'alice'): Promise<{ readonly id: string; readonly token: string }> {
    return openSessionOn(await this.state(), subject);
  }

  /** The whole log, as `audit query --json` prints it. */
  async events(...args: readonly string[]): Promise<readonly AuditEvent[]> {
    const { code, stdout, stderr } = await this.run([
      'audit',
      'query',
      '--json',
      '--limit',
      '1000000',
      ...args,
    ]);
    if (code !== 0) throw new Error(`audit query: ${stderr}`);
    return JSON.parse(stdout) as AuditEvent[];
  }

  /** What reached the controlled tool server. */
  journal(path: string = this.journalPath): readonly Noted[] {
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Noted);
  }

  /** Waits until the journal satisfies a condition. */
  async noted(holds: (lines: readonly Noted[]) => boolean): Promise<readonly Noted[]> {
    return until(() => {
      const lines = this.journal();
      return holds(lines) ? lines : undefined;
    });
  }

  /** Ends what still runs and removes the folder. */
  async remove(): Promise<void> {
    (await this.#state)?.close();
    await Promise.all(this.#ends.map((end) => end()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export { until };
