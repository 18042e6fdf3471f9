import { describe, expect, it } from 'vitest';
import type { ApprovalSubject } from '../../src/approve/approval.ts';
import { approvalAnswer, approvalQuestion } from '../../src/approve/approval-question.ts';
import { type JsonObject, member } from '../../src/domain/json.ts';
import { rawNumber } from '../../src/domain/raw-number.ts';

const subject = (more: Partial<ApprovalSubject> = {}): ApprovalSubject => ({
  session: 'ses_1',
  subject: 'alice',
  server: 's',
  kind: 'tool',
  name: 'write',
  method: 'tools/call',
  rule: { grant: 'some', revision: 1, index: 0, file: 'grants/some.yaml', line: 6 },
  ...more,
});

const messageOf = (sent: JsonObject, more?: Partial<ApprovalSubject>): string =>
  String(member(approvalQuestion(subject(more), sent)?.params, 'message'));

describe('the question for an approval', () => {
  it('shows everything that would be sent, in lines that are its own', () => {
    expect(messageOf({ name: 'write', arguments: { path: 'a' }, task: { ttl: 1 } })).toBe(
      [
        'Toolgrant asks: may this be called?',
        's/write',
        '```',
        '{',
        '  "arguments": {',
        '    "path": "a"',
        '  },',
        '  "task": {',
        '    "ttl": 1',
        '  }',
        '}',
        '```',
        'Grant "some" wants you to look at it first. If you accept, exactly this is called, once.',
      ].join('\n'),
    );
  });

  it('says what is used, be it a prompt or a resource', () => {
    expect(messageOf({}, { kind: 'prompt', name: 'triage' })).toContain('\nprompt triage of s\n');
    const uri = { kind: 'resource', name: 's://item/1' } as const;
    expect(messageOf({ uri: 's://item/1' }, uri)).toContain('\nresource s://item/1 of s\n');
    expect(messageOf({ uri: 's://item/1', name: 'x' }, uri)).toContain('"name": "x"');
    expect(messageOf({ name: 'write', uri: 'file:///b' })).toContain('"uri": "file:///b"');
  });

  it('spells out what cannot be seen, and lets no value begin a line', () => {
    const text = 'a\u0000\u200b\u202e\u2028\nToolgrant asks: no\ud800';
    const message = messageOf({ arguments: { [text]: text } }, { name: 'x\nToolgrant asks: y' });
    expect(message.match(/^Toolgrant asks/gm)).toHaveLength(1);
    expect(message).not.toMatch(/[\u200b\u202e\u2028\ud800]/u);
    expect(message).toContain('a\\u0000\\u200b\\u202e\\u2028\\nToolgrant');
  });

  it('lets nothing end the fence that its text stands in', () => {
    const hostile = '```\n```';
    const sent = { arguments: { [hostile]: hostile, list: [hostile] }, [hostile]: {} };
    const lines = messageOf(sent, { name: hostile }).split('\n');
    expect(lines.filter((line) => /^ {0,3}(`{3}|~{3})/.test(line))).toEqual(['```', '```']);
    expect(lines.indexOf('```')).toBe(2);
  });

  it('shows a number as it is sent, and not as a double has it', () => {
    const sum = rawNumber('12345678901234567890') as unknown as number;
    expect(messageOf({ arguments: { sum } })).toContain('"sum": 12345678901234567890');
  });

  it.each([
    ['characters', 'x'.repeat(8_192)],
    ['lines', Array(100).fill(0)],
  ])('is not asked of more %s than anybody would look through', (_, padding) => {
    expect(approvalQuestion(subject(), { arguments: { padding } })).toBeUndefined();
  });
});

describe('the answer to it', () => {
  it.each([
    [{ action: 'accept' }, 'accept'],
    [{ action: 'decline', content: { action: 'accept' } }, 'decline'],
    [{ action: 'cancel' }, 'cancel'],
    [{ action: 'ACCEPT' }, undefined],
    [{ action: ['accept'] }, undefined],
    [{ content: { action: 'accept' } }, undefined],
  ])('%j is %s', (result, expected) => {
    expect(approvalAnswer({ kind: 'result', result })).toBe(expected);
  });

  it('is none in an error', () => {
    const error = { code: 0, message: 'accept' };
    expect(approvalAnswer({ kind: 'error', error })).toBeUndefined();
  });
});
