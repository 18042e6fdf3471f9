import type { Parameters } from 'fast-check';

const FACTOR = Number(process.env.TOOLGRANT_RUNS ?? 1);

/** How long a property may take before it counts as hanging, milliseconds: far longer than it does. */
export const PATIENCE_MS = 300_000 * Math.max(1, FACTOR);

/**
 * How often a property is tried: `count` times, times `TOOLGRANT_RUNS` when it is set
 * (less than 1 may be too few for what the tests count of themselves). A failure
 * prints its seed and the smallest case; `TOOLGRANT_TEST_SEED` makes it again.
 */
export function runs<T>(count: number): Parameters<T> {
  const seed = process.env.TOOLGRANT_TEST_SEED;
  return {
    numRuns: count * FACTOR,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}
