/**
 * A process that appends to a shared state: `append-worker.ts <stateDir> <sessionId> <calls>`. Prints
 * how its admissions ended, as JSON counts by kind.
 */
import { isSessionId } from '../../../src/domain/ids.ts';
import { openTestStores } from './test-stores.ts';

const [stateDir = '', sessionId, calls = '0'] = process.argv.slice(2);
if (!isSessionId(sessionId)) throw new Error('a session id is needed');

const stores = await openTestStores(stateDir, {
  durability: 'power',
  clock: {
    now: Date.now,
    nowMicros: () => Date.now() * 1_000,
    monotonicMs: () => performance.now(),
  },
});
const counts: Record<string, number> = {};

async function call(session: typeof sessionId & `ses_${string}`): Promise<void> {
  const epoch = stores.admission.epoch();
  const admitted = await stores.admission.admit({
    epoch,
    sessionId: session,
    intent: { code: 'TG1001', server: 'files', tool: 'read' },
  });
  counts[admitted.kind] = (counts[admitted.kind] ?? 0) + 1;
  if (admitted.kind !== 'appended') return;
  const outcome = { code: 'TG1002', intent: admitted.seq, server: 'files', tool: 'read' } as const;
  const released = await stores.admission.release({
    epoch,
    sessionId: session,
    outcome: { ...outcome, outcome: 'ok' },
  });
  if (released.kind !== 'appended') {
    await stores.admission.record({ ...outcome, session, outcome: 'withheld' });
  }
}

let left = Number(calls);
await Promise.all(
  Array.from({ length: 8 }, async () => {
    while (left > 0) {
      left -= 1;
      await call(sessionId);
    }
  }),
);
stores.close();
process.stdout.write(JSON.stringify(counts));
