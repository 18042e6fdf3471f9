import { findShapes } from '../../../src/audit/secret-shapes.ts';
import type { EventDraft } from '../../../src/domain/event.ts';
import { SILENT_LOG } from '../../../src/domain/log.ts';
import { DIGEST_KEY_BYTES, keyedDigest } from '../../../src/monitor/keyed-digest.ts';
import { DEFAULT_MONITOR } from '../../../src/monitor/ladder.ts';
import { createMonitor, type MonitorDeps } from '../../../src/monitor/monitor.ts';
import { MemoryMonitorStore } from './memory-monitor-store.ts';

/** A monitor over nothing but memory that contains nobody, unless told otherwise; what it records. */
export function monitorInMemory(more: Partial<Omit<MonitorDeps, 'store' | 'record'>> = {}) {
  const store = new MemoryMonitorStore();
  const events: EventDraft[] = [];
  const monitor = createMonitor({
    settings: DEFAULT_MONITOR,
    store,
    log: SILENT_LOG,
    digest: keyedDigest(new Uint8Array(DIGEST_KEY_BYTES)),
    findShapes,
    record: async (event) => ({ seq: events.push(event) }),
    contain: { suspendSession: async () => {}, revokeGrant: async () => {} },
    ...more,
  });
  return { monitor, store, events };
}
