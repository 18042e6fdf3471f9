import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { configError } from './config-error.ts';

/** Where a configuration may be named. */
export interface FindConfigOptions {
  /** The value of `--config`, as typed. */
  readonly explicit?: string | undefined;
  /** The process's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder; default the operating system's word. */
  readonly home?: string;
  /** What a relative `--config` starts at; default the process's working folder. */
  readonly cwd?: string;
}

/**
 * Names the configuration file: `--config`, else `$TOOLGRANT_CONFIG`, else
 * `~/.config/toolgrant/mcp.config.json`.
 *
 * Never looks into the working folder: a client started in a hostile checkout would run what lies
 * there. For the same reason `$TOOLGRANT_CONFIG` must be absolute.
 *
 * @returns an absolute path of a file that exists.
 * @throws BrokerError `ERR_CONFIG`.
 */
export function findConfig(options: FindConfigOptions): string {
  const { path, hint } = placeOf(options);
  return existing(path, hint);
}

/** As `findConfig`, for the command that makes the file: it need not exist. */
export const configPlace = (options: FindConfigOptions): string => placeOf(options).path;

function placeOf(options: FindConfigOptions): { readonly path: string; readonly hint: string } {
  const { explicit, env } = options;
  if (explicit !== undefined) {
    if (explicit === '') throw configError('--config names nothing');
    return {
      path: resolve(options.cwd ?? process.cwd(), explicit),
      hint: 'check the path after --config',
    };
  }
  const named = env.TOOLGRANT_CONFIG;
  if (named !== undefined && named !== '') {
    if (!isAbsolute(named)) {
      throw configError(
        'TOOLGRANT_CONFIG is not an absolute path',
        'a relative path would depend on the folder a client happens to start in',
      );
    }
    return { path: resolve(named), hint: 'check the path in TOOLGRANT_CONFIG' };
  }
  return {
    path: join(options.home ?? homedir(), '.config', 'toolgrant', 'mcp.config.json'),
    hint: 'make one with `toolgrant init`, or name another with --config or TOOLGRANT_CONFIG',
  };
}

function existing(path: string, hint: string): string {
  let isFile: boolean;
  try {
    isFile = statSync(path).isFile();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw code === 'ENOENT' || code === 'ENOTDIR'
      ? configError(`there is no configuration at ${path}`, hint)
      : configError(`${path} cannot be read: ${code}`, hint);
  }
  if (!isFile) throw configError(`${path} is not a file`, hint);
  return path;
}
