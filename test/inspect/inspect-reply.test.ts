import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../src/inspect/inspect-reply.ts';

describe('outcomeOf', () => {
  it.each([
    ['ok', { kind: 'result', result: { content: [] } }],
    ['ok', { kind: 'result', result: { isError: 'true' } }],
    ['tool_error', { kind: 'result', result: { isError: true } }],
    ['rpc_error', { kind: 'error', error: { code: -32602, message: 'x' } }],
  ] as const)('calls %s what is %j', (outcome, reply) => {
    expect(outcomeOf(reply)).toBe(outcome);
  });
});
