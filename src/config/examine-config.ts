import { dirname, isAbsolute, resolve } from 'node:path';
import { BrokerError } from '../domain/errors.ts';
import type { Keychain } from '../domain/secret-place.ts';
import { checkConfigFile, permissionProblems, secretFileProblem } from './check-permissions.ts';
import { checkReach } from './check-reach.ts';
import { type Environment, inheritedNames } from './clean-environment.ts';
import type { ConfigFile } from './config-schema.ts';
import { findConfig } from './find-config.ts';
import { isLoopback } from './http-part.ts';
import { formatKeyPath } from './key-path.ts';
import { createKeychainLookUp, keychainReferences } from './keychain-values.ts';
import { type LoadedConfig, makeConfig } from './load-config.ts';
import { readConfigFile } from './read-config-file.ts';
import { resolveReferences } from './resolve-references.ts';

/**
 * What keeps a configuration from being used as it is. `unsafe`: others can write or read it;
 * `reference`: names what is not there; `reach`: lets a tool server at what the broker obeys;
 * `exposed`: others can read a file with a secret, which stops nothing.
 */
export interface ConfigFault {
  readonly kind: 'missing' | 'invalid' | 'unsafe' | 'reference' | 'reach' | 'exposed';
  /** Names files and keys, never a value. */
  readonly what: string;
  readonly remedy?: string;
}

/** A configuration as far as it can be understood, and everything that is wrong with it. */
export interface ExaminedConfig {
  /** Absolute; absent when there is none. */
  readonly path?: string;
  readonly faults: readonly ConfigFault[];
  /** Paths, addresses and the tool servers that can be used; absent when nothing can be read. */
  readonly config?: LoadedConfig;
  /** Tool servers whose address leads beyond this machine without TLS. */
  readonly clearText: readonly string[];
  /** Names of the variables every stdio tool server gets from ours. */
  readonly inherited: readonly string[];
}

/** What examining a configuration needs of the process. */
export interface ExamineOptions {
  /** The value of `--config`, as typed. */
  readonly explicit?: string | undefined;
  readonly env: Environment;
  readonly uid: number | undefined;
  readonly platform: string;
  /** Answers `${keychain:NAME}`; asked once, for every name of the file. */
  readonly keychain?: Keychain | undefined;
}

/**
 * Looks at a configuration as `openConfig` does, but goes on where that stops: what one tool server's
 * entry gets wrong is told, and costs no other. For people to read; a broker starts on `openConfig` alone.
 */
export function examineConfig(options: ExamineOptions): ExaminedConfig {
  const { env, uid, platform } = options;
  const faults: ConfigFault[] = [];
  const attempt = <T>(kind: ConfigFault['kind'], work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      faults.push(asFault(kind, error));
      return undefined;
    }
  };
  const inherited = inheritedNames(platform).filter((name) => env[name] !== undefined);
  const nothing = { faults, clearText: [], inherited };

  const path = attempt('missing', () => findConfig({ explicit: options.explicit, env }));
  if (path === undefined) return nothing;
  const file = attempt('invalid', () => readConfigFile(path));
  if (file === undefined) {
    attempt('unsafe', () => checkConfigFile(path, uid));
    return { ...nothing, path };
  }
  const keychain = askedOnce(options.keychain, file);
  const config = usable(path, file, { ...options, keychain }, faults);
  if (config === undefined) {
    attempt('unsafe', () => checkConfigFile(path, uid));
    return { ...nothing, path };
  }
  for (const problem of permissionProblems(config, uid)) faults.push(asFault('unsafe', problem));
  for (const secret of secretFiles(file, config.configDir)) {
    const problem = secretFileProblem(secret, uid);
    if (problem !== undefined) faults.push(asFault('exposed', problem));
  }
  const within = config.specs.filter((spec) => {
    const before = faults.length;
    attempt('reach', () => checkReach({ ...config, specs: [spec] }, env));
    return faults.length === before;
  });
  const clearText = within.flatMap((spec) => {
    if (spec.kind !== 'http') return [];
    const url = new URL(spec.url);
    return url.protocol === 'http:' && !isLoopback(url.hostname) ? [spec.name] : [];
  });
  return { path, faults, config: { ...config, specs: within }, clearText, inherited };
}

/** The configuration without the tool servers that are wrong. */
function usable(
  path: string,
  file: ConfigFile,
  options: ExamineOptions,
  faults: ConfigFault[],
): LoadedConfig | undefined {
  const make = (changed: ConfigFile) => makeConfig(path, changed, options.env, options);
  try {
    return make(file);
  } catch {
    // Intentionally not told yet: below everything that is wrong is found, this among it.
  }
  const good: ConfigFile['mcpServers'] = {};
  for (const [name, entry] of Object.entries(file.mcpServers)) {
    try {
      make({ mcpServers: { [name]: entry } });
      good[name] = entry;
    } catch (error) {
      const first = asFault('invalid', error);
      const unresolved = references({ [name]: entry }, path, options);
      if (!unresolved.some(({ what }) => what === first.what)) faults.push(first);
      faults.push(...unresolved);
    }
  }
  const { grants, state, trust } = file;
  const places = {
    ...(grants === undefined ? {} : { grants }),
    ...(state === undefined ? {} : { state }),
    ...(trust === undefined ? {} : { trust }),
  };
  for (const less of [
    { ...file, mcpServers: good },
    { ...places, mcpServers: good },
    { ...places, mcpServers: {} },
  ]) {
    try {
      return make(less);
    } catch (error) {
      const fault = asFault('invalid', error);
      if (!faults.some(({ what }) => what === fault.what)) faults.push(fault);
    }
  }
  return undefined;
}

/** Every text of the entries whose references lead nowhere. */
function references(
  servers: ConfigFile['mcpServers'],
  path: string,
  { env, platform, keychain }: ExamineOptions,
): readonly ConfigFault[] {
  const context = {
    env,
    configDir: dirname(path),
    platform,
    secrets: new Set<string>(),
    keychain: createKeychainLookUp(keychain, keychainReferences(servers)),
  };
  return [...textsIn(servers, ['mcpServers'])].flatMap(([key, text]) => {
    try {
      resolveReferences(text, formatKeyPath(key), context);
      return [];
    } catch (error) {
      return [asFault('reference', error)];
    }
  });
}

/** A keychain whose one answer serves every reading: each question may cost the person a click. */
function askedOnce(keychain: Keychain | undefined, file: ConfigFile): Keychain | undefined {
  if (keychain === undefined) return undefined;
  const names = keychainReferences(file.mcpServers).map(({ name }) => name);
  let answer: ReturnType<Keychain['read']> | undefined;
  return {
    ...keychain,
    read() {
      answer ??= keychain.read([...new Set(names)]);
      return answer;
    },
  };
}

function secretFiles(file: ConfigFile, configDir: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, text] of textsIn(file.mcpServers, [])) {
    for (const [, named = ''] of text.matchAll(/\$\{file:([^}]+)\}/g)) {
      found.add(isAbsolute(named) ? named : resolve(configDir, named));
    }
  }
  return found;
}

function* textsIn(
  value: unknown,
  key: readonly (string | number)[],
): Generator<readonly [readonly (string | number)[], string]> {
  if (typeof value === 'string') yield [key, value];
  else if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) yield* textsIn(one, [...key, at]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value)) yield* textsIn(one, [...key, name]);
  }
}

/** Of anything but a `BrokerError` only the kind is told: its message may hold anything. */
function asFault(kind: ConfigFault['kind'], error: unknown): ConfigFault {
  if (!(error instanceof BrokerError)) {
    return { kind, what: `cannot be examined (${error instanceof Error ? error.name : 'error'})` };
  }
  return { kind, what: error.message, ...(error.hint === undefined ? {} : { remedy: error.hint }) };
}
