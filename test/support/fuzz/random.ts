/** Choices that a seed repeats. */
export interface Random {
  /** An integer from 0 up to and without `count`. */
  below(count: number): number;
  pick<T>(list: readonly T[]): T;
}

/** Makes choices from a 32-bit seed (mulberry32: quick and even, and nothing more is asked of it). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number): number => Math.floor(next() * count);
  return { below, pick: (list) => list[below(list.length)] as (typeof list)[number] };
}
