import { realPathOnDisk } from './admin/real-path.ts';
import { readLock } from './admin/sync-lock.ts';
import { type Answering, createAnswering } from './answer/answering.ts';
import { createAskRefuser } from './answer/refuse-ask.ts';
import { createApprovals } from './approve/approvals.ts';
import { createHandles } from './ask/handles.ts';
import { scrubChosen } from './audit/chosen-texts.ts';
import { digestJson, hmacJson } from './audit/digest.ts';
import { redactArguments } from './audit/redact.ts';
import { createRefusalRecorder } from './audit/refusal-recorder.ts';
import { findShapes } from './audit/secret-shapes.ts';
import { authenticate } from './authenticate/authenticate.ts';
import { createFailureTally } from './authenticate/failure-tally.ts';
import { createTokenVerifier } from './authenticate/verify-token.ts';
import { createPolicyReader } from './authorize/policy-reader.ts';
import { createBroker } from './broker.ts';
import { buryDeadAside, freeingPlaces } from './bury-dead.ts';
import { createCatalog } from './catalog/catalog.ts';
import { type OpenState, originOf, scrubber } from './compose.ts';
import { composePool } from './compose-pool.ts';
import { argumentsModeOf } from './config/read-arguments.ts';
import { containment } from './containment.ts';
import { createInFlight, type InFlight } from './dispatch/in-flight.ts';
import { systemTimers } from './dispatch/timers.ts';
import type { Broker } from './domain/broker.ts';
import { ALL_CLIENT_CAPABILITIES } from './domain/client-capabilities.ts';
import type { Json } from './domain/json.ts';
import { stringifyJson } from './domain/json-text.ts';
import { drain } from './drain.ts';
import { resultInspector } from './inspect/result-inspector.ts';
import { DEFAULT_RESULT_SETTINGS } from './inspect/result-settings.ts';
import { stateDigest } from './monitor/keyed-digest.ts';
import { createMonitor } from './monitor/monitor.ts';
import { undoneBy } from './monitor/undone-by.ts';
import type { WatchedSession } from './monitor/watched-session.ts';
import { createNewsHub } from './news-hub.ts';
import { openAlerts } from './open-alerts.ts';
import { NO_TELEMETRY, type Telemetry } from './open-telemetry.ts';
import { recallStanding } from './recall-standing.ts';
import { judgeSession, principalOf } from './session/judge-session.ts';
import { systemClock } from './system.ts';
import { tellChanges } from './tell-changes.ts';
import { tellSignals } from './tell-signals.ts';

/** A broker put together on an opened state, and the handles its owner needs to run and end it. */
export interface ComposedBroker {
  readonly broker: Broker;
  readonly inFlight: InFlight;
  /** Re-reads rights: stops calls whose right is gone, ends tool servers nobody can use any more. */
  drain(): Promise<number>;
  /** The sessions its monitor watches. */
  watched(): readonly WatchedSession[];
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
  telemetry: Telemetry = NO_TELEMETRY,
): Promise<ComposedBroker> {
  const { config, context, log, stores } = state;
  const { sessions } = stores;
  const store = telemetry.store(
    freeingPlaces(stores.admission, {
      bury: () => buryDeadAside(state),
      monotonicMs: systemClock.monotonicMs,
    }),
  );
  const epoch = () => store.epoch();
  const later = (run: () => void) => void setTimeout(run, 1000).unref();
  const record = (event: Parameters<typeof store.record>[0]) => store.record(event);
  const digestKey = await context.keys.digestKey();
  const scrub = scrubber(config);
  const sizeOf = (value: Json) => Buffer.byteLength(stringifyJson(value));

  const news = createNewsHub(
    { clock: systemClock, log, store, timers: systemTimers },
    () => answering,
  );
  const alerts = openAlerts(state);
  const catalog = createCatalog({
    store: tellChanges(state, news, alerts.raise),
    epoch,
    configured: context.serverNames,
    asksFirst: new Set(context.asksFirst),
    reviewed: async (server) => (await readLock(context)).get(server),
    onPinned,
    originOf: (server) => originOf(config, server),
    clock: systemClock,
  });
  const readPolicy = createPolicyReader({
    grants: stores.grants,
    epoch,
    servers: () => catalog.view(),
    realPath: realPathOnDisk,
  });
  const refusals = telemetry.refusals(
    createRefusalRecorder({
      record: (event) => record(scrubChosen(event, scrub)),
      clock: systemClock,
      later,
    }),
    async ({ server = '', tool = '' }) =>
      catalog.view().servers.get(server)?.tools?.has(tool) === true,
  );
  const failures = createFailureTally({ record, later });
  const inFlight = createInFlight();

  const pool = composePool(state, {
    version,
    scrub,
    telemetry,
    onAsk: createAskRefuser({ readPolicy, epoch, refusals, scrub, clock: systemClock }),
    assertSame: (server) => catalog.assertSame(server),
    observe: (server, offer) => catalog.observe(server, offer),
    news,
  });

  const labelsOf = (server: string, tool: string) => context.labelsOf(server, tool);
  const monitor = createMonitor({
    settings: config.monitor,
    store: stores.monitor,
    record: tellSignals(record, alerts.raise),
    log,
    contain: containment(context, log),
    digest: stateDigest(digestKey),
    findShapes,
    recall: recallStanding(stores.events, systemClock),
  });

  const shared = new Set(
    config.specs.filter(({ isolation }) => isolation !== 'session').map(({ name }) => name),
  );
  const answering: Answering = telemetry.answering(
    createAnswering({
      store,
      sessions,
      catalog,
      readPolicy,
      refusals,
      inFlight,
      subscriptions: news.subscriptions,
      takenAway: news.takenAway,
      log,
      handles: createHandles(digestKey, context.entropy),
      approvals: createApprovals(stores.approvals, digestKey, context.entropy),
      clock: systemClock,
      timers: systemTimers,
      isShared: (server) => shared.has(server),
      argumentsMode: (target) =>
        argumentsModeOf(config.audit.argumentsRules, config.audit.arguments, target),
      redact: (args, mode) => redactArguments(args, mode, config.secrets),
      scrub,
      hmac: (value) => hmacJson(digestKey, value),
      digest: (value) => digestJson(digestKey, value),
      sizeOf,
      inspect: resultInspector({
        settingsOf: (server, tool) =>
          config.tools.get(server)?.resultsOf(tool) ?? DEFAULT_RESULT_SETTINGS,
        labelsOf,
        outputSchemaOf: (server, tool) =>
          catalog.view().servers.get(server)?.tools?.get(tool)?.outputSchema,
        findShapes,
        sizeOf,
      }),
      labelsOf,
      monitor,
      serverInfo: { name: 'toolgrant', title: 'Toolgrant', version },
      acquire(server, principal, signal, capabilities = {}) {
        const knownEra = catalog.view().pinned.get(server)?.era;
        return pool.acquire(server, principal, {
          signal,
          capabilities,
          ...(knownEra === undefined ? {} : { knownEra }),
        });
      },
      acquireForOffer: async (server, principal, signal) =>
        pool.acquire(server, principal, {
          signal,
          capabilities: ALL_CLIENT_CAPABILITIES,
          isForOffer: true,
        }),
    }),
  );

  const verifier = createTokenVerifier(context.keys);
  const broker = telemetry.broker(
    createBroker(answering, {
      failures,
      news,
      authenticate: (credential) =>
        authenticate(credential, {
          verifier,
          clock: systemClock,
          lookUp(id) {
            const session = sessions.find(id);
            if (session === undefined) return undefined;
            const now = systemClock.now();
            const refused = judgeSession(session, now);
            if (refused === 'session_revoked' || refused === 'session_suspended') {
              const { subject, client } = session;
              const whose = { session: id, subject, ...(client === undefined ? {} : { client }) };
              void monitor.usedAfterEnd(whose, now);
            }
            return {
              principal: principalOf(session),
              tokenId: session.tokenId,
              keyId: session.keyId,
              refused,
            };
          },
        }),
    }),
  );

  let undoneSeq = (await stores.events.head())?.seq ?? 0;
  /** What an admin undid or froze since: only this broker remembers what is done about its sessions. */
  async function noteUndone(): Promise<void> {
    const afterSeq = undoneSeq;
    for (const code of ['TG9003', 'TG9004'] as const) {
      for (const event of await stores.events.query({ code, afterSeq })) {
        monitor.undone(code === 'TG9003' ? undoneBy(event) : {});
        undoneSeq = Math.max(undoneSeq, event.seq);
      }
    }
  }

  const drainParts = {
    inFlight,
    approvals: answering.approvals,
    tasks: answering.tasks,
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
      await noteUndone();
      const { cancelled, left } = await drain(drainParts);
      await within(LEAVE_MS, Promise.all([news.look(), left]));
      return cancelled;
    },
    watched: () => monitor.sessions(),
    async close() {
      inFlight.cancelAll();
      await within(SETTLE_MS, inFlight.idle());
      await pool.closeAll();
      await monitor.close();
      await refusals.flush();
      await failures.flush();
      await within(SETTLE_MS, alerts.idle());
      alerts.end();
      await telemetry.close();
    },
  };
}

/** Waits for a promise, but not longer than `ms`. */
export async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([promise, over]).finally(() => clearTimeout(timer));
}
