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
