import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCheckpointSigner } from '../../../src/audit/checkpoint.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import type { BrokerError } from '../../../src/domain/errors.ts';
import { type InstanceId, newInstanceId } from '../../../src/domain/ids.ts';
import type { InjectFault } from '../../../src/sqlite/fault.ts';
import type { Durability } from '../../../src/sqlite/open-database.ts';
import { openStores, type Stores } from '../../../src/sqlite/open-stores.ts';
import type { SyncFile } from '../../../src/sqlite/wal-sync.ts';

/** A clock that moves only when told to. */
export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** Wall clock and monotonic clock frozen at `startMs`; each look at the latter adds `monotonicStepMs`. */
export function createTestClock(startMs = Date.UTC(2026, 0, 1), monotonicStepMs = 0): TestClock {
  let now = startMs;
  let monotonic = 0;
  return {
    now: () => now,
    nowMicros: () => now * 1_000,
    monotonicMs: () => {
      monotonic += monotonicStepMs;
      return monotonic;
    },
    advance: (ms) => {
      now += ms;
      monotonic += Math.max(0, ms);
    },
  };
}

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const privateKey = createPrivateKey({
  key: Buffer.concat([PKCS8_ED25519, Buffer.alloc(32, 7)]),
  format: 'der',
  type: 'pkcs8',
});

/** A signing key for checkpoints, the same in every process of a test. */
export const CHECKPOINT_KEY = {
  kid: 'test-key',
  privateJwk: privateKey.export({ format: 'jwk' }) as Record<string, string>,
  publicJwk: createPublicKey(privateKey).export({ format: 'jwk' }) as Record<string, string>,
};

/** The public half by id, as `verifyAudit` asks for it. */
export const publicKey = (kid: string) =>
  kid === CHECKPOINT_KEY.kid ? CHECKPOINT_KEY.publicJwk : undefined;

/** A new folder for one test, and how to remove it. */
export function createStateDir(): { readonly stateDir: string; remove(): void } {
  const stateDir = mkdtempSync(join(tmpdir(), 'tg-store-'));
  return { stateDir, remove: () => rmSync(stateDir, { recursive: true, force: true }) };
}

/** Opens the SQLite stores of a folder with a frozen clock, unless told otherwise. */
export function openTestStores(
  stateDir: string,
  options: {
    readonly clock?: Clock;
    readonly durability?: Durability;
    readonly fault?: InjectFault;
    readonly syncFile?: SyncFile;
    readonly onLost?: (error: BrokerError) => void;
    readonly instance?: InstanceId;
  } = {},
): Promise<Stores> {
  return openStores({
    stateDir,
    durability: options.durability ?? 'process',
    instance: options.instance ?? newInstanceId(randomBytes),
    clock: options.clock ?? createTestClock(),
    entropy: randomBytes,
    signCheckpoint: createCheckpointSigner(CHECKPOINT_KEY),
    ...(options.fault === undefined ? {} : { fault: options.fault }),
    ...(options.syncFile === undefined ? {} : { syncFile: options.syncFile }),
    ...(options.onLost === undefined ? {} : { onLost: options.onLost }),
  });
}
