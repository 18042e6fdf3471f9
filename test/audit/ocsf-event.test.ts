import { describe, expect, it } from 'vitest';
import { ocsfEvent } from '../../src/audit/ocsf-event.ts';
import type { AuditEvent } from '../../src/domain/event.ts';
import { EVENT_CODES, type EventCode } from '../../src/domain/event-codes.ts';

const eventOf = (members: Partial<AuditEvent> & { readonly code: EventCode }): AuditEvent => ({
  seq: 7,
  chain: 'main',
  at: 1_795_348_800_000_123,
  instance: 'ins_a' as never,
  prev: '0'.repeat(64),
  hash: 'a'.repeat(64),
  ...members,
});

describe('ocsfEvent', () => {
  it('says who called what over which way, whether it was let through, and keeps the event whole', () => {
    const event = eventOf({
      code: 'TG1003',
      subject: 'alice',
      session: 'ses_1' as never,
      client: 'desk',
      transport: 'http',
      remote: '127.0.0.1',
      server: 'files',
      tool: 'write',
      requestId: '9',
      decision: 'deny',
      reason: 'no_rule',
      durationUs: 2_400,
    });
    expect(ocsfEvent(event, '1.2.3')).toEqual({
      class_uid: 6003,
      class_name: 'API Activity',
      category_uid: 6,
      category_name: 'Application Activity',
      activity_id: 99,
      activity_name: 'call.refused',
      type_uid: 600_399,
      severity_id: 2,
      status_id: 2,
      status: 'Failure',
      status_detail: 'no_rule',
      time: 1_795_348_800_000,
      duration: 2,
      metadata: {
        version: '1.3.0',
        product: { name: 'Toolgrant', vendor_name: 'Toolgrant', version: '1.2.3' },
        uid: 'a'.repeat(64),
        sequence: 7,
        event_code: 'TG1003',
        log_name: 'toolgrant/main',
        profiles: ['security_control'],
      },
      actor: { user: { uid: 'alice', name: 'alice' }, session: { uid: 'ses_1' }, app_name: 'desk' },
      action_id: 2,
      action: 'Denied',
      disposition_id: 2,
      disposition: 'Blocked',
      api: { operation: 'tools/call', service: { name: 'files' }, request: { uid: '9' } },
      resources: [{ uid: 'files/write', name: 'files/write' }],
      src_endpoint: { ip: '127.0.0.1' },
      raw_data: JSON.stringify(event),
    });
  });

  it.each([
    ['TG1002', { outcome: 'ok' }, 6003, 1],
    ['TG1002', { outcome: 'withheld' }, 6003, 2],
    ['TG1002', { outcome: 'unknown' }, 6003, 0],
    ['TG2001', {}, 3002, 2],
    ['TG2003', { subject: 'alice' }, 3002, 1],
    ['TG3003', { detail: { grant: 'g' } }, 3004, 1],
    ['TG5001', {}, 6002, 1],
    ['TG7001', {}, 3004, 1],
  ] as const)('puts %s with %j into class %i with status %i', (code, more, classUid, status) => {
    expect(ocsfEvent(eventOf({ code, ...more }), '1')).toMatchObject({
      class_uid: classUid,
      status_id: status,
    });
  });

  it('has what its class requires for every event there is, and nothing undefined', () => {
    const REQUIRED: Readonly<Record<number, readonly string[]>> = {
      6003: ['actor', 'api', 'src_endpoint'],
      3002: ['user', 'service'],
      6002: ['app'],
      3004: ['entity'],
    };
    for (const code of Object.keys(EVENT_CODES) as EventCode[]) {
      const made = ocsfEvent(eventOf({ code }), '1');
      expect(Object.keys(made)).toEqual(
        expect.arrayContaining([...(REQUIRED[Number(made.class_uid)] ?? ['no such class'])]),
      );
      expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    }
  });
});
