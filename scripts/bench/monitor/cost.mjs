// In a process of its own: what watching a call costs, all that is done on its way: judged, admitted, its result taken in, its end noted.

import { findShapes } from '../../../src/audit/secret-shapes.ts';
import { SILENT_LOG } from '../../../src/domain/log.ts';
import { keyedDigest } from '../../../src/monitor/keyed-digest.ts';
import { DEFAULT_MONITOR } from '../../../src/monitor/ladder.ts';
import { createMonitor } from '../../../src/monitor/monitor.ts';
import { VolatileMonitorStore } from '../../../src/monitor/volatile-store.ts';

const [WARM, CALLS] = [20_000, 50_000];

const NOTHING = {
  judge: async () => {},
  admitted: async () => {},
  brings: async () => {},
  ended: async () => {},
};

const watching = () =>
  createMonitor({
    settings: DEFAULT_MONITOR,
    store: new VolatileMonitorStore(),
    record: async () => ({ seq: 1 }),
    contain: { suspendSession: async () => {}, revokeGrant: async () => {} },
    log: SILENT_LOG,
    digest: keyedDigest(Buffer.alloc(16, 7)),
    findShapes,
  });

async function median(monitor) {
  let at = Date.UTC(2026, 0, 1);
  let seq = 0;
  async function call() {
    at += 2_000;
    seq += 1;
    const args = { path: `/documents/file_${seq % 100}.txt`, content: 'a few words of text' };
    const use = {
      ...{ session: 'ses_bench', subject: 'bench', at, grant: 'bench', place: 'stdio here' },
      ...{ thing: 'files/create_file', server: 'files', tool: 'create_file', args },
      ...{ purpose: 'Write down what was said', labels: [], argsBytes: 64 },
      ...{ isReadOnly: false, isWriting: true, isFlowAllowed: false, clientName: 'bench' },
    };
    const text = `Saved file_${seq % 100}.txt with 19 bytes.`;
    const result = { content: [{ type: 'text', text }] };
    await monitor.judge(use);
    await monitor.admitted(use, seq, false);
    const brought = { at, call: seq, labels: [], hasOrders: false, hasSecrets: false, result };
    await monitor.brings(use, brought);
    await monitor.ended(use, { resultBytes: 90, isError: false });
  }
  const all = [];
  for (let run = -WARM; run < CALLS; run += 1) {
    const before = performance.now();
    await call();
    if (run >= 0) all.push((performance.now() - before) * 1_000);
  }
  return all.sort((a, b) => a - b)[Math.floor(CALLS / 2)];
}

// What it adds to the median of many calls, microseconds: a busy machine interrupts few of them.
console.log((await median(watching())) - (await median(NOTHING)));
