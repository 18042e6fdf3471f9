import { describe, expect, it } from 'vitest';
import type { DenyReason } from '../../src/domain/reasons.ts';
import { respondToRefusal } from '../../src/respond/respond.ts';
import { failureReply, unknownTool, unsupportedRevision } from '../../src/respond/rpc-errors.ts';
import {
  BAD_CREDENTIAL,
  badCredential,
  NO_CREDENTIAL,
  noCredential,
  SESSION_ENDED,
  sessionEnded,
} from '../../src/respond/stdio-errors.ts';

const HIDING: readonly DenyReason[] = [
  'no_grant',
  'no_rule',
  'grant_expired',
  'client_not_granted',
  'session_life_exceeded',
  'denied_by_rule',
  'server_unknown',
  'tool_unknown',
  'tool_drifted',
  'tool_unapproved',
  'tool_quarantined',
  'item_unknown',
  'item_drifted',
  'item_unapproved',
  'item_quarantined',
];

describe('respondToRefusal', () => {
  it('answers every reason to hide a tool with the same bytes', () => {
    const answers = new Set(
      HIDING.map((reason) =>
        JSON.stringify(respondToRefusal(reason, { kind: 'tool', name: 'x', era: '2025' })),
      ),
    );
    expect([...answers]).toEqual([
      '{"kind":"error","error":{"code":-32602,"message":"Unknown tool: x"}}',
    ]);
  });

  it.each([
    [
      { kind: 'prompt', name: 'x' },
      { code: -32602, message: 'Unknown prompt: x' },
    ],
    [
      { kind: 'resource', uri: 'a:b', era: '2025' },
      { code: -32002, message: 'Resource not found', data: { uri: 'a:b' } },
    ],
    [
      { kind: 'resource', uri: 'a:b', era: '2026' },
      { code: -32602, message: 'Resource not found', data: { uri: 'a:b' } },
    ],
    [
      { kind: 'template', template: 'a:{b}' },
      { code: -32602, message: 'Unknown resource template: a:{b}' },
    ],
  ] as const)('answers every reason to hide %j with the same bytes', (refused, error) => {
    const answers = new Set(
      HIDING.map((reason) => JSON.stringify(respondToRefusal(reason, refused))),
    );
    expect([...answers]).toEqual([JSON.stringify({ kind: 'error', error })]);
  });

  it('answers a hidden method as one that does not exist', () => {
    const answers = HIDING.map((reason) => respondToRefusal(reason, { kind: 'method' }));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toEqual({
      kind: 'error',
      error: { code: -32601, message: 'Method not found' },
    });
  });

  it('answers a closed surface with method not found, whatever was asked', () => {
    expect(respondToRefusal('surface_closed', { kind: 'tool', name: 'x', era: '2025' })).toEqual(
      respondToRefusal('surface_closed', { kind: 'method' }),
    );
  });

  it.each(['session_revoked', 'session_suspended', 'session_expired'] as const)(
    'ends the session on %s and does not say which it was',
    (reason) => {
      expect(respondToRefusal(reason, { kind: 'method' })).toEqual({ kind: 'session_ended' });
    },
  );

  it.each(['state_changing', 'store_contended'] as const)('tells no detail of %s', (reason) => {
    expect(respondToRefusal(reason, { kind: 'tool', name: 'x', era: '2025' })).toEqual({
      kind: 'error',
      error: { code: -32603, message: 'Internal error' },
    });
  });

  it('tells the model when a tool server asked for what is not granted', () => {
    expect(
      respondToRefusal('ask_not_granted', { kind: 'tool', name: 'x', era: '2025' }),
    ).toMatchObject({
      kind: 'result',
      result: { isError: true },
    });
  });

  it('tells it in the form of the era of the client', () => {
    expect(
      respondToRefusal('ask_not_granted', { kind: 'tool', name: 'x', era: '2026' }),
    ).toMatchObject({
      result: { isError: true, resultType: 'complete' },
    });
  });

  it('tells it as an error of what has no result to say it in', () => {
    expect(respondToRefusal('ask_not_granted', { kind: 'prompt', name: 'x' })).toMatchObject({
      kind: 'error',
      error: { code: -32602, message: expect.stringContaining('asked for input') },
    });
  });
});

describe('a refusal that ends by itself', () => {
  const tool = { kind: 'tool', name: 'x', era: '2025' } as const;
  const textOf = (reply: object): string =>
    (reply as { result: { content: [{ text: string }] } }).result.content[0].text;

  it('says what the rule says, and from when on it may be tried again: never too early', () => {
    const retryAt = Date.UTC(2026, 5, 1, 8) + 1;
    const hours = { term: 'Mon-Fri 08:00-18:00 UTC', retryAt };
    expect(textOf(respondToRefusal('outside_hours', tool, hours))).toBe(
      'The grant allows this at certain hours: Mon-Fri 08:00-18:00 UTC. Try again from 2026-06-01T08:00:01Z on.',
    );
    expect(textOf(respondToRefusal('limit_reached', tool, { term: '10/h', retryAt }))).toBe(
      'The limit of the rule that permits this is used up: 10/h. Try again from 2026-06-01T08:00:01Z on.',
    );
  });

  it('says so where nothing says when', () => {
    expect(textOf(respondToRefusal('outside_hours', tool, { term: 'h' }))).toBe(
      'The grant allows this at certain hours: h. When that is again cannot be told.',
    );
  });

  it.each([
    { kind: 'prompt', name: 'x' },
    { kind: 'resource', uri: 'a:b', era: '2025' },
    { kind: 'resource', uri: 'a:b', era: '2026' },
  ] as const)('is an error with that text of %j', (refused) => {
    expect(respondToRefusal('limit_reached', refused, { term: '10/h', retryAt: 0 })).toEqual({
      kind: 'error',
      error: { code: -32602, message: expect.stringContaining('10/h') },
    });
  });

  it('gives the hours of a deny beside its condition', () => {
    const deny = { grant: 'g', index: 0, effect: 'deny', when: 'args.a', result: 'true' } as const;
    const facts = { conditions: [deny], term: '22:00-06:00 UTC' };
    const text = textOf(respondToRefusal('denied_by_condition', tool, facts));
    expect(text).toContain('- args.a');
    expect(text).toContain('at these hours: 22:00-06:00 UTC');
    const other = { term: 'h', conditions: [{ ...deny, result: 'false' } as const] };
    const plain = textOf(respondToRefusal('denied_by_condition', tool, other));
    expect(plain).toBe('The grant refuses this at these hours: h.');
  });
});

describe('rpc errors', () => {
  it('gives nothing of what was thrown', () => {
    expect(JSON.stringify(failureReply(new Error('canary')))).not.toContain('canary');
  });

  it('names an unknown tool as the client wrote it', () => {
    expect(unknownTool('a__b')).toEqual({ code: -32602, message: 'Unknown tool: a__b' });
  });

  it('names the supported revisions and the requested one', () => {
    expect(unsupportedRevision('2031-01-01')).toEqual({
      code: -32022,
      message: 'Unsupported protocol version',
      data: {
        supported: ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'],
        requested: '2031-01-01',
      },
    });
  });
});

describe('stdio errors', () => {
  it('keeps its codes outside what JSON-RPC reserves, each its own', () => {
    const codes = [NO_CREDENTIAL, BAD_CREDENTIAL, SESSION_ENDED];
    expect(codes.filter((code) => code >= -32768 && code <= -32000)).toEqual([]);
    expect(new Set(codes).size).toBe(3);
  });

  it('names the remedy in every one', () => {
    for (const { message } of [noCredential(), badCredential(), sessionEnded()]) {
      expect(message).toMatch(/toolgrant connect .*toolgrant session open --subject/);
    }
  });
});
