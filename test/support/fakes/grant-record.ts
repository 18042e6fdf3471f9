import type { GrantRecord } from '../../../src/authorize/grant-record.ts';

/** An applied grant of alice over `files/read_*`, with what a test says otherwise. */
export const grantRecord = (overrides: Partial<GrantRecord> = {}): GrantRecord => {
  const id = overrides.id ?? 'alice-files';
  return {
    id,
    subject: 'alice',
    purpose: 'testing',
    expiresAt: Date.parse('2026-12-31T00:00:00Z'),
    rules: [{ effect: 'permit', pattern: 'files/read_*', line: 6 }],
    revision: 1,
    file: `grants/${id}.yaml`,
    appliedAt: Date.parse('2026-11-22T11:00:00Z'),
    ...overrides,
  };
};
