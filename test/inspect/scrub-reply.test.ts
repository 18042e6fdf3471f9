import { describe, expect, it } from 'vitest';
import { redactArguments } from '../../src/audit/redact.ts';
import type { Json } from '../../src/domain/json.ts';
import type { RpcError } from '../../src/domain/json-rpc.ts';
import { scrubReply } from '../../src/inspect/scrub-reply.ts';

const scrub = <T extends Json>(value: T): T =>
  redactArguments(value, 'full', ['hunter-2-secret', '73201984']) as T;
const scrubError = (error: object) =>
  scrubReply({ kind: 'error', error: error as RpcError }, scrub);

describe('scrubReply', () => {
  it('takes a credential out of every member of an error, those nobody knows too', () => {
    const error = {
      code: -32000,
      message: 'hunter-2-secret',
      data: ['hunter-2-secret'],
      hint: { env: 'hunter-2-secret' },
      'hunter-2-secret': 1,
    };
    expect(scrubError(error)).toEqual({
      kind: 'error',
      error: {
        code: -32000,
        message: '[redacted:known]',
        data: ['[redacted:known]'],
        hint: { env: '[redacted:known]' },
        '[redacted:known]': 1,
      },
    });
  });

  it('keeps a code that is no credential, and replaces one that is', () => {
    expect(scrubError({ code: -32000, message: 'a' })).toEqual({
      kind: 'error',
      error: { code: -32000, message: 'a' },
    });
    expect(scrubError({ code: 73201984, message: 'a' })).toEqual({
      kind: 'error',
      error: { code: -32603, message: 'a' },
    });
  });
});
