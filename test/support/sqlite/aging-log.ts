import type { AdminContext } from '../../../src/admin/admin-context.ts';
import { type VerifyReport, verifyAudit } from '../../../src/audit/verify.ts';
import type { Stores } from '../../../src/sqlite/open-stores.ts';
import { fakeAdmin } from '../fakes/fake-admin.ts';
import {
  CHECKPOINT_KEY,
  createStateDir,
  createTestClock,
  openTestStores,
  publicKey,
  type TestClock,
} from './test-stores.ts';

const DAY_MS = 86_400_000;

/** A log that grows by days, and an admin on it. */
export interface AgingLog {
  readonly stateDir: string;
  readonly stores: Stores;
  readonly clock: TestClock;
  readonly context: AdminContext;
  /** Writes refusals, as many on each of so many days; each day ends with a checkpoint. */
  grow(days: number, events: number, subject?: string): Promise<void>;
  verify(): Promise<VerifyReport>;
  remove(): void;
}

/** Opens an empty one. */
export async function agingLog(): Promise<AgingLog> {
  const { stateDir, remove } = createStateDir();
  const clock = createTestClock();
  const stores = await openTestStores(stateDir, { clock });
  const { context } = fakeAdmin();
  return {
    stateDir,
    stores,
    clock,
    context: {
      ...context,
      ...stores,
      clock,
      keys: { ...context.keys, checkpointKey: async () => CHECKPOINT_KEY },
    },
    async grow(days, events, subject = 'alice') {
      for (let day = 0; day < days; day += 1) {
        const one = { code: 'TG1003', decision: 'deny', reason: 'no_rule', subject } as const;
        await Promise.all(Array.from({ length: events - 1 }, () => stores.admission.record(one)));
        clock.advance(DAY_MS);
        await stores.admission.record(one);
      }
    },
    verify: () => verifyAudit(stores.events, { publicKey }),
    remove() {
      stores.close();
      remove();
    },
  };
}
