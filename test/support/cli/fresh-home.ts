import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, runProgram, TOOLGRANT } from './place.ts';

const official = (name: string): string =>
  fileURLToPath(
    new URL(`../../../node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url),
  );

const isMac = process.platform === 'darwin';

/** Where clients keep their files, below the home folder. */
export const CLIENT_FILES = {
  desktop: `${isMac ? 'Library/Application Support' : '.config'}/Claude/claude_desktop_config.json`,
  code: '.claude.json',
  cursor: '.cursor/mcp.json',
  vscode: `${isMac ? 'Library/Application Support' : '.config'}/Code/User/mcp.json`,
} as const;

/** A home folder nobody has lived in, and the built product run in it. */
export class FreshHome {
  readonly dir: string = mkdtempSync(join(tmpdir(), 'tg-home-'));
  readonly config: string = join(this.dir, '.config/toolgrant/mcp.config.json');
  readonly env: Readonly<Record<string, string>> = {
    HOME: this.dir,
    XDG_CONFIG_HOME: '',
    CLAUDE_CONFIG_DIR: '',
    CODEX_HOME: '',
    // No keychain to be found, whatever the machine has.
    DBUS_SESSION_BUS_ADDRESS: '',
    XDG_RUNTIME_DIR: '',
  };

  /** Entries of tool servers we did not write. */
  readonly everything = { command: process.execPath, args: [official('server-everything')] };
  readonly files = { command: process.execPath, args: [official('server-filesystem'), this.work] };

  /** A folder a tool server is told of. */
  get work(): string {
    const folder = join(this.dir, 'work');
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  path(file: string): string {
    return join(this.dir, file);
  }

  write(file: string, content: string | object): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
    writeFileSync(this.path(file), text);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  json(file: string): Record<string, unknown> {
    return JSON.parse(this.read(file)) as Record<string, unknown>;
  }

  has(file: string): boolean {
    return existsSync(this.path(file));
  }

  run(...args: readonly string[]): Promise<Ended> {
    return runProgram([process.execPath, TOOLGRANT, ...args], { env: this.env, cwd: this.dir });
  }

  /** Every file below a folder with its mode and content, by name. */
  bytes(below = ''): Readonly<Record<string, string>> {
    const found: Record<string, string> = {};
    const look = (path: string): void => {
      const seen = lstatSync(path);
      if (seen.isDirectory()) for (const inner of readdirSync(path)) look(join(path, inner));
      else if (seen.isFile()) {
        const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
        found[relative(this.dir, path)] = `${(seen.mode & 0o7777).toString(8)} ${hash}`;
      }
    };
    look(join(this.dir, below));
    return found;
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
