import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import { checkJsonFile } from '../domain/json-file.ts';
import { configError } from './config-error.ts';
import { type ConfigFile, configSchema, KNOWN_KEYS, monitorSchema } from './config-schema.ts';
import { formatKeyPath } from './key-path.ts';
import { nearestKey } from './nearest-key.ts';

const MAX_BYTES = 1_048_576;

/**
 * Reads and checks a configuration file: strict JSON, no key twice, no key of ours unknown.
 *
 * @throws BrokerError `ERR_CONFIG` naming file, line and column, or the key.
 */
export const readConfigFile = (path: string): ConfigFile => readChecked(path, configSchema, []);

/**
 * Reads and checks a file that holds no more than what a configuration has as `monitor`.
 *
 * @throws BrokerError `ERR_CONFIG` likewise.
 */
export const readMonitorFile = (path: string): NonNullable<ConfigFile['monitor']> =>
  readChecked(path, monitorSchema, ['monitor']);

/** @param at where in a configuration it would stand. */
function readChecked<T>(path: string, schema: z.ZodType<T>, at: readonly string[]): T {
  const text = readText(path);
  const problem = checkJsonFile(text);
  if (problem !== undefined) {
    throw configError(
      `${path}:${problem.line}:${problem.column}: ${problem.problem}`,
      'the configuration is plain JSON: double quotes, no comments, no trailing commas',
    );
  }
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] }));
  throw schemaError(path, issues);
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    const file = openSync(path, 'r');
    try {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw configError(`${path} is not a file`);
      if (stat.size > MAX_BYTES) throw configError(`${path} is larger than ${MAX_BYTES} bytes`);
      bytes = readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (typeof code !== 'string' || code.startsWith('ERR_')) throw error;
    if (code === 'ENOENT') {
      throw configError(`there is no configuration at ${path}`, 'name another one with --config');
    }
    throw configError(`${path} cannot be read: ${code}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw configError(`${path} is not UTF-8 text`, 'save it as UTF-8 without a byte order mark');
  }
}

function schemaError(path: string, issues: readonly z.core.$ZodIssue[]) {
  // A key written wrong is also one that is missing: the first says why.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue === undefined) return configError(`${path}: not a configuration`);
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = knownKeysAt(issue.path);
    return configError(
      `${path}: unknown key ${formatKeyPath([...issue.path, key])}${more}`,
      `the nearest known key is ${formatKeyPath([...issue.path, nearestKey(key, known) ?? ''])}`,
    );
  }
  const where = issue.path.length === 0 ? 'the whole' : formatKeyPath(issue.path);
  const what = `${issue.message.slice(0, 1).toLowerCase()}${issue.message.slice(1)}`;
  return configError(`${path}: ${where}: ${what}${more}`);
}

function knownKeysAt(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return KNOWN_KEYS.top;
  if (path[0] === 'audit') return KNOWN_KEYS.audit;
  if (path[0] === 'limits') return KNOWN_KEYS.limits;
  if (path[0] === 'telemetry')
    return path[1] === 'traces' ? KNOWN_KEYS.traces : KNOWN_KEYS.telemetry;
  if (path[0] === 'admin') return KNOWN_KEYS.admin;
  if (path[0] === 'monitor') return path[1] === 'signals' ? KNOWN_KEYS.signals : KNOWN_KEYS.monitor;
  if (path[3] === 'results') return KNOWN_KEYS.results;
  return KNOWN_KEYS.options;
}
