import { randomInt } from 'node:crypto';
import type { Parameters } from 'fast-check';

const FACTOR = Number(process.env.TOOLGRANT_RUNS ?? 1);
const given = process.env.TOOLGRANT_TEST_SEED ?? '9';

/**
 * Where random cases begin: at the same in every run, so that a change is told apart from a case of
 * chance. `TOOLGRANT_TEST_SEED` says where else, `random` draws it.
 */
export const SEED: number = given === 'random' ? randomInt(2 ** 31) : Number(given);
if (given === 'random') console.log(`TOOLGRANT_TEST_SEED=${SEED}`);

/** How long a property may take before it counts as hanging, milliseconds: far longer than it does. */
export const PATIENCE_MS = 300_000 * Math.max(1, FACTOR);

/**
 * How often a property is tried: `count` times, times `TOOLGRANT_RUNS` when it is set
 * (less than 1 may be too few for what the tests count of themselves). A failure
 * prints its seed and the smallest case; `TOOLGRANT_TEST_SEED` makes it again.
 */
export function runs<T>(count = 100): Parameters<T> {
  return { numRuns: count * FACTOR, seed: SEED };
}
