import { join } from 'node:path';
import type { AdminContext } from './admin/admin-context.ts';
import { diskGrantFiles } from './admin/disk-grant-files.ts';
import { diskLockFile } from './admin/disk-lock-file.ts';
import { processMutex } from './admin/process-mutex.ts';
import { openAnchors } from './anchors/open-anchors.ts';
import { createCheckpointSigner } from './audit/checkpoint.ts';
import { type PlaceId, placeIds } from './audit/place-id.ts';
import { redactArguments } from './audit/redact.ts';
import { withOwnNode } from './compose-pool.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { openConfig } from './config/open-config.ts';
import { serverOrigin } from './config/server-origin.ts';
import { askDrain } from './control-socket/ask-drain.ts';
import { askWatch } from './control-socket/ask-watch.ts';
import { heardByNobody } from './dispatch/tool-server.ts';
import type { ServerOffer } from './domain/catalog-record.ts';
import { ALL_CLIENT_CAPABILITIES } from './domain/client-capabilities.ts';
import { BrokerError } from './domain/errors.ts';
import type { Actor } from './domain/event.ts';
import { type InstanceId, newInstanceId } from './domain/ids.ts';
import type { Json, JsonObject } from './domain/json.ts';
import type { LogLevel } from './domain/log.ts';
import type { ServerOrigin } from './domain/server-origin.ts';
import { openKeychain } from './keychain/open-keychain.ts';
import { createStateDir } from './keystore/create-state-dir.ts';
import { openAnchorFile } from './keystore/open-anchor-file.ts';
import { openKeyStore } from './keystore/open-key-store.ts';
import { openProfileStore } from './keystore/open-profile-store.ts';
import { createLogger, type Logger } from './log/create-logger.ts';
import { createToolServerConnector } from './mcp-client/connector.ts';
import { methodNotFound } from './respond/rpc-errors.ts';
import { openShipTargets } from './ship/open-targets.ts';
import { openStores, type Stores } from './sqlite/open-stores.ts';
import { systemClock, systemEntropy } from './system.ts';

export { systemClock };

/** What every command starts from. */
export interface StateOptions {
  readonly configPath?: string;
  readonly logLevel?: LogLevel;
  /** Of this program, told to those events are sent on to. */
  readonly version?: string;
  /** The command without its arguments' values, for the audit. */
  readonly command: string;
  /** Leaves the tool servers out, their references unresolved. */
  readonly leavesServersOut?: boolean;
}

/** Commands that run for long: what they do is worth a line. */
const RUNS: ReadonlySet<string> = new Set(['serve', 'stdio']);

/** An opened configuration and state. */
export interface OpenState {
  readonly config: LoadedConfig;
  readonly log: Logger;
  readonly instance: InstanceId;
  readonly stores: Stores;
  readonly context: AdminContext;
  /** Names a place that events or checkpoints are sent to. */
  readonly placeId: (place: string) => PlaceId;
  /** Aborted when the database is no longer the one that was opened: nothing can be decided any more. */
  readonly lost: AbortSignal;
  close(): void;
}

/**
 * Opens configuration, keys and database. Nothing is started.
 *
 * @throws BrokerError when one of them cannot be used.
 */
export async function openState(options: StateOptions): Promise<OpenState> {
  const uid = process.getuid?.();
  const log = createLogger({
    level: options.logLevel ?? (RUNS.has(options.command) ? 'info' : 'warn'),
    ...(process.stderr.isTTY === true ? { format: await terminalLines() } : {}),
    now: systemClock.now,
  });
  const config = openConfig({
    explicit: options.configPath,
    env: process.env,
    uid,
    keychain: openKeychain({ env: process.env, uid }),
    leavesServersOut: options.leavesServersOut,
  });
  log.learnSecrets(config.secrets);
  const entropy = systemEntropy;
  const place = { stateDir: config.stateDir, uid, entropy };
  createStateDir(place);
  const keys = openKeyStore(place);
  const instance = newInstanceId(entropy);
  const lost = new AbortController();
  const stores = await openStores({
    stateDir: config.stateDir,
    durability: config.audit.durability,
    instance,
    clock: systemClock,
    entropy,
    signCheckpoint: createCheckpointSigner(await keys.checkpointKey()),
    onLost(error) {
      log.error({ code: error.code }, error.message);
      lost.abort(error);
    },
  });
  const actor: Actor = {
    uid: uid ?? -1,
    pid: process.pid,
    terminal: process.stdin.isTTY === true,
    command: options.command,
  };
  const anchorFile = openAnchorFile(place);
  const placeId = placeIds(await keys.digestKey());
  const shipTargets = openShipTargets(config.audit.ship, options.version ?? 'unknown', placeId);
  if (options.leavesServersOut !== true) {
    await stores.adoptPlaces({
      shipped: shipTargets,
      anchored: openAnchors(config.audit.anchors, placeId, async () => {}),
    });
  }
  const context: AdminContext = {
    ...stores,
    keys,
    profiles: openProfileStore(place),
    anchor: {
      ...anchorFile,
      // A power cut would take events that the anchor names, and lock everybody out.
      async write(anchor) {
        await stores.sync();
        await anchorFile.write(anchor);
      },
      alone: processMutex(join(config.stateDir, 'anchor.mutex'), entropy),
    },
    drain: askDrain,
    watch: askWatch,
    retention: config.audit.retention,
    monitorSettings: config.monitor,
    shipTargets,
    aloneShipping: processMutex(join(config.stateDir, 'ship.mutex'), entropy),
    clock: systemClock,
    entropy,
    actor,
    serverNames: config.specs.map(({ name }) => name),
    asksFirst: config.asksFirst,
    labelsOf: (server, tool) => config.tools.get(server)?.labelsOf(tool) ?? [],
    lock: diskLockFile(
      config.lockPath,
      processMutex(join(config.stateDir, 'lock-file.mutex'), entropy),
      entropy,
    ),
    grantFiles: diskGrantFiles(config.grantsDir, config.configDir, entropy),
    grantsDir: config.grantsDir,
    configDir: config.configDir,
  };
  return {
    config,
    log,
    instance,
    stores,
    context,
    placeId,
    lost: lost.signal,
    close: () => stores.close(),
  };
}

async function terminalLines(): Promise<(line: string) => string> {
  const { linesForPeople } = await import('./log/lines-for-people.ts');
  return linesForPeople(process.env.NO_COLOR === undefined);
}

/** Starts a tool server for an admin, reads what it offers, and ends it. It is asked nothing else. */
export async function readOffer(
  { config, log }: OpenState,
  server: string,
  version: string,
  signal: AbortSignal,
): Promise<ServerOffer> {
  const spec = config.specs.find(({ name }) => name === server);
  if (spec === undefined) throw new BrokerError('ERR_NOT_FOUND', `no tool server ${server}`);
  const connector = createToolServerConnector({
    version,
    secrets: config.secrets,
    scrub: scrubber(config),
    log: (name, line) => log.info({ server: name }, line),
  });
  const connection = await connector.connect(withOwnNode(spec), heardByNobody(methodNotFound()), {
    signal,
    capabilities: ALL_CLIENT_CAPABILITIES,
  });
  try {
    return { ...connection.offer, origin: await originOf(config, server) };
  } finally {
    await connection.close();
  }
}

/** What a tool server is started from or reached at. Never rejects. */
export async function originOf(config: LoadedConfig, server: string): Promise<ServerOrigin> {
  const spec = config.specs.find(({ name }) => name === server);
  return spec === undefined ? {} : scrubber(config)((await serverOrigin(spec)) as JsonObject);
}

/** Takes the configuration's secrets out of a value, in every form they are known in. */
export const scrubber =
  ({ secrets }: LoadedConfig) =>
  <T extends Json>(value: T): T =>
    secrets.length === 0 ? value : (redactArguments(value, 'full', secrets) as T);
