import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { AdminContext } from './admin/admin-context.ts';
import { diskGrantFiles } from './admin/disk-grant-files.ts';
import { diskLockFile } from './admin/disk-lock-file.ts';
import { processMutex } from './admin/process-mutex.ts';
import { readLock } from './admin/sync-lock.ts';
import { type Answering, createAnswering } from './answering.ts';
import { createHandles } from './ask/handles.ts';
import { createCheckpointSigner } from './audit/checkpoint.ts';
import { hmacJson } from './audit/digest.ts';
import { redactArguments } from './audit/redact.ts';
import { createRefusalRecorder } from './audit/refusal-recorder.ts';
import { authenticate } from './authenticate/authenticate.ts';
import { createFailureTally } from './authenticate/failure-tally.ts';
import { createTokenVerifier } from './authenticate/verify-token.ts';
import { createPolicyReader } from './authorize/policy-reader.ts';
import { createBroker } from './broker.ts';
import { buryDeadAside, freeingPlaces } from './bury-dead.ts';
import { createCatalog } from './catalog/catalog.ts';
import { composePool, withOwnNode } from './compose-pool.ts';
import type { LoadedConfig } from './config/load-config.ts';
import { openConfig } from './config/open-config.ts';
import { askDrain } from './control-socket/ask-drain.ts';
import { systemTimers } from './dispatch/timers.ts';
import { heardByNobody } from './dispatch/tool-server.ts';
import type { Broker } from './domain/broker.ts';
import type { ServerOffer } from './domain/catalog-record.ts';
import { ALL_CLIENT_CAPABILITIES } from './domain/client-capabilities.ts';
import type { Clock } from './domain/clock.ts';
import { BrokerError } from './domain/errors.ts';
import type { Actor } from './domain/event.ts';
import { type Entropy, type InstanceId, newInstanceId } from './domain/ids.ts';
import type { Json } from './domain/json.ts';
import { stringifyJson } from './domain/json-text.ts';
import type { LogLevel } from './domain/log.ts';
import type { SecretPlace } from './domain/secret-place.ts';
import { drain } from './drain.ts';
import { createInFlight, type InFlight } from './in-flight.ts';
import { openKeychain } from './keychain/open-keychain.ts';
import { createStateDir } from './keystore/create-state-dir.ts';
import { openAnchorFile } from './keystore/open-anchor-file.ts';
import { openKeyStore } from './keystore/open-key-store.ts';
import { openProfileStore } from './keystore/open-profile-store.ts';
import { openSecretFiles } from './keystore/open-secret-files.ts';
import { createLogger, type Logger } from './log/create-logger.ts';
import { createToolServerConnector } from './mcp-client/connector.ts';
import { createNewsHub } from './news-hub.ts';
import { createAskRefuser } from './refuse-ask.ts';
import { methodNotFound } from './respond/rpc-errors.ts';
import { judgeSession, principalOf } from './session/judge-session.ts';
import { openStores, type Stores } from './sqlite/open-stores.ts';
import { tellChanges } from './tell-changes.ts';

/** The process's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  nowMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
};

const entropy: Entropy = (size) => randomBytes(size);

/** What every command starts from. */
export interface StateOptions {
  readonly configPath?: string;
  readonly logLevel?: LogLevel;
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
  const context: AdminContext = {
    ...stores,
    keys,
    profiles: openProfileStore(place),
    anchor: {
      ...anchorFile,
      // A power cut would take events that the anchor names, and lock everybody out.
      async write(anchor) {
        stores.sync();
        await anchorFile.write(anchor);
      },
      alone: processMutex(join(config.stateDir, 'anchor.mutex'), entropy),
    },
    drain: askDrain,
    clock: systemClock,
    entropy,
    actor,
    serverNames: config.specs.map(({ name }) => name),
    asksFirst: config.asksFirst,
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
    lost: lost.signal,
    close: () => stores.close(),
  };
}

/** Where the secrets of a configuration are kept. Nothing is opened or made before it is asked. */
export function secretPlaceAt(configDir: string): SecretPlace {
  const uid = process.getuid?.();
  return {
    keychain: openKeychain({ env: process.env, uid }),
    files: openSecretFiles({ configDir, uid, entropy }),
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
    return connection.offer;
  } finally {
    await connection.close();
  }
}

/** Takes the configuration's secrets out of a value, in every form they are known in. */
export const scrubber =
  ({ secrets }: LoadedConfig) =>
  <T extends Json>(value: T): T =>
    secrets.length === 0 ? value : (redactArguments(value, 'full', secrets) as T);

/** A broker put together on an opened state, and the handles its owner needs to run and end it. */
export interface ComposedBroker {
  readonly broker: Broker;
  readonly inFlight: InFlight;
  /** Re-reads rights: stops calls whose right is gone, ends tool servers nobody can use any more. */
  drain(): Promise<number>;
  /** Stops calls, ends every tool server, writes what is summed. */
  close(): Promise<void>;
}

const SETTLE_MS = 5000;
/**
 * Milliseconds a revocation waits for tool servers that nobody can use any more, and for clients to be
 * told. Attack: a server that will not leave until it is killed, or clients in their thousands, make the
 * broker look silent, and `revoke` as if it had failed.
 */
const LEAVE_MS = 1000;

/** Puts a broker together. Nothing is started before a client asks for it. */
export async function composeBroker(
  state: OpenState,
  version: string,
  /** Told when a tool server was pinned, so that the lock file gets its entry. */
  onPinned: () => void = () => {},
): Promise<ComposedBroker> {
  const { config, context, log, stores } = state;
  const { sessions } = stores;
  const store = freeingPlaces(stores.admission, {
    bury: () => buryDeadAside(state),
    monotonicMs: systemClock.monotonicMs,
  });
  const epoch = () => store.epoch();
  const later = (run: () => void) => void setTimeout(run, 1000).unref();
  const record = (event: Parameters<typeof store.record>[0]) => store.record(event);
  const digestKey = await context.keys.digestKey();
  const scrub = scrubber(config);

  const news = createNewsHub(
    { clock: systemClock, log, store, timers: systemTimers },
    () => answering,
  );
  const catalog = createCatalog({
    store: tellChanges(state, news),
    epoch,
    configured: context.serverNames,
    asksFirst: new Set(context.asksFirst),
    reviewed: async (server) => (await readLock(context)).get(server),
    onPinned,
    clock: systemClock,
  });
  const readPolicy = createPolicyReader({
    grants: stores.grants,
    epoch,
    servers: () => catalog.view(),
  });
  const refusals = createRefusalRecorder({ record, clock: systemClock, later });
  const failures = createFailureTally({ record, later });
  const inFlight = createInFlight();

  const pool = composePool(state, {
    version,
    scrub,
    onAsk: createAskRefuser({ readPolicy, epoch, refusals, scrub, clock: systemClock }),
    observe: (server, offer) => catalog.observe(server, offer),
    news,
  });

  const shared = new Set(
    config.specs.filter(({ isolation }) => isolation !== 'session').map(({ name }) => name),
  );
  const answering: Answering = createAnswering({
    store,
    sessions,
    catalog,
    readPolicy,
    refusals,
    inFlight,
    subscriptions: news.subscriptions,
    takenAway: news.takenAway,
    log,
    handles: createHandles(digestKey, entropy),
    clock: systemClock,
    timers: systemTimers,
    isShared: (server) => shared.has(server),
    redact: (args) => redactArguments(args, config.audit.arguments, config.secrets),
    scrub,
    hmac: (value) => hmacJson(digestKey, value),
    sizeOf: (value) => Buffer.byteLength(stringifyJson(value)),
    serverInfo: { name: 'toolgrant', title: 'Toolgrant', version },
    async acquire(server, principal, signal, capabilities = {}) {
      const knownEra = (await catalog.view()).pinned.get(server)?.era;
      return pool.acquire(server, principal, {
        signal,
        capabilities,
        ...(knownEra === undefined ? {} : { knownEra }),
      });
    },
    acquireForOffer: (server, principal, signal) =>
      pool.acquire(server, principal, {
        signal,
        capabilities: ALL_CLIENT_CAPABILITIES,
        isForOffer: true,
      }),
  });

  const verifier = createTokenVerifier(context.keys);
  const broker = createBroker(answering, {
    failures,
    news,
    authenticate: (credential) =>
      authenticate(credential, {
        verifier,
        clock: systemClock,
        async lookUp(id) {
          const session = await sessions.find(id);
          if (session === undefined) return undefined;
          return {
            principal: principalOf(session),
            tokenId: session.tokenId,
            keyId: session.keyId,
            refused: judgeSession(session, systemClock.now()),
          };
        },
      }),
  });

  const drainParts = {
    inFlight,
    pool,
    sessions,
    catalog,
    halts: stores.halts,
    clock: systemClock,
  };
  return {
    broker,
    inFlight,
    async drain() {
      const { cancelled, left } = await drain(drainParts);
      await within(LEAVE_MS, Promise.all([news.look(), left]));
      return cancelled;
    },
    async close() {
      inFlight.cancelAll();
      await within(SETTLE_MS, inFlight.idle());
      await pool.closeAll();
      await refusals.flush();
      await failures.flush();
    },
  };
}

/** Waits for a promise, but not longer than `ms`. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, over]).finally(() => clearTimeout(timer));
}
