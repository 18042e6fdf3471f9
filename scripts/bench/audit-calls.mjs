// What the log costs a call: its two events, each durable before the call goes on, in this process.
//   npm run bench:audit; alone: node scripts/bench/audit-calls.mjs [seconds each, default 5]
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { newSessionId, newTokenId } from '../../src/domain/ids.ts';
import { SAMPLE_GRANT, SAMPLE_RULE } from '../../test/support/sqlite/sample-chain.ts';
import { openTestStores } from '../../test/support/sqlite/test-stores.ts';

const SECONDS = Number(process.argv[2] ?? 5);
const CONCURRENT = [1, 8, 32];
const call = { subject: 'alice', client: 'desk', server: 'files', tool: 'read_file' };
const hex = () => randomBytes(32).toString('hex');
const startedAt = Date.now();
/** The machine's own time, since groups are formed by it. */
const clock = {
  now: () => Date.now(),
  nowMicros: () => Math.floor((startedAt + performance.now()) * 1_000),
  monotonicMs: () => performance.now(),
};

console.log(
  `Node ${process.version}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)} at start; ${SECONDS} s each`,
);
console.log(
  '| durability | calls at once | events a second | per call, ms: p50 | p99 | bytes a call |',
);
console.log('|---|---|---|---|---|---|');
for (const durability of ['power', 'process']) {
  for (const concurrent of CONCURRENT) await measure(durability, concurrent);
}
console.log(`load ${loadavg()[0].toFixed(1)} at the end`);

async function measure(durability, concurrent) {
  const dir = mkdtempSync(join(process.env.TMPDIR ?? tmpdir(), 'tg-bench-'));
  const stores = await openTestStores(dir, { durability, clock });
  const sessionId = newSessionId(randomBytes);
  await stores.sessions.open(
    {
      id: sessionId,
      subject: 'alice',
      tokenId: newTokenId(randomBytes),
      openedAt: startedAt,
      expiresAt: Number.MAX_SAFE_INTEGER,
      state: 'active',
      calls: 0,
    },
    { code: 'TG2002' },
  );
  await stores.grants.change(
    [{ kind: 'put', document: SAMPLE_GRANT, file: 'grants/g.yaml', event: { code: 'TG3001' } }],
    startedAt,
  );
  const epoch = stores.admission.epoch();
  const times = [];
  const from = performance.now();
  const until = from + SECONDS * 1_000;
  await Promise.all(Array.from({ length: concurrent }, calls));
  const seconds = (performance.now() - from) / 1_000;
  await stores.events.completeIndex();
  stores.close();
  const bytes = statSync(join(dir, 'toolgrant.db')).size / times.length;
  rmSync(dir, { recursive: true, force: true });
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => (sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN).toFixed(2);
  const rate = ((2 * times.length) / seconds).toFixed(0);
  console.log(
    `| ${durability} | ${concurrent} | ${rate} | ${at(0.5)} | ${at(0.99)} | ${bytes.toFixed(0)} |`,
  );

  async function calls() {
    while (performance.now() < until) {
      const start = performance.now();
      const admitted = await stores.admission.admit({ epoch, sessionId, intent: intent() });
      if (admitted.kind !== 'appended') throw new Error(`not admitted: ${admitted.kind}`);
      const outcome = { ...ended(), intent: admitted.seq };
      const released = await stores.admission.release({ epoch, sessionId, outcome });
      if (released.kind !== 'appended') throw new Error(`not released: ${released.kind}`);
      times.push(performance.now() - start);
    }
  }
}

function intent() {
  return {
    ...call,
    code: 'TG1001',
    clientInfo: { name: 'bench', version: '1.0.0' },
    transport: 'http',
    remote: '127.0.0.1',
    revision: '2025-11-25',
    requestId: '71',
    decision: 'permit',
    rule: SAMPLE_RULE,
    definitionHash: hex(),
    argsHmac: hex(),
    args: { path: '/home/alice/project/notes.txt', limit: 20 },
  };
}

function ended() {
  const result = { resultBytes: 2_000, resultHmac: hex(), resultTypes: ['text'] };
  return { ...call, ...result, code: 'TG1002', outcome: 'ok', durationUs: 2_300 };
}
