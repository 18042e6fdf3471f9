import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../../src/domain/json.ts';
import { isAlive } from '../tool-servers/harness.ts';
import type { Home } from './home.ts';

const DEFINED = fileURLToPath(new URL('../tool-servers/defined.mjs', import.meta.url));

/** What it offers: its tools alone, or whatever it has. */
type Defined =
  | readonly JsonObject[]
  | {
      readonly tools: readonly JsonObject[];
      readonly prompts?: readonly JsonObject[];
      readonly templates?: readonly JsonObject[];
      readonly instructions?: string;
      readonly serverInfo?: JsonObject;
    };

/** A tool server whose definitions a test changes while it runs. */
export class DefinedServer {
  readonly #home: Home;
  readonly #path: string;

  constructor(home: Home, name: string) {
    this.#home = home;
    this.#path = join(home.dir, `${name}.definitions.json`);
  }

  /** Its entry of the configuration, offering these definitions. */
  entry(definitions: Defined, isolation = 'shared') {
    this.define(definitions);
    return {
      command: process.execPath,
      args: [DEFINED, this.#home.journalPath, this.#path],
      toolgrant: { isolation },
    };
  }

  /** What it lists from now on; tells nobody. */
  define(definitions: Defined): void {
    writeFileSync(this.#path, JSON.stringify(definitions));
  }

  /** Has its newest process say that its lists changed. */
  announce(): void {
    process.kill(this.pid, 'SIGUSR2');
  }

  /** Its newest process that runs: an admin's command starts one of its own. */
  get pid(): number {
    const starts = this.#home
      .journal()
      .filter((line) => 'definitions' in line && line.definitions === this.#path);
    const pid = starts.findLast((line) => isAlive(line.pid))?.pid;
    if (pid === undefined) throw new Error('it does not run');
    return pid;
  }

  /** What it lists just now. */
  get definitions(): readonly JsonObject[] {
    return JSON.parse(readFileSync(this.#path, 'utf8')) as JsonObject[];
  }
}
