import { describe, expect, it } from 'vitest';
import { inspectReply } from '../../src/inspect/inspect-reply.ts';

const missing = (data: object) =>
  ({ kind: 'error', error: { code: -32021, message: 'x', data: data as never } }) as const;

describe('inspectReply', () => {
  it('takes a 2026 server that wants a capability it was not shown for one that asks', () => {
    const reply = missing({ requiredCapabilities: { elicitation: {}, sampling: {} } });
    expect(inspectReply(reply, '2026')).toEqual({
      kind: 'asks',
      asks: ['elicitation', 'sampling'],
    });
    expect(inspectReply(missing([]), '2026')).toEqual({ kind: 'asks', asks: [] });
  });

  it('passes the same code of a 2025 server, to which it means nothing', () => {
    const reply = missing({});
    expect(inspectReply(reply, '2025')).toEqual({ kind: 'pass', reply, outcome: 'rpc_error' });
  });

  it('takes an input-required result and -32042 for questions', () => {
    const result = {
      resultType: 'input_required',
      inputRequests: { a: { method: 'elicitation/create' } },
    };
    expect(inspectReply({ kind: 'result', result }, '2026')).toEqual({
      kind: 'asks',
      asks: ['elicitation/create'],
    });
    const error = { code: -32042, message: 'x' };
    expect(inspectReply({ kind: 'error', error }, '2025').kind).toBe('asks');
  });
});
