import { describe, expect, it } from 'vitest';
import { judgeLimits } from '../../src/admit/judge-limits.ts';

const NONE = { calls: 0, lastAt: undefined, open: 0 };

describe("a grant's limits in one session", () => {
  it.each([
    ['nothing limits nothing', {}, { calls: 9_999, lastAt: 0, open: 99 }, undefined],
    ['the last call but one', { maxCalls: 2 }, { ...NONE, calls: 1 }, undefined],
    ['the last call', { maxCalls: 2 }, { ...NONE, calls: 2 }, 'maxCalls'],
    ['one place left', { concurrent: 2 }, { ...NONE, open: 1 }, undefined],
    ['no place left', { concurrent: 2 }, { ...NONE, open: 2 }, 'concurrent'],
    ['never used', { idleMs: 10 }, NONE, undefined],
    ['used just before', { idleMs: 10 }, { ...NONE, lastAt: 991 }, undefined],
    ['idle from that instant on', { idleMs: 10 }, { ...NONE, lastAt: 990 }, 'idle'],
    ['used in the future', { idleMs: 10 }, { ...NONE, lastAt: 2_000 }, undefined],
  ] as const)('%s', (_what, limits, use, expected) => {
    expect(judgeLimits(limits, use, 1_000)).toBe(expected);
  });
});
