import { describe, expect, it } from 'vitest';
import type { ApprovalSubject } from '../../src/approve/approval.ts';
import { approvalDigest } from '../../src/approve/approval-digest.ts';
import { hmacJson } from '../../src/audit/digest.ts';
import type { Json } from '../../src/domain/json.ts';
import { parseJson } from '../../src/domain/json-text.ts';

const hmac = (value: Json): string => hmacJson(new Uint8Array(32), value);
const SUBJECT: ApprovalSubject = {
  session: 'ses_1',
  subject: 'alice',
  client: 'desk',
  server: 's',
  kind: 'tool',
  name: 'write',
  method: 'tools/call',
  definitionHash: 'a',
  rule: { grant: 'some', revision: 1, index: 0, file: 'grants/some.yaml', line: 6 },
};
const digestOf = (args: string, more: Partial<ApprovalSubject> = {}): string =>
  approvalDigest(
    { ...SUBJECT, ...more },
    hmac(parseJson(`{"name":"write","arguments":${args}}`)),
    hmac,
  );

describe('the digest of an approval', () => {
  it('is another for every two calls that a tool server could tell apart', () => {
    const calls = [
      '{}',
      '[]',
      'null',
      '{"a":null}',
      '{"a":1}',
      '{"a":"1"}',
      '{"a":true}',
      '{"a":[1]}',
      '{"a":{"0":1}}',
      '{"a":0}',
      '{"a":-0}',
      '{"a":9007199254740992}',
      '{"a":9007199254740993}',
      '{"a":1e400}',
      '{"a":2e400}',
      '{"a":0.1}',
      '{"a":0.10000000000000001}',
      '{"a":"\\u00e9"}',
      '{"a":"e\\u0301"}',
      '{"a":"\\ud800"}',
      '{"a":"\\ud801"}',
      '{"a":"\\ufffd"}',
      '{"a":"\\\\ud800"}',
      '{"\\ud800":1}',
      '{"\\ud801":1}',
      '{"a ":1}',
      '{"A":1}',
      '{"__proto__":1}',
      '{"a":1,"__proto__":1}',
      '{"a":{"b":1},"c":2}',
      '{"a":{"b":1,"c":2}}',
      '{"a":"1,\\"b\\":2"}',
    ];
    expect(new Set(calls.map((args) => digestOf(args))).size).toBe(calls.length);
  });

  it('is the same for one call, however it is written', () => {
    expect(digestOf('{"b":[1.0,"\\u00e9"],"a":{}}')).toBe(digestOf('{ "a":{}, "b":[1,"é"] }'));
  });

  it.each<[string, Partial<ApprovalSubject>]>([
    ['session', { session: 'ses_2' }],
    ['subject', { subject: 'bob' }],
    ['client', { client: 'other' }],
    ['server', { server: 't' }],
    ['kind', { kind: 'prompt' }],
    ['name', { name: 'read' }],
    ['method', { method: 'prompts/get' }],
    ['definition', { definitionHash: 'b' }],
    ['grant', { rule: { ...SUBJECT.rule, grant: 'other' } }],
    ['revision', { rule: { ...SUBJECT.rule, revision: 2 } }],
    ['rule', { rule: { ...SUBJECT.rule, index: 1 } }],
  ])('is another for another %s', (_, more) => {
    expect(digestOf('{}', more)).not.toBe(digestOf('{}'));
  });
});
