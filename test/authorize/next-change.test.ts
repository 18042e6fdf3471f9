import { describe, expect, it } from 'vitest';
import type { GrantRecord } from '../../src/authorize/grant-record.ts';
import { nextChangeAt } from '../../src/authorize/next-change.ts';
import { grantRecord } from '../support/fakes/grant-record.ts';

const asker = { subject: 'alice', client: 'desktop', sessionOpenedAt: 1_000 };
const next = (now: number, ...grants: readonly Partial<GrantRecord>[]) =>
  nextChangeAt(
    { epoch: 1, isHalted: false, grants: grants.map(grantRecord), servers: new Map() },
    asker,
    now,
  );

describe('when rights change by themselves', () => {
  it.each<[string, number, readonly Partial<GrantRecord>[], number]>([
    ['the earliest grant expires', 0, [{ expiresAt: 50 }, { expiresAt: 20 }], 20],
    ['the next one after those expired', 20, [{ expiresAt: 50 }, { expiresAt: 20 }], 50],
    ['the session outlives a grant', 1_100, [{ expiresAt: 9_000, sessionLifeMs: 500 }], 1_500],
    [
      'a grant the session outlived expires',
      1_600,
      [{ expiresAt: 9_000, sessionLifeMs: 500 }],
      9_000,
    ],
    ['never, by a grant of somebody else', 0, [{ subject: 'bob', expiresAt: 20 }], Infinity],
    ['never, by a grant that is revoked', 0, [{ revokedAt: 1, expiresAt: 20 }], Infinity],
    ['never, without grants', 0, [], Infinity],
  ])('is when %s', (_what, now, grants, expected) => {
    expect(next(now, ...grants)).toBe(expected);
  });
});
