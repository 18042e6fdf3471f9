import { dirname, join, resolve } from 'node:path';
import type { ToolServerSpec } from '../dispatch/tool-server.ts';
import type { AlertSpec } from '../domain/alert.ts';
import type { AnchorSpec } from '../domain/anchor-spec.ts';
import { parseDatabaseSize, type Retention } from '../domain/retention.ts';
import type { Keychain } from '../domain/secret-place.ts';
import type { ShipSpec } from '../domain/ship-spec.ts';
import type { AdminSpec, TracesSpec } from '../domain/telemetry-spec.ts';
import type { MonitorSettings } from '../monitor/ladder.ts';
import type { Environment } from './clean-environment.ts';
import { notEnforced } from './config-error.ts';
import type { ConfigFile } from './config-schema.ts';
import { readUrl } from './http-part.ts';
import {
  createKeychainLookUp,
  keychainReferences,
  type SecretReference,
} from './keychain-values.ts';
import { type Limits, readLimits } from './limits.ts';
import { readAlerts, readAnchors } from './read-anchors.ts';
import { type ArgumentsMode, type ArgumentsRules, readArgumentsRules } from './read-arguments.ts';
import { readConfigFile } from './read-config-file.ts';
import { type ListenAddress, readListen } from './read-listen.ts';
import { readMonitor } from './read-monitor.ts';
import { readShip } from './read-ship.ts';
import { readAdmin, readTraces } from './read-telemetry.ts';
import { type ReferenceContext, resolveReferences } from './resolve-references.ts';
import { readServerSpecs } from './server-specs.ts';
import { readToolOptions, type ToolOptions } from './tool-options.ts';

/** A configuration, checked, its references resolved and its paths absolute. */
export interface LoadedConfig {
  readonly configPath: string;
  readonly configDir: string;
  readonly grantsDir: string;
  readonly stateDir: string;
  /** `mcp.lock.json` beside the configuration, whether it exists or not. */
  readonly lockPath: string;
  /** Where `serve` listens. */
  readonly listen: ListenAddress;
  readonly publicUrl?: string;
  /** Tool servers that are not started before an admin approved them (`trust: ask`). */
  readonly asksFirst: readonly string[];
  readonly audit: {
    readonly durability: 'power' | 'process';
    readonly arguments: ArgumentsMode;
    /** In place of it, by server. */
    readonly argumentsRules: ArgumentsRules;
    /** Where checkpoints are sent. */
    readonly anchors: readonly AnchorSpec[];
    readonly retention: Retention;
    /** Where events are sent on to. */
    readonly ship: readonly ShipSpec[];
  };
  /** Where alerts are sent; absent: nowhere. */
  readonly alerts?: AlertSpec;
  /** Where spans are sent; absent: nowhere, and none are made. */
  readonly traces?: TracesSpec;
  /** Where `serve` tells those who watch it; absent: nowhere. */
  readonly admin?: AdminSpec;
  readonly limits: Limits;
  readonly monitor: MonitorSettings;
  /** Enabled tool servers in the order of the file. */
  readonly specs: readonly ToolServerSpec[];
  /** What it says of the tools of each, by name. */
  readonly tools: ReadonlyMap<string, ToolOptions>;
  /** Values to scrub from whatever leaves the broker, longest first. Never printed or logged. */
  readonly secrets: readonly string[];
  /** What refers to the keychain, resolved or not. */
  readonly keychainReferences: readonly SecretReference[];
  /** What was read past, a sentence each. Never a value. */
  readonly warnings: readonly string[];
}

/** How a configuration is read. */
export interface LoadOptions {
  readonly platform?: string;
  /** Answers `${keychain:NAME}`; without one such a reference cannot be resolved. */
  readonly keychain?: Keychain | undefined;
  /**
   * Leaves the tool servers out, their references unresolved: for the command that stores what they
   * refer to.
   */
  readonly leavesServersOut?: boolean | undefined;
}

/**
 * Reads the configuration at an absolute path.
 *
 * Relative paths in it start at its own folder, not at the process's. Says nothing about who else can
 * write the files: `openConfig` does both.
 *
 * @throws BrokerError `ERR_CONFIG`, `ERR_NOT_ENFORCED`; messages name keys, never values.
 */
export function loadConfig(
  path: string,
  env: Environment,
  options: LoadOptions = {},
): LoadedConfig {
  const configPath = resolve(path);
  return makeConfig(configPath, readConfigFile(configPath), env, options);
}

/**
 * As `loadConfig`, of what a file at an absolute path says.
 *
 * @throws BrokerError `ERR_CONFIG`, `ERR_NOT_ENFORCED`.
 */
export function makeConfig(
  configPath: string,
  file: ConfigFile,
  env: Environment,
  options: LoadOptions = {},
): LoadedConfig {
  const { platform = process.platform } = options;
  const configDir = dirname(configPath);
  checkEnforced(file);

  const secrets = new Set<string>();
  const warnings: string[] = [];
  const references = keychainReferences(file.mcpServers);
  const keychain = createKeychainLookUp(options.keychain, references);
  const context = { env, configDir, platform, secrets, warnings, keychain };
  const isWhole = options.leavesServersOut !== true;
  const specs = isWhole ? readServerSpecs(file.mcpServers, context) : [];
  if (isWhole && specs.length === 0)
    warnings.push('mcpServers names no tool server that is enabled');

  // What these hold is no credential: nothing of them is scrubbed from answers.
  const plain: ReferenceContext = { ...context, secrets: new Set() };
  const read = (text: string, key: string): string => resolveReferences(text, key, plain);
  const stateDir = resolve(configDir, read(file.state ?? '.toolgrant', 'state'));
  const anchors = isWhole ? readAnchors(file.audit?.anchors ?? [], stateDir, context) : [];
  const ship = isWhole ? readShip(file.audit?.ship ?? [], stateDir, context) : [];
  const publicUrl =
    file.publicUrl === undefined
      ? undefined
      : readUrl(read(file.publicUrl, 'publicUrl'), 'publicUrl').href;

  return {
    configPath,
    configDir,
    grantsDir: resolve(configDir, read(file.grants ?? 'grants', 'grants')),
    stateDir,
    lockPath: join(configDir, 'mcp.lock.json'),
    listen: readListen(read(file.listen ?? '127.0.0.1:7433', 'listen'), 'listen'),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    asksFirst: specs.map(({ name }) => name).filter((name) => trustOf(file, name) === 'ask'),
    audit: {
      durability: file.audit?.durability ?? 'power',
      arguments: file.audit?.arguments ?? 'redacted',
      argumentsRules: readArgumentsRules(file.mcpServers),
      anchors,
      retention: readRetention(file.audit ?? {}),
      ship,
    },
    ...(isWhole && file.alerts !== undefined ? { alerts: readAlerts(file.alerts, context) } : {}),
    ...(isWhole && file.telemetry?.traces !== undefined
      ? { traces: readTraces(file.telemetry.traces, context) }
      : {}),
    ...(file.admin === undefined ? {} : { admin: readAdmin(file.admin, read) }),
    limits: readLimits(file.limits),
    monitor: readMonitor(file.monitor),
    specs,
    tools: new Map(
      specs.map(({ name }) => [name, readToolOptions(name, file.mcpServers[name] ?? {})]),
    ),
    secrets: [...secrets].sort((a, b) => b.length - a.length),
    keychainReferences: references,
    warnings,
  };
}

const trustOf = (file: ConfigFile, server: string): 'first-use' | 'ask' =>
  file.mcpServers[server]?.toolgrant?.trust ?? file.trust ?? 'first-use';

function checkEnforced(file: ConfigFile): void {
  if (file.issuers !== undefined) {
    throw notEnforced('issuers', 'remove it: sessions are opened by profiles and session open');
  }
}

const DAY_MS = 86_400_000;

function readRetention({ retainDays, maxSize }: NonNullable<ConfigFile['audit']>): Retention {
  return {
    ...(retainDays === undefined ? {} : { maxAgeMs: retainDays * DAY_MS }),
    ...(maxSize === undefined ? {} : { maxBytes: parseDatabaseSize(maxSize) }),
  };
}
