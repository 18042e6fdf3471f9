import type { AuditEvent } from '../domain/event.ts';
import { EVENT_CODES } from '../domain/event-codes.ts';
import { fieldOf } from './event-fields.ts';

/** The schema's version that these events follow. @see https://schema.ocsf.io/1.3.0 */
const OCSF_VERSION = '1.3.0';

interface OcsfClass {
  readonly uid: number;
  readonly name: string;
  readonly category: readonly [uid: number, name: string];
}

const APPLICATION = [6, 'Application Activity'] as const;
const IDENTITY = [3, 'Identity & Access Management'] as const;
const API: OcsfClass = { uid: 6003, name: 'API Activity', category: APPLICATION };
const LIFECYCLE: OcsfClass = { uid: 6002, name: 'Application Lifecycle', category: APPLICATION };
const LOGON: OcsfClass = { uid: 3002, name: 'Authentication', category: IDENTITY };
const ENTITY: OcsfClass = { uid: 3004, name: 'Entity Management', category: IDENTITY };

/** The class of an event, by the group its code belongs to. */
function classOf({ code }: AuditEvent): OcsfClass {
  switch (code[2]) {
    case '1':
      return API;
    case '2':
      return LOGON;
    case '5':
      return LIFECYCLE;
    default:
      return ENTITY;
  }
}

const OTHER = 99;
/** Activities that the schema has a number for, by code. */
const ACTIVITIES: Readonly<Partial<Record<AuditEvent['code'], number>>> = {
  TG2001: 1,
  TG2002: 1,
  TG2003: 2,
  TG2004: 2,
  TG2013: 2,
  TG3001: 3,
  TG3002: 3,
  TG3003: 4,
  TG4001: 1,
  TG4003: 3,
  TG5001: 3,
  TG5002: 4,
  TG5003: 4,
  TG5004: 3,
  TG5005: 4,
  TG6003: 1,
  TG6004: 4,
};

const FAILED = new Set<unknown>(['failed', 'tool_error', 'rpc_error', 'withheld', 'refused']);

/** Success 1, failure 2, unknown 0. */
function statusOf({ code, decision, outcome }: AuditEvent): number {
  if (outcome === 'unknown') return 0;
  const isRefused = decision === 'deny' || code === 'TG2001' || FAILED.has(outcome);
  return isRefused || outcome === 'cancelled' ? 2 : 1;
}

/** An event in the terms of the Open Cybersecurity Schema Framework, itself whole in `raw_data`. */
export function ocsfEvent(event: AuditEvent, version: string): Readonly<Record<string, unknown>> {
  const kind = classOf(event);
  const activity = ACTIVITIES[event.code] ?? OTHER;
  const status = statusOf(event);
  const product = { name: 'Toolgrant', vendor_name: 'Toolgrant', version };
  const isDenied = event.decision === 'deny';
  return defined({
    class_uid: kind.uid,
    class_name: kind.name,
    category_uid: kind.category[0],
    category_name: kind.category[1],
    activity_id: activity,
    activity_name: EVENT_CODES[event.code],
    type_uid: kind.uid * 100 + activity,
    severity_id: isDenied || event.code === 'TG2001' ? 2 : 1,
    status_id: status,
    status: ['Unknown', 'Success', 'Failure'][status],
    status_code: event.outcome,
    status_detail: event.reason,
    // Epoch milliseconds.
    time: Math.floor(event.at / 1_000),
    duration: event.durationUs === undefined ? undefined : Math.round(event.durationUs / 1_000),
    metadata: defined({
      version: OCSF_VERSION,
      product,
      uid: event.hash,
      sequence: event.seq,
      event_code: event.code,
      log_name: `toolgrant/${event.chain}`,
      profiles: event.decision === undefined ? undefined : ['security_control'],
      correlation_uid: event.intent === undefined ? undefined : String(event.intent),
    }),
    actor: actorOf(event),
    ...(event.decision === undefined
      ? {}
      : {
          action_id: isDenied ? 2 : 1,
          action: isDenied ? 'Denied' : 'Allowed',
          disposition_id: isDenied ? 2 : 1,
          disposition: isDenied ? 'Blocked' : 'Allowed',
        }),
    ...ownPart(kind, event, product),
    raw_data: JSON.stringify(event),
  });
}

function actorOf({ actor, subject, session, client }: AuditEvent): object {
  return defined({
    user: userOf(subject ?? (actor === undefined ? undefined : `uid:${actor.uid}`)),
    session: session === undefined ? undefined : { uid: session },
    process: actor === undefined ? undefined : { pid: actor.pid, cmd_line: actor.command },
    app_name: client,
  });
}

const userOf = (uid: string | undefined): object | undefined =>
  uid === undefined ? undefined : { uid, name: uid };

function ownPart(kind: OcsfClass, event: AuditEvent, product: object): object {
  const { remote, transport, server } = event;
  const ref = fieldOf(event, 'ref');
  switch (kind) {
    case API:
      return defined({
        api: defined({
          operation: event.method ?? 'tools/call',
          service: server === undefined ? undefined : { name: server },
          request: event.requestId === undefined ? undefined : { uid: event.requestId },
        }),
        resources: ref === undefined ? undefined : [{ uid: ref, name: ref }],
        src_endpoint: remote === undefined ? { name: transport ?? 'unknown' } : { ip: remote },
      });
    case LOGON:
      return defined({
        user: userOf(event.subject) ?? { uid: 'unknown' },
        service: { name: 'Toolgrant' },
        src_endpoint: remote === undefined ? undefined : { ip: remote },
        session: event.session === undefined ? undefined : { uid: event.session },
      });
    case LIFECYCLE:
      return { app: server === undefined ? product : { name: server, vendor_name: 'unknown' } };
    default: {
      const name = fieldOf(event, 'grant') ?? ref ?? server ?? EVENT_CODES[event.code];
      return { entity: { name, type: EVENT_CODES[event.code].split('.')[0] } };
    }
  }
}

/** Without what is absent. */
const defined = (members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
