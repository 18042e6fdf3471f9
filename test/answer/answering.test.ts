import { describe, expect, it } from 'vitest';
import { type BrokerParts, createAnswering } from '../../src/answer/answering.ts';
import { redactArguments } from '../../src/audit/redact.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';
import type { EventDraft } from '../../src/domain/event.ts';
import type { Json } from '../../src/domain/json.ts';
import type { Principal } from '../../src/domain/principal.ts';
import type { SessionState } from '../../src/domain/session-record.ts';

const principal = { sessionId: 'ses_a', subject: 'alice' } as unknown as Principal;

describe('decide', () => {
  it('reads the session after the rights, so that one revoked in between is seen', () => {
    let state: SessionState = 'active';
    const { decide } = createAnswering({
      store: { isClockBehind: () => false },
      clock: { now: () => 1, nowMicros: () => 1, monotonicMs: () => 1 },
      sessions: { find: () => ({ state, expiresAt: 10 }) },
      readPolicy() {
        state = 'revoked';
        return { epoch: 2, grants: [], servers: new Map() };
      },
    } as unknown as BrokerParts);
    expect(decide(principal, { kind: 'server', server: 's' })).toMatchObject({
      kind: 'deny',
      reason: 'session_revoked',
    });
  });
});

describe('refuseAsks', () => {
  it('records what was asked for short and without a credential of the tool server', async () => {
    const recorded: EventDraft[] = [];
    const { refuseAsks } = createAnswering({
      store: { isClockBehind: () => false },
      clock: { now: () => 1, nowMicros: () => 1, monotonicMs: () => 1 },
      sessions: { find: () => ({ state: 'active', expiresAt: 10 }) },
      readPolicy: () => ({ epoch: 2, grants: [], servers: new Map() }),
      scrub: (value: Json) => redactArguments(value, 'full', ['hunter-2-secret']),
      refusals: { refused: async (event: EventDraft) => recorded.push(event) },
    } as unknown as BrokerParts);
    const incoming = {
      principal,
      revision: '2026-07-28',
      origin: { transport: 'http' },
      request: { jsonrpc: '2.0', id: 1, method: 'tools/call' },
    } as unknown as IncomingRequest;
    const deny = await refuseAsks(incoming, 'files', [`hunter-2-secret${'x'.repeat(100_000)}`]);
    expect(deny.kind).toBe('deny');
    const methods = recorded.map(({ method }) => method ?? '');
    expect(methods).toHaveLength(1);
    expect(methods[0]).toMatch(/^\[redacted:known\]x/);
    expect(methods[0]?.length).toBeLessThan(300);
  });
});
