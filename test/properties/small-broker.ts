import { randomBytes } from 'node:crypto';
import { type Answering, createAnswering } from '../../src/answer/answering.ts';
import { createApprovals } from '../../src/approve/approvals.ts';
import { createHandles } from '../../src/ask/handles.ts';
import { digestJson, hmacJson } from '../../src/audit/digest.ts';
import { redactArguments } from '../../src/audit/redact.ts';
import { createRefusalRecorder } from '../../src/audit/refusal-recorder.ts';
import { findShapes } from '../../src/audit/secret-shapes.ts';
import { createFailureTally } from '../../src/authenticate/failure-tally.ts';
import { createPolicyReader } from '../../src/authorize/policy-reader.ts';
import { createBroker } from '../../src/broker.ts';
import { createCatalog } from '../../src/catalog/catalog.ts';
import { createInFlight } from '../../src/dispatch/in-flight.ts';
import { createPool } from '../../src/dispatch/pool.ts';
import type { Timers } from '../../src/dispatch/timers.ts';
import type { ToolServerSpec } from '../../src/dispatch/tool-server.ts';
import type { Broker } from '../../src/domain/broker.ts';
import { ALL_CLIENT_CAPABILITIES } from '../../src/domain/client-capabilities.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { InstanceId } from '../../src/domain/ids.ts';
import type { Label } from '../../src/domain/label.ts';
import { SILENT_LOG } from '../../src/domain/log.ts';
import { drain } from '../../src/drain.ts';
import type { InspectResult } from '../../src/inspect/result-inspector.ts';
import { DIGEST_KEY_BYTES, keyedDigest } from '../../src/monitor/keyed-digest.ts';
import { DEFAULT_MONITOR, ladderWith, type MonitorSettings } from '../../src/monitor/ladder.ts';
import { createMonitor } from '../../src/monitor/monitor.ts';
import type { MonitorStore } from '../../src/monitor/monitor-store.ts';
import { createNewsHub } from '../../src/news-hub.ts';
import { methodNotFound } from '../../src/respond/rpc-errors.ts';
import type { Stores } from '../../src/sqlite/open-stores.ts';
import { NO_MONITOR } from '../support/fakes/no-monitor.ts';
import type { MemoryServers } from './memory-servers.ts';

/** A broker of the real parts on a real database, put together as `compose.ts` does it. */
export interface SmallBroker {
  readonly instance: InstanceId;
  readonly broker: Broker;
  readonly answering: Answering;
  drain(): Promise<number>;
  /** Settles when nothing runs that no request waits for: lists read again, events of servers. */
  settled(): Promise<void>;
  /** Ends it. Without `unregister` it is gone as a killed process is. */
  close(how: 'unregister' | 'kill'): Promise<void>;
}

/** How sessions are watched. */
export interface Watching {
  readonly settings?: Partial<Omit<MonitorSettings, 'ladder'>>;
  readonly ladder?: Parameters<typeof ladderWith>[0];
  readonly store?: MonitorStore;
  readonly labelsOf?: (server: string, tool: string) => readonly Label[];
  /** Looks at results; nothing unless given. */
  readonly inspect?: InspectResult;
}

const watching = ({ settings, ladder, store }: Watching, stores: Stores, clock: Clock) =>
  createMonitor({
    settings: { ...DEFAULT_MONITOR, ...settings, ladder: ladderWith(ladder ?? {}) },
    store: store ?? stores.monitor,
    record: async (event) => stores.admission.record(event),
    log: SILENT_LOG,
    digest: keyedDigest(new Uint8Array(DIGEST_KEY_BYTES)),
    findShapes,
    contain: {
      async suspendSession({ session, subject }, detail) {
        await stores.sessions.suspend(session, clock.now(), { code: 'TG2011', subject, detail });
      },
      async revokeGrant(id, { subject }) {
        const event = { code: 'TG3003', subject } as const;
        await stores.grants.change([{ kind: 'revoke', id, event }], clock.now());
      },
    },
  });

/** Puts a broker together over tool servers in memory; everything else is the real thing. */
export async function openSmallBroker(deps: {
  readonly instance: InstanceId;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly servers: Pick<MemoryServers, 'connector'>;
  readonly serverNames: readonly string[];
  /** Credentials of tool servers, taken out of what comes back. */
  readonly secrets?: readonly string[];
  /** Of what waits for clients; without them no time passes. */
  readonly timers?: Timers;
  /** What watches sessions; nothing unless given. */
  readonly watching?: Watching;
}): Promise<SmallBroker> {
  const { clock, instance, stores, servers, serverNames, secrets = [] } = deps;
  const { admission: store, sessions } = stores;
  const epoch = () => store.epoch();
  const aside = new Set<Promise<unknown>>();
  const keep = (work: Promise<unknown>) => {
    const kept: Promise<unknown> = work.catch(() => {}).finally(() => aside.delete(kept));
    aside.add(kept);
  };
  const later = () => {};
  const record = (event: Parameters<typeof store.record>[0]) => store.record(event);
  const catalog = createCatalog({
    store: stores.catalog,
    epoch,
    configured: serverNames,
    asksFirst: new Set(),
    reviewed: async () => undefined,
    onPinned: () => {},
    clock,
  });
  const inFlight = createInFlight();
  const pool = createPool({
    connector: servers.connector(),
    specs: serverNames.map(specOf),
    clock,
    timers: { after: () => () => {} },
    onAsk: async () => methodNotFound(),
    onListChanged: (server, _owner, _kind, connection) =>
      keep(connection.refresh().then((offer) => catalog.observe(server, offer))),
    onNews: () => undefined,
    onServerEvent: ({ kind, server }) =>
      keep(record({ code: kind === 'started' ? 'TG5004' : 'TG5005', server })),
  });
  const news = createNewsHub(
    { clock, log: SILENT_LOG, store, timers: { after: () => () => {} } },
    () => answering,
  );
  const answering: Answering = createAnswering({
    store,
    sessions,
    catalog,
    inspect: deps.watching?.inspect ?? ((_, reply) => ({ reply })),
    readPolicy: createPolicyReader({
      grants: stores.grants,
      epoch,
      servers: () => catalog.view(),
    }),
    refusals: createRefusalRecorder({ record, clock, later }),
    inFlight,
    subscriptions: news.subscriptions,
    takenAway: news.takenAway,
    isShared: (server) => server === 'shared',
    log: SILENT_LOG,
    timers: deps.timers ?? { after: () => () => {} },
    handles: createHandles(new Uint8Array(32), (size) => randomBytes(size)),
    approvals: createApprovals(stores.approvals, new Uint8Array(32), (size) => randomBytes(size)),
    clock,
    argumentsMode: () => 'redacted',
    redact: (args, mode) => redactArguments(args, mode, []),
    scrub: (value) => redactArguments(value, 'full', secrets) as typeof value,
    hmac: (value) => hmacJson(new Uint8Array(32), value),
    digest: (value) => digestJson(new Uint8Array(32), value),
    sizeOf: (value) => JSON.stringify(value).length,
    labelsOf: deps.watching?.labelsOf ?? (() => []),
    monitor: deps.watching === undefined ? NO_MONITOR : watching(deps.watching, stores, clock),
    serverInfo: { name: 'toolgrant', version: '0' },
    acquire: async (server, principal, signal, capabilities = {}) =>
      pool.acquire(server, principal, { signal, capabilities }),
    acquireForOffer: async (server, principal, signal) =>
      pool.acquire(server, principal, {
        signal,
        capabilities: ALL_CLIENT_CAPABILITIES,
        isForOffer: true,
      }),
  });
  await stores.brokers.register({ instance, pid: 1, socket: instance, startedAt: clock.now() });

  return {
    instance,
    answering,
    broker: createBroker(answering, {
      news,
      authenticate: async () => ({ kind: 'refused', reason: 'missing' }),
      failures: createFailureTally({ record, later }),
    }),
    async drain() {
      const { tasks, approvals } = answering;
      const parts = {
        inFlight,
        approvals,
        tasks,
        pool,
        sessions,
        catalog,
        halts: stores.halts,
        clock,
      };
      const { cancelled, left } = await drain(parts);
      await left;
      return cancelled;
    },
    async settled() {
      while (aside.size > 0) await Promise.all(aside);
    },
    async close(how) {
      await pool.closeAll();
      if (how === 'unregister') await stores.brokers.unregister(instance);
      stores.close();
    },
  };
}

const specOf = (name: string): ToolServerSpec => ({
  name,
  isolation: 'session',
  timeoutMs: 1_000,
  startTimeoutMs: 1_000,
  idleMs: 1_000,
  maxMessageBytes: 1_000,
  kind: 'http',
  url: 'http://in.memory.invalid/',
  headers: {},
});
