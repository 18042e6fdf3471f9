import { describe, expect, it } from 'vitest';
import { approvalEvents } from '../../src/audit/approval-events.ts';
import { targetFields } from '../../src/audit/call-events.ts';
import type { ArgumentsMode } from '../../src/audit/redact.ts';
import type { IncomingRequest } from '../../src/domain/broker.ts';
import type { Permit } from '../../src/domain/decision.ts';

const incoming = {
  principal: { sessionId: 'ses_1', subject: 'alice' },
  origin: { transport: 'stdio' },
  revision: '2025-11-25',
  request: { id: 1 },
} as unknown as IncomingRequest;
const permit = { rule: { grant: 'g' } } as unknown as Permit;
const target = { kind: 'tool', server: 's', tool: 't' } as const;

const madeAs = (mode: ArgumentsMode) => {
  const recording = { argumentsMode: () => mode, hmac: () => 'digest of it' };
  const events = approvalEvents(incoming, { target, args: { pin: 1234 } }, recording);
  return [
    events.requested(permit, 'admin'),
    events.settled('approved', permit, 'accept'),
    events.left({ reason: 'approval_needed', epoch: 1 } as Parameters<typeof events.left>[0]),
  ];
};

describe('the events of an approval', () => {
  it.each(['redacted', 'digest', 'full'] as const)('hold a digest under `%s`', (mode) => {
    expect(madeAs(mode).map(({ argsHmac }) => argsHmac)).toEqual(Array(3).fill('digest of it'));
  });

  it('hold nothing of the arguments under `none`', () => {
    expect(JSON.stringify(madeAs('none'))).not.toContain('digest');
  });
});

describe('a resource in the log', () => {
  const recorded = (uri: string) => targetFields({ kind: 'resource', server: 's', uri }).resource;

  it.each([
    ['postgres://me:hunter2@db/main', 'postgres://[redacted:url]@db/main'],
    [
      'https://x.example/a?id=7&access_token=abc&n=1',
      'https://x.example/a?id=7&access_token=[redacted:assignment]&n=1',
    ],
    [
      'https://x.example/a?key=abc#token=def',
      'https://x.example/a?key=[redacted:assignment]#token=[redacted:assignment]',
    ],
    [`repo://o/ghp_${'a1'.repeat(18)}/x`, 'repo://o/[redacted:github]/x'],
  ])('is without its secret: %s', (uri, shown) => {
    expect(recorded(uri)).toBe(shown);
  });

  it.each([
    'file:///etc/api_reference-of-everything.md',
    'secret://vault/names',
    'repo://o/commit/0123456789abcdef0123456789abcdef01234567',
    'http://127.0.0.1:8080/token?page=2',
  ])('is kept as it is where it holds none: %s', (uri) => {
    expect(recorded(uri)).toBe(uri);
  });
});
