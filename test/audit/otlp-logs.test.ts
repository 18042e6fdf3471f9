import { expect, it } from 'vitest';
import { otlpLogs } from '../../src/audit/otlp-logs.ts';
import type { AuditEvent } from '../../src/domain/event.ts';

it('is one record an event, its time exact, its trace the call’s, the event itself the body', () => {
  const trace = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
  const event = {
    seq: 7,
    chain: 'main',
    at: 1_795_348_800_000_123,
    code: 'TG1003',
    decision: 'deny',
    subject: 'alice',
    trace,
    instance: 'ins_a',
    prev: '0',
    hash: 'a',
  } as unknown as AuditEvent;
  const plain = { ...event, code: 'TG5001', decision: undefined, trace: 'nonsense' } as never;
  const made = JSON.parse(JSON.stringify(otlpLogs([event, plain], '1.2.3')));
  const [{ resource, scopeLogs }] = made.resourceLogs;
  expect(resource.attributes).toContainEqual({
    key: 'service.version',
    value: { stringValue: '1.2.3' },
  });
  const [first, second] = scopeLogs[0].logRecords;
  expect(first).toMatchObject({
    timeUnixNano: '1795348800000123000',
    severityNumber: 13,
    eventName: 'toolgrant.call.refused',
    body: { stringValue: JSON.stringify(event) },
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
  });
  expect(first.attributes).toEqual(
    expect.arrayContaining([
      { key: 'toolgrant.seq', value: { intValue: '7' } },
      { key: 'toolgrant.subject', value: { stringValue: 'alice' } },
    ]),
  );
  expect(second).toMatchObject({ severityNumber: 9, eventName: 'toolgrant.broker.started' });
  expect(second).not.toHaveProperty('traceId');
});
