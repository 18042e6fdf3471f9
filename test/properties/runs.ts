import type { Parameters } from 'fast-check';

/**
 * How often a property is tried: `count` times, times `TOOLGRANT_RUNS` when it is set. A failure
 * prints its seed and the smallest case; `TOOLGRANT_TEST_SEED` makes it again.
 */
export function runs<T>(count: number): Parameters<T> {
  const seed = process.env.TOOLGRANT_TEST_SEED;
  return {
    numRuns: count * Number(process.env.TOOLGRANT_RUNS ?? 1),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  };
}
