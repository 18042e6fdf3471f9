import { setTimeout as sleep } from 'node:timers/promises';
import type { AdmissionStore } from './admit/admission-store.ts';
import type { Answering } from './answer/answering.ts';
import type { RefusalRecorder } from './audit/refusal-recorder.ts';
import type { OpenState } from './compose.ts';
import type { ToolServerConnector } from './dispatch/tool-server.ts';
import type { Broker } from './domain/broker.ts';
import { observeBroker, observeDecisions, type Watchers } from './observe-broker.ts';
import { type IsKnown, observeRefusals, observeStore } from './observe-records.ts';
import { observeConnector } from './observe-servers.ts';
import { post } from './ship/post.ts';
import { systemClock } from './system.ts';
import { type BrokerMetrics, createBrokerMetrics } from './telemetry/broker-metrics.ts';
import { otlpTraces, rejectedSpans } from './telemetry/otlp-traces.ts';
import { createSpanQueue, type SpanQueue } from './telemetry/span-queue.ts';
import { createTracer } from './telemetry/tracer.ts';

/** Puts itself around the parts of a broker, as far as somebody watches; otherwise they stay as they are. */
export interface Telemetry {
  store(store: AdmissionStore): AdmissionStore;
  refusals(refusals: RefusalRecorder, isKnown: IsKnown): RefusalRecorder;
  answering(answering: Answering): Answering;
  connector(connector: ToolServerConnector): ToolServerConnector;
  broker(broker: Broker): Broker;
  /** Absent unless the broker is asked for them. */
  readonly metrics?: BrokerMetrics;
  /** Connections to tool servers, by server. */
  readonly running: ReadonlyMap<string, number>;
  readonly spans: () => ReturnType<SpanQueue['counts']>;
  /** Sends what waits, within two seconds. Never rejects. */
  close(): Promise<void>;
}

/** Nobody watches. */
export const NO_TELEMETRY: Telemetry = {
  store: (store) => store,
  refusals: (refusals) => refusals,
  answering: (answering) => answering,
  connector: (connector) => connector,
  broker: (broker) => broker,
  running: new Map(),
  spans: () => ({ sent: 0, dropped: 0 }),
  close: async () => {},
};

/**
 * Opens what the configuration asks for: spans where `telemetry.traces` says, metrics for `admin`.
 * Nothing is dialled before there is a span.
 *
 * @param options.hasMetrics whether this command serves metrics: of the many brokers over stdio on one
 * machine each would want the port.
 */
export function openTelemetry(
  { config, context, instance, log }: OpenState,
  options: { readonly version: string; readonly hasMetrics: boolean },
): Telemetry {
  const { traces, admin } = config;
  const metrics = admin !== undefined && options.hasMetrics ? createBrokerMetrics() : undefined;
  if (traces === undefined && metrics === undefined) return NO_TELEMETRY;
  const of = { version: options.version, instance };
  const queue =
    traces &&
    createSpanQueue({
      async post(spans, signal) {
        const body = JSON.stringify(otlpTraces(spans, of));
        return { rejected: rejectedSpans(await post(traces, 'application/json', body, signal)) };
      },
      wait: (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => {}),
      log,
    });
  const { entropy } = context;
  const watchers: Watchers = {
    clock: systemClock,
    ...(queue && { tracer: createTracer({ clock: systemClock, entropy, send: queue.add }) }),
    ...(metrics && { metrics }),
  };
  const running = new Map<string, number>();
  const servers = new Set(context.serverNames);
  return {
    store: (store) => observeStore(store, watchers),
    refusals: (refusals, isKnown) =>
      observeRefusals(refusals, watchers, (name) => servers.has(name), isKnown),
    answering: (answering) => observeDecisions(answering, watchers),
    connector: (connector) => observeConnector(connector, watchers, running),
    broker: (broker) => observeBroker(broker, watchers),
    ...(metrics && { metrics }),
    running,
    spans: () => queue?.counts() ?? { sent: 0, dropped: 0 },
    close: async () => queue?.close(),
  };
}
