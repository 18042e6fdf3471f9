import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import type { ToolServerSpec } from '../dispatch/tool-server.ts';
import { stringMember } from '../domain/json.ts';
import type { ServerOrigin } from '../domain/server-origin.ts';

/** Largest entry file that is hashed, bytes. */
const MAX_ENTRY = 256 * 1024 * 1024;
const MAX_MANIFEST = 1024 * 1024;
/** Programs that run the file they are given, and those that run a package that is installed. */
const RUNTIMES = /^(?:node|nodejs|bun|deno|tsx|python[\d.]*|ruby|php|java|perl|sh|bash|zsh)$/;
/** Their options whose value is a word of its own: it may be a file, and is not the one they are given. */
const BEFORE_VALUE =
  /^(?:-r|--require|--import|--(?:experimental-)?loader|--preload|-C|--conditions|--env-file(?:-if-exists)?|--tsconfig|--config|-W|-X)$/;
const LAUNCHERS = /^(?:npx|bunx|pnpx)$/;

/**
 * What a tool server is started from, or reached at, looked up as its start would. A package that is
 * fetched at its start is not there to be looked at: such an entry has no file, and `doctor` says so.
 * Never fails: what cannot be read is left out.
 */
export async function serverOrigin(spec: ToolServerSpec): Promise<ServerOrigin> {
  if (spec.kind === 'http') return { address: new URL(spec.url).origin };
  try {
    const file = entryFile(spec);
    if (file === undefined) return {};
    const entry = await hashOf(file);
    const named = packageOf(file);
    return {
      ...(named === undefined ? {} : { package: named }),
      ...(entry === undefined ? {} : { entry }),
    };
  } catch {
    return {};
  }
}

/** The file a command runs, links followed; `undefined` when that cannot be told. */
function entryFile(spec: ToolServerSpec & { readonly kind: 'stdio' }): string | undefined {
  const program = basename(spec.command).replace(/\.(?:exe|cmd)$/i, '');
  const at = (path: string): string | undefined => {
    const whole = isAbsolute(path) ? path : resolve(spec.cwd, path);
    return existsSync(whole) && statSync(whole).isFile() ? realpathSync(whole) : undefined;
  };
  if (RUNTIMES.test(program)) {
    const script = spec.args.find(
      (arg, index) =>
        !arg.startsWith('-') &&
        !BEFORE_VALUE.test(spec.args[index - 1] ?? '') &&
        at(arg) !== undefined,
    );
    return script === undefined ? undefined : at(script);
  }
  if (LAUNCHERS.test(program)) {
    const name = spec.args.find((arg) => !arg.startsWith('-'));
    return name === undefined ? undefined : installed(name, spec.cwd);
  }
  if (/[\\/]/.test(spec.command)) return at(spec.command);
  for (const folder of (spec.env.PATH ?? spec.env.Path ?? '').split(delimiter)) {
    const found = folder === '' ? undefined : at(join(folder, spec.command));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The file a launcher finds in a folder or one above it: a command by its name, or a package's only one. */
function installed(said: string, cwd: string): string | undefined {
  const name = said.replace(/(?<=.)@[^@/]*$/, '');
  for (let folder = cwd; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules');
    const command = join(modules, '.bin', name);
    if (!name.includes('..') && existsSync(command)) return realpathSync(command);
    const manifest = readManifest(join(modules, name));
    const [only] = manifest === undefined ? [] : Object.values(commandsOf(manifest));
    if (only !== undefined) return realpathSync(join(modules, name, only));
    if (dirname(folder) === folder) return undefined;
  }
}

function commandsOf(manifest: unknown): Readonly<Record<string, string>> {
  const bin = (manifest as { readonly bin?: unknown }).bin;
  if (typeof bin === 'string') return { only: bin };
  return typeof bin === 'object' && bin !== null ? (bin as Record<string, string>) : {};
}

function readManifest(folder: string): unknown {
  const path = join(folder, 'package.json');
  if (!existsSync(path) || statSync(path).size > MAX_MANIFEST) return undefined;
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** The package a file of `node_modules` belongs to. A script of one's own belongs to none. */
function packageOf(file: string): string | undefined {
  if (!/[\\/]node_modules[\\/]/.test(file) && extname(file) === '') return undefined;
  for (let folder = dirname(file); dirname(folder) !== folder; folder = dirname(folder)) {
    const manifest = readManifest(folder);
    const [name, version] = [stringMember(manifest, 'name'), stringMember(manifest, 'version')];
    if (name !== undefined && version !== undefined) return `${name}@${version}`.slice(0, 256);
    if (basename(folder) === 'node_modules') return undefined;
  }
  return undefined;
}

interface Hashed {
  readonly size: number;
  readonly changedMs: number;
  readonly hash: string;
}
/** A file that is the same to the file system is not read again at each start. */
const hashed = new Map<string, Hashed>();
/** A file that changed within this time may change once more and look the same: milliseconds. */
const RACY_MS = 2_000;

async function hashOf(file: string): Promise<string | undefined> {
  const { size, mtimeMs, ctimeMs } = statSync(file);
  if (size > MAX_ENTRY) return undefined;
  const changedMs = Math.max(mtimeMs, ctimeMs);
  const known = hashed.get(file);
  if (known?.size === size && known.changedMs === changedMs) return known.hash;
  const sum = createHash('sha256');
  for await (const piece of createReadStream(file)) sum.update(piece as Buffer);
  const hash = sum.digest('hex');
  if (Date.now() - changedMs > RACY_MS) hashed.set(file, { size, changedMs, hash });
  return hash;
}
