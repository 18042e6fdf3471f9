import { isAbsolute, resolve } from 'node:path';
import type { ToolServerSpec } from '../dispatch/tool-server.ts';
import { isServerKey } from '../domain/tool-ref.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { configError } from './config-error.ts';
import { KNOWN_KEYS, type ServerEntry } from './config-schema.ts';
import { readHttpPart } from './http-part.ts';
import { formatKeyPath } from './key-path.ts';
import { editDistance, nearestKey } from './nearest-key.ts';
import { noteSecret, type ReferenceContext, resolveReferences } from './resolve-references.ts';

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_START_TIMEOUT_MS = 30_000;
const DEFAULT_IDLE_MS = 300_000;
const DEFAULT_MAX_MESSAGE_BYTES = 10_485_760;

/** What making specs needs besides the entries. */
export interface SpecContext extends ReferenceContext {
  /** Told what is not read, a sentence each. */
  readonly warnings: string[];
}

/**
 * Turns the entries of `mcpServers` into specs, in the order of the file. Disabled entries are
 * checked for form and left out, their references unresolved.
 *
 * @throws BrokerError `ERR_CONFIG`, `ERR_NOT_ENFORCED`; both name the key.
 */
export function readServerSpecs(
  entries: Readonly<Record<string, ServerEntry>>,
  context: SpecContext,
): readonly ToolServerSpec[] {
  checkNames(Object.keys(entries));
  const specs: ToolServerSpec[] = [];
  for (const [name, entry] of Object.entries(entries)) {
    checkKeys(name, entry, context.warnings);
    const kind = kindOf(name, entry);
    if (!isEnabled(entry)) continue;
    const shared = {
      name,
      isolation: entry.toolgrant?.isolation ?? 'session',
      timeoutMs: entry.toolgrant?.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      startTimeoutMs: entry.toolgrant?.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS,
      idleMs: entry.toolgrant?.idleMs ?? DEFAULT_IDLE_MS,
      maxMessageBytes: entry.toolgrant?.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
    } as const;
    specs.push(
      kind === 'stdio'
        ? { ...shared, kind, ...readStdioPart(name, entry, context) }
        : { ...shared, kind, ...readHttpPart(name, entry, context) },
    );
  }
  return specs;
}

/**
 * The names of the enabled entries of `mcpServers`, in the order of the file; nothing else of them is read.
 *
 * @throws BrokerError `ERR_CONFIG` for a name no tool server can have.
 */
export function readServerNames(entries: Readonly<Record<string, ServerEntry>>): readonly string[] {
  checkNames(Object.keys(entries));
  return Object.entries(entries).flatMap(([name, entry]) => (isEnabled(entry) ? [name] : []));
}

const isEnabled = ({ disabled, enabled }: ServerEntry): boolean =>
  disabled !== true && enabled !== false;

function checkNames(names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    if (!isServerKey(name)) {
      throw configError(
        `${formatKeyPath(['mcpServers', name])}: not a name a tool server can have`,
        'letters, digits, _ and -, at most 24, no __ and no _ at either end',
      );
    }
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw configError(
        `mcpServers: the names ${other} and ${name} collide`,
        'names that differ only in case are one name to many clients: rename one',
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}

/**
 * Judges the keys of an entry that its shape does not know. What is ours and stands a level too high,
 * or nearly is a known key, is an error; the rest belongs to other programs.
 */
function checkKeys(name: string, entry: ServerEntry, warnings: string[]): void {
  for (const key of Object.keys(entry)) {
    if (KNOWN_KEYS.entry.includes(key)) continue;
    const path = formatKeyPath(['mcpServers', name, key]);
    // Another client has a boolean `trust` of its own.
    if (KNOWN_KEYS.options.includes(key) && typeof entry[key] !== 'boolean') {
      throw configError(
        `unknown key ${path}`,
        `write it as ${formatKeyPath(['mcpServers', name, 'toolgrant', key])}`,
      );
    }
    const nearest = nearestKey(key, KNOWN_KEYS.entry) ?? '';
    if (editDistance(key, nearest) <= Math.min(2, nearest.length - 2)) {
      throw configError(
        `unknown key ${path}`,
        `the nearest known key is ${formatKeyPath(['mcpServers', name, nearest])}`,
      );
    }
    warnings.push(`${path} is not read`);
  }
}

function kindOf(name: string, entry: ServerEntry): 'stdio' | 'http' {
  const where = formatKeyPath(['mcpServers', name]);
  if (entry.command !== undefined && entry.url !== undefined) {
    throw configError(`${where}: has both command and url`, 'keep the one it is reached by');
  }
  const kind = entry.command !== undefined ? 'stdio' : entry.url !== undefined ? 'http' : undefined;
  if (kind === undefined) throw configError(`${where}: has neither command nor url`);
  const said = entry.type === undefined ? kind : entry.type === 'stdio' ? 'stdio' : 'http';
  if (said !== kind) {
    throw configError(`${where}.type: disagrees with ${kind === 'stdio' ? 'command' : 'url'}`);
  }
  const foreign = kind === 'stdio' ? (['headers'] as const) : (['args', 'env', 'cwd'] as const);
  for (const key of foreign) {
    if (entry[key] !== undefined) {
      throw configError(
        `${where}.${key}: means nothing for ${kind === 'stdio' ? 'a command' : 'a url'}`,
      );
    }
  }
  return kind;
}

function readStdioPart(name: string, entry: ServerEntry, context: SpecContext) {
  const read = (text: string, ...path: (string | number)[]): string => {
    const key = formatKeyPath(['mcpServers', name, ...path]);
    const value = resolveReferences(text, key, context);
    // The operating system cuts at NUL: what runs would not be what was checked.
    if (value.includes('\0')) throw configError(`${key}: holds a NUL character`);
    notePassword(context.secrets, value);
    return value;
  };

  const command = read(entry.command ?? '', 'command');
  if (command === '')
    throw configError(`${formatKeyPath(['mcpServers', name, 'command'])}: is empty`);
  const isPath = command.includes('/') || (context.platform === 'win32' && command.includes('\\'));
  const env = cleanEnvironment(context.env, context.platform);
  for (const [variable, text] of Object.entries(entry.env ?? {})) {
    const value = read(text, 'env', variable);
    if (variable === '' || /[=\0]/.test(variable)) {
      throw configError(
        `${formatKeyPath(['mcpServers', name, 'env', variable])}: not a variable's name`,
      );
    }
    if (SECRET_NAME.test(variable)) noteSecret(context.secrets, value);
    // A lone dot is no path here: it may be a decimal point.
    env[variable] = value.length > 2 ? fromConfigDir(value, context.configDir) : value;
  }
  return {
    command: isPath && !isAbsolute(command) ? resolve(context.configDir, command) : command,
    args: (entry.args ?? []).map((text, index) =>
      fromConfigDir(read(text, 'args', index), context.configDir),
    ),
    cwd: resolve(context.configDir, entry.cwd === undefined ? '.' : read(entry.cwd, 'cwd')),
    env,
  };
}

/** Variables whose values are credentials even when they are written out in the file. */
const SECRET_NAME =
  /(?:token|secret|passw(?:or)?d|passphrase|credentials?|authorization|(?:^|_|api|private|access)key|(?:^|_)pass)$/i;

/** Remembers the password of a text such as `postgres://user:password@host/`. */
function notePassword(secrets: Set<string>, text: string): void {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:([^\s/@]+)@/i.exec(text)?.[1];
  if (password !== undefined) noteSecret(secrets, password);
}

const fromConfigDir = (arg: string, configDir: string): string =>
  /^\.\.?(?:[/\\]|$)/.test(arg) ? resolve(configDir, arg) : arg;
