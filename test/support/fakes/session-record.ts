import type { SessionId } from '../../../src/domain/ids.ts';
import type { SessionRecord } from '../../../src/domain/session-record.ts';

/** A session id with a form of its own; `mark` is one character of the id alphabet. */
export const sessionId = (mark: string): SessionId => `ses_${mark.repeat(32)}`;

/** An active session of alice, with what a test says otherwise. */
export const sessionRecord = (overrides: Partial<SessionRecord> = {}): SessionRecord => ({
  id: sessionId('1'),
  subject: 'alice',
  tokenId: 'tok_11111111111111111111111111111111',
  openedAt: Date.parse('2026-11-22T11:00:00Z'),
  expiresAt: Date.parse('2026-11-22T19:00:00Z'),
  state: 'active',
  calls: 3,
  ...overrides,
});
