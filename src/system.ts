import { randomBytes } from 'node:crypto';
import type { Clock } from './domain/clock.ts';
import type { Entropy } from './domain/ids.ts';

/** The process's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  nowMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
};

/** The system's randomness. */
export const systemEntropy: Entropy = (size) => randomBytes(size);
