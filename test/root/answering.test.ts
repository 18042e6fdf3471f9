import { describe, expect, it } from 'vitest';
import { type BrokerParts, createAnswering } from '../../src/answering.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { SessionState } from '../../src/domain/session-record.ts';

const principal = { sessionId: 'ses_a', subject: 'alice' } as unknown as Principal;

describe('decide', () => {
  it('reads the session after the rights, so that one revoked in between is seen', async () => {
    let state: SessionState = 'active';
    const { decide } = createAnswering({
      clock: { now: () => 1, nowMicros: () => 1, monotonicMs: () => 1 },
      sessions: { find: async () => ({ state, expiresAt: 10 }) },
      async readPolicy() {
        state = 'revoked';
        return { epoch: 2, grants: [], servers: new Map() };
      },
    } as unknown as BrokerParts);
    expect(await decide(principal, { kind: 'server', server: 's' })).toMatchObject({
      kind: 'deny',
      reason: 'session_revoked',
    });
  });
});
