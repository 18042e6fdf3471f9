import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ToolServerSpec } from '../dispatch/tool-server.ts';
import { cleanEnvironment, type Environment } from './clean-environment.ts';
import { configError } from './config-error.ts';
import { formatKeyPath } from './key-path.ts';
import type { LoadedConfig } from './load-config.ts';

interface Guarded {
  readonly what: string;
  readonly path: string;
  /** Whether what lies inside is refused as well. */
  readonly isFolder: boolean;
}

/** What of a configuration is looked at. */
type Reaching = Pick<
  LoadedConfig,
  'configPath' | 'configDir' | 'lockPath' | 'grantsDir' | 'stateDir' | 'specs'
>;

/**
 * Refuses a tool server that is told of a folder from which it could change what the broker obeys: an
 * argument or variable that names the configuration, grants, lock, state or the folder of secrets, a folder around one of
 * them, or something inside grants or state. A file server let loose there would write its own grants.
 *
 * Paths are compared by what they are, symbolic links followed and hard links seen through. Variables
 * every tool server inherits (`HOME`, `PATH`) do not count, nor does `cwd`. This stops accidents; it
 * is no sandbox, for a program may open what nobody told it of.
 *
 * @throws BrokerError `ERR_CONFIG` naming server and argument, not its value.
 */
export function checkReach(config: Reaching, env: Environment): void {
  const guarded: readonly Guarded[] = [
    { what: 'the configuration', path: config.configPath, isFolder: false },
    { what: 'the lock', path: config.lockPath, isFolder: false },
    { what: 'the grants', path: config.grantsDir, isFolder: true },
    { what: 'the state', path: config.stateDir, isFolder: true },
    // The folder as a whole: a tool server may be told of the one file that is its own.
    { what: 'the secrets of others', path: join(config.configDir, 'secrets'), isFolder: false },
  ];
  const inherited = cleanEnvironment(env, process.platform);
  for (const spec of config.specs) {
    if (spec.kind !== 'stdio') continue;
    for (const [key, text] of textsOf(spec, inherited)) {
      for (const path of pathsIn(text, spec.cwd, inherited.HOME)) {
        const found = guarded.find((item) => isWithinReach(path, item));
        if (found === undefined) continue;
        throw configError(
          `tool server ${spec.name}: ${key} reaches ${found.what} at ${found.path}`,
          'a tool server that can write there grants itself everything: name a folder apart from it',
        );
      }
    }
  }
}

function textsOf(
  spec: ToolServerSpec & { readonly kind: 'stdio' },
  inherited: Readonly<Record<string, string>>,
): readonly (readonly [string, string])[] {
  const at = (...path: (string | number)[]) => formatKeyPath(['mcpServers', spec.name, ...path]);
  return [
    ...spec.args.map((arg, index) => [at('args', index), arg] as const),
    ...Object.entries(spec.env)
      .filter(([name, value]) => inherited[name] !== value)
      .map(([name, value]) => [at('env', name), value] as const),
  ];
}

/** Everything in a text that may be a path: the whole, and parts of lists, `--flag=path`, `from:to`. */
function pathsIn(text: string, cwd: string, home: string | undefined): ReadonlySet<string> {
  const paths = new Set<string>();
  const add = (part: string): void => {
    if (part === '' || part.includes('\0')) return;
    const isHome = home !== undefined && /^~(?:[/\\]|$)/.test(part);
    paths.add(isHome ? join(home, part.slice(1)) : resolve(cwd, part));
  };
  add(text);
  if (text.includes('://')) {
    for (const word of text.split(/[=,;]/)) {
      if (!word.startsWith('file://') || !URL.canParse(word)) continue;
      try {
        add(fileURLToPath(word));
      } catch {
        // A file URL of another host names no path here.
      }
    }
    return paths;
  }
  for (const part of [...text.split(/[=,;:]/), ...text.split(/[=,;]/)]) {
    if (/^(?:~|\.\.?)?(?:[/\\]|$)/.test(part) || /^[A-Za-z]:[/\\]/.test(part)) add(part);
    // `--flag=folder`: the value is a path relative to where the process starts.
    else if (text.startsWith('-')) add(part);
  }
  return paths;
}

function isWithinReach(path: string, item: Guarded): boolean {
  const named = identities(path);
  if (ways(item.path).some((way) => ancestors(way).some((step) => shares(named, step))))
    return true;
  if (!item.isFolder) return false;
  const folder = identities(item.path);
  return ways(path).some((way) => ancestors(way).some((step) => shares(folder, step)));
}

/** A path as written and as it really is: a link can be replaced where it lies and where it leads. */
function ways(path: string): readonly string[] {
  const atLink = join(real(dirname(path)), basename(path));
  return [path, atLink, real(path)];
}

/** The path with its links followed as far as it exists. */
function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(real(parent), basename(path));
  }
}

function ancestors(path: string): readonly string[] {
  const steps = [path];
  for (let step = path; dirname(step) !== step; step = dirname(step)) steps.push(dirname(step));
  return steps;
}

/** What tells a path from others: its real name, and device and inode where it exists. */
function identities(path: string): ReadonlySet<string> {
  const found = new Set([path, real(path)]);
  const inode = inodeOf(path);
  if (inode !== undefined) found.add(inode);
  return found;
}

function shares(identity: ReadonlySet<string>, step: string): boolean {
  if (identity.has(step)) return true;
  const inode = inodeOf(step);
  return inode !== undefined && identity.has(inode);
}

/** Device and inode: equal for two names of one file, in whatever case or through whatever mount. */
function inodeOf(path: string): string | undefined {
  try {
    const seen = statSync(path, { bigint: true });
    return seen.ino === 0n ? undefined : `inode ${seen.dev}:${seen.ino}`;
  } catch {
    return undefined;
  }
}
