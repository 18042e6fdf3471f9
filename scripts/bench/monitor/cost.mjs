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

/** What a call says and brings, by its number. */
const KINDS = {
  small: (seq) => ({
    tool: 'create_file',
    args: { path: `/documents/file_${seq % 100}.txt`, content: 'a few words of text' },
    text: `Saved file_${seq % 100}.txt with 19 bytes.`,
  }),
  // Five short arguments, which are compared together with what was brought, and 600 bytes of JSON text.
  ordinary: (seq) => ({
    tool: 'create_issue',
    args: {
      ...{ owner: 'example', repo: `shop-${seq % 100}`, labels: 'bug', limit: 20 },
      title: 'The total of a cart is wrong',
    },
    text: JSON.stringify({
      id: 40_000 + (seq % 100),
      url: `https://code.example/example/shop-${seq % 100}/issues/17`,
      state: 'open',
      title: 'The total of a cart is wrong',
      author: { name: 'Ana Example', mail: `ana${seq % 100}@example.com`, isMember: true },
      labels: ['bug', 'checkout'],
      created: '2026-01-01T09:30:00Z',
      body: 'A cart with two equal items shows the price of one. It was seen with the web client and with the app, in all currencies, since the release of last week. The sum on the receipt is right. Steps: put an item in the cart, put it there again, open the cart and compare the two totals. Nobody has said yet that money was lost.',
    }),
  }),
};

async function median(monitor, kind) {
  let at = Date.UTC(2026, 0, 1);
  let seq = 0;
  async function call() {
    at += 2_000;
    seq += 1;
    const { tool, args, text } = kind(seq);
    const use = {
      ...{ session: 'ses_bench', subject: 'bench', at, grant: 'bench', place: 'stdio here' },
      ...{ thing: `files/${tool}`, server: 'files', tool, args },
      ...{ purpose: 'Write down what was said', labels: [], argsBytes: 64 },
      ...{ isReadOnly: false, isWriting: true, isFlowAllowed: false, clientName: 'bench' },
    };
    const result = { content: [{ type: 'text', text }] };
    await monitor.judge(use);
    await monitor.admitted(use, seq, false);
    const brought = { at, call: seq, labels: [], hasOrders: false, hasSecrets: false, result };
    await monitor.brings(use, brought);
    await monitor.ended(use, { resultBytes: text.length + 50, isError: false });
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
const added = {};
for (const [name, kind] of Object.entries(KINDS)) {
  added[name] = (await median(watching(), kind)) - (await median(NOTHING, kind));
}
console.log(JSON.stringify(added));
