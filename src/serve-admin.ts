import { type AdminListener, listenAdmin } from './admin-listener/listen-admin.ts';
import { openAnchors } from './anchors/open-anchors.ts';
import type { RunningBroker } from './run-broker.ts';
import { systemClock } from './system.ts';
import { CONTENT_TYPE, exposition } from './telemetry/exposition.ts';
import { brokerGauges } from './telemetry/gauges.ts';

/** Milliseconds for which a look at the state is good: whoever asks in a loop costs no more. */
const LOOK_MS = 1_000;

/**
 * Starts the listener of `admin`; `undefined` where the configuration has none.
 *
 * @param ending aborted when no more calls are taken.
 */
export async function serveAdmin(
  { state, telemetry, inFlight }: RunningBroker,
  version: string,
  ending: AbortSignal,
): Promise<AdminListener | undefined> {
  const { config, context, log, placeId, stores } = state;
  const { metrics } = telemetry;
  if (config.admin === undefined || metrics === undefined) return undefined;
  const places = {
    shipTargets: context.shipTargets,
    anchors: openAnchors(config.audit.anchors, placeId, async () => {}),
  };
  const startedAtSeconds = Math.round(systemClock.now() / 1_000 - process.uptime());
  let text = '';
  let lookedAt = Number.NEGATIVE_INFINITY;

  function look(): string {
    const now = systemClock.now();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const gauges = brokerGauges({
      ...places,
      version,
      nodeVersion: process.versions.node,
      now,
      callsInFlight: inFlight.size,
      toolServers: telemetry.running,
      spans: telemetry.spans(),
      process: {
        cpuSeconds: (user + system) / 1_000_000,
        residentBytes: rss,
        heapBytes: heapUsed,
        startedAtSeconds,
      },
      ...readings(now),
    });
    return exposition([...gauges, ...(metrics?.all ?? [])]);
  }

  function readings(now: number) {
    try {
      return { state: stores.readStateNow(now) };
    } catch (error) {
      log.warn({ error }, 'the state cannot be read for its metrics');
      return {};
    }
  }

  const listener = await listenAdmin({
    ...config.admin,
    contentType: CONTENT_TYPE,
    log,
    metrics() {
      const now = systemClock.monotonicMs();
      if (now - lookedAt >= LOOK_MS) {
        text = look();
        lookedAt = now;
      }
      return text;
    },
    isHealthy() {
      if (ending.aborted) return false;
      try {
        stores.admission.epoch();
        return true;
      } catch {
        return false;
      }
    },
  });
  const { host } = config.admin;
  const shown = host.includes(':') ? `[${host}]` : host;
  log.info({ metrics: `http://${shown}:${listener.port}/metrics` }, 'metrics are served');
  return listener;
}
