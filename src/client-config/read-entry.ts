import { type JsonObject, member, stringMember } from '../domain/json.ts';
import type { EntryDialect } from './client-facts.ts';

/** A tool server as a client's file describes it, in the words of our own configuration. */
export type ImportedEntry =
  | {
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd?: string;
    }
  | {
      readonly type: 'http';
      readonly url: string;
      readonly headers: Readonly<Record<string, string>>;
    };

/** An entry that was understood, perhaps with something only the client can supply; or why it was not. */
export type ReadEntry =
  | { readonly entry: ImportedEntry; readonly isDisabled: boolean; readonly problem?: string }
  | { readonly leftOut: string };

const HTTP_TYPES: ReadonlySet<string> = new Set([
  'http',
  'remote',
  'streamable-http',
  'streamable_http',
  'streamablehttp',
]);
const STDIO_TYPES: ReadonlySet<string> = new Set(['stdio', 'local', 'custom', 'command']);

/**
 * Reads one entry in whatever spelling it has. Keys we do not know are passed over: they are the
 * client's. References to the environment are rewritten to ours; what only the client can supply stays
 * as written and is named in `problem`. Messages name keys, never values.
 */
export function readEntry(raw: unknown, dialect: EntryDialect): ReadEntry {
  // Older Goose wraps the entry in `config`; `isDisabled` stands outside.
  const inner = dialect === 'goose' ? (member(raw, 'config') ?? raw) : raw;
  const type = stringMember(inner, 'type') ?? stringMember(inner, 'transport');
  const kind = type?.toLowerCase();
  const isDisabled = member(raw, 'disabled') === true || member(raw, 'enabled') === false;
  const finish = (entry: ImportedEntry, problem: string | undefined): ReadEntry => {
    const { value, unknown } = rewriteReferences(entry, dialect);
    const remark = problem ?? unknown;
    return { entry: value, isDisabled, ...(remark === undefined ? {} : { problem: remark }) };
  };

  if (kind === 'sse')
    return { leftOut: 'speaks the old SSE transport, which this broker does not' };
  if (kind !== undefined && !HTTP_TYPES.has(kind) && !STDIO_TYPES.has(kind)) {
    return {
      leftOut:
        kind === 'builtin' || kind === 'platform'
          ? 'is part of the client itself'
          : 'has a `type` this version does not know',
    };
  }
  const url = addressOf(inner, dialect);
  if (url === 'sse') return { leftOut: 'speaks the old SSE transport, which this broker does not' };
  if (url !== undefined && (kind === undefined || HTTP_TYPES.has(kind))) {
    if (kind === undefined && /\/sse\/?(?:[?#]|$)/.test(url)) {
      return { leftOut: 'looks like the old SSE transport: give it a `type` if it is not' };
    }
    const headers = headersOf(inner);
    if (headers === undefined) return { leftOut: 'has headers that are not texts' };
    const problem =
      member(inner, 'headersHelper') === undefined
        ? undefined
        : 'gets its headers from a command of the client';
    return finish({ type: 'http', url, headers }, problem);
  }
  return readStdio(inner, finish);
}

function readStdio(
  raw: unknown,
  finish: (entry: ImportedEntry, problem: string | undefined) => ReadEntry,
): ReadEntry {
  // Zed nests it: `command: { path, args, env }`; OpenCode makes it one list.
  const command = member(raw, 'command') ?? member(raw, 'cmd');
  const nested = typeof command === 'object' && !Array.isArray(command) ? command : raw;
  const list = Array.isArray(command) ? textsOf(command) : undefined;
  const program =
    typeof command === 'string' ? command : (list?.[0] ?? stringMember(command, 'path'));
  if (program === undefined || program === '')
    return { leftOut: 'has neither a command nor an url' };
  const args = list?.slice(1) ?? textsOf(member(nested, 'args') ?? []);
  if (args === undefined) return { leftOut: 'has `args` that are not texts' };
  const given =
    member(nested, 'env') ?? member(raw, 'environment') ?? member(raw, 'envs') ?? ({} as const);
  const env = recordOf(given);
  if (env === undefined) return { leftOut: 'has `env` that is not texts' };
  for (const name of textsOf(member(raw, 'env_vars') ?? []) ?? []) env[name] ??= `\${env:${name}}`;
  const kept = (textsOf(member(raw, 'env_keys') ?? []) ?? []).filter((name) => !(name in env));
  for (const name of kept) env[name] = `\${env:${name}}`;
  const cwd = stringMember(raw, 'cwd');
  return finish(
    { command: program, args, env, ...(cwd === undefined ? {} : { cwd }) },
    kept.length === 0 ? undefined : `the client keeps ${kept.join(', ')} in its own keyring`,
  );
}

/** Gemini's `url` means SSE and its `httpUrl` does not. */
function addressOf(raw: unknown, dialect: EntryDialect): string | undefined {
  const http = stringMember(raw, 'httpUrl') ?? stringMember(raw, 'serverUrl');
  const url = http ?? stringMember(raw, 'url') ?? stringMember(raw, 'uri');
  const isTyped = stringMember(raw, 'type') !== undefined;
  return dialect === 'gemini' && http === undefined && url !== undefined && !isTyped ? 'sse' : url;
}

function headersOf(raw: unknown): Record<string, string> | undefined {
  const headers = recordOf(member(raw, 'headers') ?? member(raw, 'http_headers') ?? {});
  const names = recordOf(member(raw, 'env_http_headers') ?? {});
  if (headers === undefined || names === undefined) return undefined;
  for (const [header, name] of Object.entries(names)) headers[header] = `\${env:${name}}`;
  const bearer = stringMember(raw, 'bearer_token_env_var');
  if (bearer !== undefined) headers.Authorization = `Bearer \${env:${bearer}}`;
  return headers;
}

function textsOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts = value.map(textOf);
  return texts.includes(undefined) ? undefined : (texts as string[]);
}

/** Its own members as texts, without a prototype, so that no name finds one. */
function recordOf(value: unknown): Record<string, string> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const record: Record<string, string> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    const text = textOf(item);
    if (text === undefined) return undefined;
    record[key] = text;
  }
  return record;
}

/** People write ports and switches without quotes; clients take them. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

/** Rewrites every text of an entry; `unknown` names the first reference only the client can resolve. */
function rewriteReferences(
  entry: ImportedEntry,
  dialect: EntryDialect,
): { readonly value: ImportedEntry; readonly unknown: string | undefined } {
  let unknown: string | undefined;
  const text = (given: string): string => {
    const rewritten =
      dialect === 'opencode'
        ? given.replaceAll(/\{(env|file):([^}]+)\}/g, '$${$1:$2}')
        : dialect === 'gemini'
          ? given.replaceAll(/\$([A-Za-z_]\w*)/g, '$${$1}')
          : given;
    for (const [, kind = ''] of rewritten.matchAll(/\$\{([^}:]*)[^}]*\}/g)) {
      if (['input', 'workspaceFolder', 'userHome', 'command', 'config'].includes(kind)) {
        unknown ??= `uses \${${kind}}, which only the client can fill in`;
      }
    }
    return rewritten;
  };
  const record = (given: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key, text(value)]));
  const value: ImportedEntry =
    'url' in entry
      ? { type: 'http', url: text(entry.url), headers: record(entry.headers) }
      : {
          command: text(entry.command),
          args: entry.args.map(text),
          env: record(entry.env),
          ...(entry.cwd === undefined ? {} : { cwd: text(entry.cwd) }),
        };
  return { value, unknown };
}

/**
 * Whether an entry is one of ours: it starts this CLI's `stdio` with a profile, or brings our token.
 * Told by shape, because people rename entries.
 */
export function isOurEntry(raw: unknown, dialect: EntryDialect): boolean {
  const helper = stringMember(raw, 'headersHelper');
  if (helper !== undefined && /\btoolgrant\b.*\btoken\b.*--profile\b/.test(helper)) return true;
  const read = readEntry(raw, dialect);
  if ('leftOut' in read) return false;
  const { entry } = read;
  if ('url' in entry) {
    return Object.values(entry.headers).some((value) => value.includes(TOKEN_VARIABLE));
  }
  const words = [entry.command, ...entry.args];
  return (
    words.some((word) => /(?:^|[\\/])toolgrant(?:\.js|\.cmd)?(?:@[^/]*)?$/.test(word)) &&
    entry.args.includes('stdio') &&
    entry.args.some((word) => word === '--profile' || word.startsWith('--profile='))
  );
}

/** The profile an entry of ours uses; `undefined` when it names none. */
export function profileOfEntry(raw: unknown, dialect: EntryDialect): string | undefined {
  const helper = stringMember(raw, 'headersHelper');
  const read = readEntry(raw, dialect);
  const words =
    helper?.split(/\s+/) ?? ('entry' in read && 'command' in read.entry ? read.entry.args : []);
  const at = words.indexOf('--profile');
  return at === -1
    ? words.find((word) => word.startsWith('--profile='))?.slice('--profile='.length)
    : words[at + 1];
}

/** The environment variable an HTTP entry of ours takes its token from. */
export const TOKEN_VARIABLE = 'TOOLGRANT_TOKEN';

/** An object of a client's file by its key path; `undefined` when there is none. */
export function objectAt(value: unknown, path: readonly string[]): JsonObject | undefined {
  let at: unknown = value;
  for (const key of path) at = member(at, key);
  return typeof at === 'object' && at !== null && !Array.isArray(at)
    ? (at as JsonObject)
    : undefined;
}
