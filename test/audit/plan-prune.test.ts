import { describe, expect, it } from 'vitest';
import { planPrune } from '../../src/audit/plan-prune.ts';
import { parseDatabaseSize } from '../../src/domain/retention.ts';

const DAY_MS = 86_400_000;
const NOW = 100 * DAY_MS * 1_000;
const LOG = { first: 101, last: 1_100, bytes: 1_000_000 };

describe('planPrune', () => {
  it('takes what is older than the age, and never the newest event', () => {
    expect(planPrune(LOG, { maxAgeMs: 30 * DAY_MS }, NOW)).toEqual([
      { upTo: 1_099, before: NOW - 30 * DAY_MS * 1_000 },
    ]);
  });

  it('leaves nine tenths of the size, and what is younger than a day', () => {
    expect(planPrune(LOG, { maxBytes: 500_000 }, NOW)).toEqual([
      { upTo: 100 + 550, before: NOW - DAY_MS * 1_000 },
    ]);
    expect(planPrune(LOG, { maxBytes: 1_000_000 }, NOW)).toEqual([]);
  });

  it('stops before an intent that has no outcome yet', () => {
    const held = { ...LOG, oldestOpen: 300 };
    const plans = planPrune(held, { maxAgeMs: 1, maxBytes: 1_000 }, NOW);
    expect(plans.map(({ upTo }) => upTo)).toEqual([299, 299]);
    expect(planPrune({ ...LOG, oldestOpen: 101 }, { maxAgeMs: 1 }, NOW)).toEqual([]);
  });

  it('takes nothing of a log that is empty, or kept for good', () => {
    expect(planPrune({ first: 1, last: 0, bytes: 9_000 }, { maxAgeMs: 1 }, NOW)).toEqual([]);
    expect(planPrune(LOG, {}, NOW)).toEqual([]);
  });
});

describe('parseDatabaseSize', () => {
  it('reads MB and GB, and nothing else', () => {
    expect(['500MB', '10GB', '10', '0MB', '1.5GB', '9KB'].map(parseDatabaseSize)).toEqual([
      500 * 1_048_576,
      10 * 1_073_741_824,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
